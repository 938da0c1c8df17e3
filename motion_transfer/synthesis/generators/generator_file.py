"""Generator <-> file: the name of its class, its settings and its weights. Reading runs no code from the file."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from motion_transfer.domain.value import value
from motion_transfer.files.reading import reading
from motion_transfer.files.records import load_record, save_record
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.synthesis.generators.registry import GeneratorSpec, MakeGenerator, build_generator

GENERATOR = "generator.npz"  # in a performer's folder
REMEDY = "learn the performer again"
NetworkT = TypeVar("NetworkT", bound=nn.Module)


@value
class StoredGenerator:
    """A generator or a refiner as it lies in a file.

    Attributes:
        target: dotted name of its class.
        channels: names of the maps that it reads.
        settings: of its class, as plain values.

    Raises:
        ValueError: a weight is not finite.
    """

    target: str
    channels: tuple[str, ...]
    settings: Mapping[str, Any]
    weights: Mapping[str, Tensor]

    def __post_init__(self) -> None:
        for name, weight in self.weights.items():
            if not bool(torch.isfinite(weight).all()):
                raise ValueError(f"expected finite weights of the network, got others in {name}; {REMEDY}")

    @property
    def spec(self) -> GeneratorSpec:
        """How the generator is built."""
        return GeneratorSpec(target=self.target, channels=self.channels, settings=self.settings)


def save_generator(path: Path, generator: nn.Module, spec: GeneratorSpec) -> None:
    """Write a generator, or a refiner, and how it is built.

    Raises:
        ValueError: a weight is not finite.
    """
    weights = dict(generator.state_dict())
    save_record(
        path,
        StoredGenerator(target=spec.target, channels=spec.channels, settings=dict(spec.settings), weights=weights),
    )


def load_generator(path: Path, allowed: Iterable[MakeGenerator] = ()) -> ConditionalGenerator:
    """Build the generator of a file, on the CPU and ready for use.

    Args:
        allowed: classes that the file may name beside the built-in ones.

    Raises:
        ValueError: the file is none, is damaged, names a class that is not allowed, or its weights fit none.
    """
    return load_network(path, partial(build_generator, allowed=tuple(allowed)), "generator")


def load_network(path: Path, build: Callable[[GeneratorSpec], NetworkT], kind: str) -> NetworkT:
    """Build the network of a file, on the CPU and ready for use.

    Args:
        build: gives a network with fresh weights, of classes that are allowed alone.
        kind: of network, for errors.

    Raises:
        ValueError: the file is none, is damaged, names a class that is not allowed, or its weights fit none.
    """
    with reading(f"a {kind} of this version", path, remedy=REMEDY):
        stored = load_record(path, StoredGenerator)
    with reading(f"a {kind} of the class {stored.target}", path, remedy=REMEDY):
        with torch.device("meta"):  # first without memory, which settings in the file may ask too much of
            _check_shapes(build(stored.spec), stored.weights)
        network = build(stored.spec)
        network.load_state_dict(stored.weights)
    return network.eval()


def generator_file(folder: Path) -> Path:
    """Give the path of a performer's generator.

    Raises:
        ValueError: the folder is none of a performer.
    """
    path = folder / GENERATOR
    if not path.is_file():
        raise ValueError(f"expected the folder of a performer with {GENERATOR}, got {folder}; name another one")
    return path


def read_weights(path: Path) -> Mapping[str, Tensor]:
    """Read the weights alone.

    Raises:
        ValueError: the file is none, or was written by another version.
    """
    return load_record(path, StoredGenerator).weights


def _check_shapes(built: nn.Module, weights: Mapping[str, Tensor]) -> None:
    expected = {name: tuple(weight.shape) for name, weight in built.state_dict().items()}
    found = {name: tuple(weight.shape) for name, weight in weights.items()}
    if expected != found:
        odd = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
        raise ValueError(f"expected weights of the shapes that the settings ask for, got others in {odd[0]}")
