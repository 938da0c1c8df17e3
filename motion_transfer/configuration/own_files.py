"""The user's own YAML files: what is none is told by its name."""

from collections.abc import Sequence
from pathlib import Path

import yaml
from omegaconf import DictConfig, OmegaConf

from motion_transfer.files.reading import reading

MOST_BYTES = 1 << 20
MOST_ALIASES = 20  # each may double what a file comes to
DEEPEST = 50
OPENING = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
CLOSING = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def check_own_files(folders: Sequence[Path]) -> None:
    """Read all YAML files in the folders.

    Raises:
        ValueError: one of them holds no settings.
    """
    for folder in folders:
        for path in sorted(folder.rglob("*.yaml")):
            read_settings(path)


def read_settings(path: Path) -> DictConfig:
    """Read one file of settings, its references unresolved.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no YAML, no mapping, or nests too deep.
    """
    with reading("a YAML file of settings", path, remedy="correct it", most_bytes=MOST_BYTES):
        _check_nesting(path.read_text(encoding="utf-8"))
        settings = OmegaConf.load(path)
        if not isinstance(settings, DictConfig):
            raise ValueError("expected names and values, got a list")
        return settings


def _check_nesting(text: str) -> None:
    depth = aliases = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, OPENING) - isinstance(event, CLOSING)
        aliases += isinstance(event, yaml.AliasEvent)
        if depth > DEEPEST or aliases > MOST_ALIASES:
            raise ValueError(f"expected at most {DEEPEST} levels and {MOST_ALIASES} aliases, got more")
