"""Which generator classes a stored performer may name, and how its generator is built again.

A performer's folder may come from a stranger. So the file only names a class, and only the classes that are known here
or that the caller allows are ever called.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from motion_transfer.domain.value import value
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.synthesis.generators.pix2pix import Pix2PixGenerator
from motion_transfer.synthesis.generators.pix2pixhd import Pix2PixHDGlobal, Pix2PixHDLocal
from motion_transfer.synthesis.generators.reference_judge import ReferenceJudge
from motion_transfer.synthesis.generators.smplpix import SMPLpixGenerator
from motion_transfer.synthesis.generators.unet import UNetGenerator

MakeGenerator = Callable[..., ConditionalGenerator]
NetworkT = TypeVar("NetworkT")

BUILT_IN: tuple[MakeGenerator, ...] = (
    ReferenceJudge,
    UNetGenerator,
    Pix2PixGenerator,
    Pix2PixHDGlobal,
    Pix2PixHDLocal,
    SMPLpixGenerator,
)


@value
class GeneratorSpec:
    """How a generator, or a refiner, is built: `target(channels=channels, **settings)`.

    Attributes:
        target: dotted name of the class.
        channels: names of the maps that it reads.
        settings: plain values, which a file can hold.

    Raises:
        ValueError: a setting is no plain value.
    """

    target: str
    channels: tuple[str, ...]
    settings: Mapping[str, Any]

    def __post_init__(self) -> None:
        try:
            json.dumps(dict(self.settings))
        except TypeError as error:
            raise ValueError(f"expected plain settings of the network {self.target}, got {error}") from error


def generator_spec(make: Callable[..., object], channels: Iterable[str]) -> GeneratorSpec:
    """Describe what `make(channels=channels)` builds.

    Args:
        make: a class, or a partial of one with its settings.
    """
    target, settings = make, dict[str, Any]()
    while isinstance(target, partial):
        target, settings = target.func, {**target.keywords, **settings}
    return GeneratorSpec(target=target_name(target), channels=tuple(channels), settings=settings)


def build_generator(spec: GeneratorSpec, allowed: Iterable[MakeGenerator] = ()) -> ConditionalGenerator:
    """Build a generator with fresh weights.

    Args:
        allowed: classes, or partials of them, that may be named beside the built-in ones, such as the one in the
            user's own configuration.

    Raises:
        ValueError: the class is not allowed, or does not take the settings.
    """
    return build_network(spec, (*BUILT_IN, *allowed), "generator", "synthesis.generator")


def build_network(spec: GeneratorSpec, makes: Iterable[Callable[..., NetworkT]], kind: str, setting: str) -> NetworkT:
    """Build a network of one of the given classes with fresh weights.

    Args:
        makes: classes, or partials of them.
        kind: of network, for errors.
        setting: where the user's own configuration names its class.

    Raises:
        ValueError: the class is none of them, or does not take the settings.
    """
    classes: list[Any] = [make.func if isinstance(make, partial) else make for make in makes]
    known = {target_name(one): one for one in classes}
    if spec.target not in known:
        raise ValueError(
            f"expected a {kind} among {', '.join(one.__qualname__ for one in classes)}, got {spec.target}; "
            f"if you trust it, choose it as {setting}._target_"
        )
    try:
        return known[spec.target](channels=spec.channels, **spec.settings)
    except TypeError as error:
        raise ValueError(
            f"expected settings that {spec.target} takes, got {error}; learn the performer again"
        ) from error


def target_name(make: Callable[..., object]) -> str:
    """Give the dotted name of a class, as `_target_` has it."""
    return f"{make.__module__}.{make.__qualname__}"
