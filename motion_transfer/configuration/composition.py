"""A file of `configs/`, the options chosen and the values set -> one configuration, by Hydra.

Hydra reads and merges some forty files, for a quarter of a second. A process reads each file once. Values that are set
change none of them and are applied last, so each choice of options is composed once, and values are set in a copy.
"""

import copy
import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import cast

import hydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from motion_transfer.configuration.parsed_files import read_once

HYDRA_VERSION = "1.3"


def compose_files(name: str, overrides: Sequence[str], folders: Sequence[Path] = ()) -> DictConfig:
    """What Hydra composes of the file `name`, interpolations unresolved.

    Args:
        overrides: in Hydra's grammar.
        folders: those that are searched beside `configs/`, each a path from the root; they are read anew every time.

    Raises:
        HydraException, OmegaConfBaseException: an override is none, or what it names does not exist.
    """
    parsed = OverridesParser.create().parse_overrides([*overrides])
    if not folders and all(_is_choice(one) or _is_plain_value(one) for one in parsed):
        choices = tuple(str(one.input_line) for one in parsed if _is_choice(one))
        config = copy.deepcopy(_composed_once(name, choices))
        try:
            for one in parsed:
                if not _is_choice(one):
                    OmegaConf.update(config, one.key_or_group, one.value(), merge=True)
            return config
        except OmegaConfBaseException:
            pass  # Hydra says below what is wrong
    listed = ", ".join(f"'file://{folder}'" for folder in folders)
    with _hydra_in_project():
        return hydra.compose(name, [*overrides, *([f"hydra.searchpath=[{listed}]"] if folders else [])])


@cache
def choices(name: str) -> dict[str, str]:
    """The option of every group that a file takes where none is named; callers must not change it."""
    with _hydra_in_project():
        config = hydra.compose(name, return_hydra_config=True)
    return cast(dict[str, str], OmegaConf.to_container(config.hydra.runtime.choices))


def options(group: str) -> list[str]:
    """The names that a group of `configs/` can be set to."""
    return sorted(path.stem for path in (config_dir() / group).glob("*.yaml"))


def config_dir() -> Path:
    """The folder of the YAML files: `configs/` in a checkout, inside the package in an installed wheel."""
    return Path(importlib.import_module("motion_transfer.configs").__path__[0]).resolve()


@contextmanager
def _hydra_in_project() -> Iterator[None]:
    read_once(str(config_dir()))
    with hydra.initialize_config_dir(str(config_dir()), version_base=HYDRA_VERSION):
        yield


@cache
def _composed_once(name: str, chosen: tuple[str, ...]) -> DictConfig:
    with _hydra_in_project():
        return hydra.compose(name, [*chosen])


def _is_choice(override: Override) -> bool:
    """Whether it is `group=option`."""
    return _changes(override) and (config_dir() / override.key_or_group).is_dir()


def _is_plain_value(override: Override) -> bool:
    """Whether it is `setting=value`, of no setting of Hydra's own."""
    return _changes(override) and not override.is_hydra_override() and override.package is None


def _changes(override: Override) -> bool:
    return override.type == OverrideType.CHANGE and not override.is_sweep_override()
