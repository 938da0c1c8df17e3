"""Refiners <-> files of a performer's folder, one for each part of the body. Reading runs no code from them."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from motion_transfer.synthesis.generators.generator_file import load_network, save_generator
from motion_transfer.synthesis.generators.registry import GeneratorSpec, build_network
from motion_transfer.synthesis.refiners.part_refiner import PARTS, MakeRefiner, PartRefiner
from motion_transfer.synthesis.refiners.residual import ResidualRefiner

BUILT_IN: tuple[MakeRefiner, ...] = (ResidualRefiner,)
FILES = {part: f"refiner_{part}.npz" for part in PARTS}  # in a performer's folder


def save_refiners(folder: Path, refiners: Mapping[str, PartRefiner], specs: Mapping[str, GeneratorSpec]) -> None:
    """Write the refiner of each part, and how it is built."""
    for part, refiner in refiners.items():
        save_generator(folder / FILES[part], refiner, specs[part])


def load_refiners(folder: Path, allowed: Iterable[MakeRefiner] = ()) -> dict[str, PartRefiner]:
    """Build the refiners that lie in a folder; there may be none.

    Args:
        allowed: classes that the files may name beside the built-in ones.

    Raises:
        ValueError: a file is damaged, names a class that is not allowed, or its weights fit none.
    """
    makes = (*BUILT_IN, *allowed)

    def build(spec: GeneratorSpec) -> PartRefiner:
        return build_network(spec, makes, "refiner", "synthesis.refiner.network")

    found = {part: folder / name for part, name in FILES.items()}
    return {part: load_network(path, build, "refiner") for part, path in found.items() if path.is_file()}
