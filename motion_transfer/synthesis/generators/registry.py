"""Which generator classes a stored performer may name, and how its generator is built again.

A performer's folder may come from a stranger. So the file only names a class, and only the classes that are known here
or that the caller allows are ever called.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from motion_transfer.domain.value import value
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.synthesis.generators.pix2pix import Pix2PixGenerator
from motion_transfer.synthesis.generators.pix2pixhd import Pix2PixHDGlobal, Pix2PixHDLocal
from motion_transfer.synthesis.generators.reference_judge import ReferenceJudge
from motion_transfer.synthesis.generators.smplpix import SMPLpixGenerator
from motion_transfer.synthesis.generators.unet import UNetGenerator

MakeGenerator = Callable[..., ConditionalGenerator]

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
    """How a generator is built: `target(channels=channels, **settings)`.

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
            raise ValueError(f"expected plain settings of the generator {self.target}, got {error}") from error


def generator_spec(make: MakeGenerator, channels: Iterable[str]) -> GeneratorSpec:
    """Describe what `make(channels=channels)` builds.

    Args:
        make: a class, or a partial of one with its settings.
    """
    target, settings = (make.func, make.keywords) if isinstance(make, partial) else (make, {})
    return GeneratorSpec(target=target_name(target), channels=tuple(channels), settings=settings)


def build_generator(spec: GeneratorSpec, allowed: Iterable[MakeGenerator] = ()) -> ConditionalGenerator:
    """Build a generator with fresh weights.

    Args:
        allowed: classes, or partials of them, that may be named beside the built-in ones, such as the one in the
            user's own configuration.

    Raises:
        ValueError: the class is not allowed, or does not take the settings.
    """
    classes = [make.func if isinstance(make, partial) else make for make in (*BUILT_IN, *allowed)]
    known = {target_name(one): one for one in classes}
    if spec.target not in known:
        raise ValueError(
            f"expected a generator among {', '.join(one.__qualname__ for one in classes)}, got {spec.target}; "
            "if you trust it, choose it as synthesis.generator._target_"
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
