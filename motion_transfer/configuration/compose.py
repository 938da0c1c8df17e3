"""A command's name and overrides -> its resolved configuration, by Hydra."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf

from motion_transfer.configuration.command_table import COMMANDS
from motion_transfer.configuration.composition import compose_files, config_dir
from motion_transfer.configuration.corrections import correct, keys
from motion_transfer.configuration.own_files import check_own_files
from motion_transfer.configuration.setting_ranges import check_settings
from motion_transfer.configuration.verbatim_settings import Verbatim


class UsageError(ValueError):
    """The command line does not say what to do."""


def compose(
    command: str,
    overrides: Sequence[str],
    config_dirs: Sequence[Path] = (),
    inputs: Mapping[str, Verbatim] | None = None,
) -> DictConfig:
    """The configuration of a command with the user's overrides, every interpolation resolved.

    Args:
        inputs: paths and names by the names of their settings; nothing in one is a reference to a setting.
        config_dirs: folders of the user's own YAML files, laid out as the project's `configs/`.

    Raises:
        UsageError: an input is missing, an override names a key or an option that does not exist (the nearest right
            one is named), or it gives a word where a number or a switch belongs.
        ValueError: a number makes no sense for its setting.
    """
    config = compose_unresolved(command, overrides, config_dirs)
    if "given" in config:
        config.given = {"overrides": [*overrides], "config_dirs": [str(folder) for folder in config_dirs]}
    set_verbatim(config, inputs or {}, command)
    missing = OmegaConf.missing_keys(config)
    if missing:
        by_place = tuple(COMMANDS[command].inputs)
        by_name = sorted(f"{key}={key.upper()}" for key in missing - set(by_place))
        usage = " ".join([*(name.upper() for name in by_place), *by_name])
        first = min(missing, key=[*by_place, *sorted(missing)].index)
        raise UsageError(f"expected {usage}, but no {first} was given; type: motion-transfer {command} {usage}")
    check_settings(_plain(config))  # before references are resolved, which would repeat a number under other names
    OmegaConf.resolve(config)
    return config


def compose_unresolved(command: str, overrides: Sequence[str], config_dirs: Sequence[Path] = ()) -> DictConfig:
    """As `compose`, but inputs may be missing and interpolations stay as they are.

    Any other file at the root of `configs/` may stand in for the command's.
    """
    for folder in config_dirs:
        if not folder.is_dir():
            raise UsageError(
                f"expected a folder of YAML files for --config-dir, found none at {folder}; check the path"
            )
    folders = tuple(path.resolve() for path in config_dirs)
    try:
        config = compose_files(command, overrides, folders)
    except Exception as error:  # of many kinds, where a file of the user's is damaged
        check_own_files(folders)
        wrong = correct(overrides, defaults(command), (config_dir(), *folders))
        raise UsageError(wrong or f"expected settings that fit together, got: {error}") from error
    _check_kinds(_plain(config), defaults(command))
    return config


def set_verbatim(config: DictConfig, inputs: Mapping[str, object], command: str) -> None:
    """Put paths and names into a command's configuration.

    Raises:
        UsageError: the command has no such setting.
    """
    known = set(keys(defaults(command)))
    for name, given in inputs.items():
        if name not in known:
            raise UsageError(correct([f"{name}="], defaults(command), (config_dir(),)) or f"{command} takes no {name}")
        OmegaConf.update(config, name, list(given) if isinstance(given, tuple) else given)


@cache
def defaults(command: str) -> dict[str, Any]:
    """The configuration of a command without overrides, interpolations unresolved; callers must not change it."""
    return _plain(compose_files(command, ()))


def _check_kinds(asked: dict[str, Any], usual: dict[str, Any], where: str = "") -> None:
    """A number stays a number and a switch a switch: otherwise the mistake would show deep inside a stage."""
    for name, before in usual.items():
        now = asked.get(name, before)
        if isinstance(before, dict) and isinstance(now, dict):
            _check_kinds(now, before, f"{where}{name}.")
        elif isinstance(before, bool) and not isinstance(now, bool):
            raise UsageError(f"expected {where}{name} to be true or false, got {now!r}; try {where}{name}=true")
        elif _is_number(before) and not (_is_number(now) or _is_reference(now)):
            raise UsageError(f"expected a number for {where}{name}, got {now!r}; try {where}{name}={before}")


def _is_number(setting: object) -> bool:
    return isinstance(setting, int | float) and not isinstance(setting, bool)


def _is_reference(setting: object) -> bool:
    return isinstance(setting, str) and setting.startswith("${")


def _plain(config: DictConfig) -> dict[str, Any]:
    return cast(dict[str, Any], OmegaConf.to_container(config, resolve=False))
