"""Generator <-> file: the name of its class, its settings and its weights. Reading runs no code from the file."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.synthesis.generators.registry import GeneratorSpec, MakeGenerator, build_generator

GENERATOR = "generator.pt"  # in a performer's folder


def save_generator(path: Path, generator: ConditionalGenerator, spec: GeneratorSpec) -> None:
    """Write a generator and how it is built."""
    content = {"target": spec.target, "channels": list(spec.channels), "settings": dict(spec.settings)}
    torch.save({**content, "weights": generator.state_dict()}, path)


def load_generator(path: Path, allowed: Iterable[MakeGenerator] = ()) -> ConditionalGenerator:
    """Build the generator of a file, on the CPU and ready for use.

    Args:
        allowed: classes that the file may name beside the built-in ones.

    Raises:
        ValueError: the file is none, was written by another version, or names a class that is not allowed.
    """
    content = _read(path)
    spec = GeneratorSpec(
        target=content["target"], channels=tuple(content["channels"]), settings=dict(content["settings"])
    )
    generator = build_generator(spec, allowed)
    generator.load_state_dict(content["weights"])
    return generator.eval()


def generator_file(folder: Path) -> Path:
    """Give the path of a performer's generator.

    Raises:
        ValueError: the folder is none of a performer.
    """
    path = folder / GENERATOR
    if not path.is_file():
        raise ValueError(f"expected the folder of a performer with {GENERATOR}, got {folder}; name another one")
    return path


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read the weights alone.

    Raises:
        ValueError: the file is none, or was written by another version.
    """
    return _read(path)["weights"]


def _read(path: Path) -> dict[str, Any]:
    content = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(content, dict) or not {"target", "channels", "settings", "weights"} <= set(content):
        raise ValueError(f"expected a generator of this version in {path}, got another one; learn the performer again")
    return content
