"""The command line: compose the configuration, run one command, turn a user's mistake into one line and exit code 2.

`motion-transfer COMMAND ...` and `python scripts/COMMAND.py ...` are the same thing.
"""

import contextlib
import difflib
import importlib
import io
import logging
import os
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any, cast

import hydra
from hydra.errors import ConfigCompositionException, HydraException, InstantiationException
from hydra.errors import MissingConfigException as MissingConfig
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from motion_transfer.files.assets import show_traceback
from motion_transfer.signals import CancelledBySignal, cancelled_by_signals

POSITIONAL = {
    "transfer": ("source", "target"),
    "evaluate": ("clip",),
    "train": (),
    "prepare": ("target",),
    "demo": (),
    "benchmark": (),
    "diagnose": (),
    "measure": (),
}
USER_MISTAKES = (ValueError, OSError, HydraException, OmegaConfBaseException)


class UsageError(ValueError):
    """The command line does not say what to do."""


def main(argv: list[str] | None = None) -> None:
    """Entry point of the console command `motion-transfer`."""
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] not in POSITIONAL:
        asked = f"got {words[0]!r}" if words else "got none"
        near = difflib.get_close_matches(words[0], POSITIONAL, 1) if words else []
        hint = f"; did you mean {near[0]!r}?" if near else ""
        print(f"motion-transfer: expected a command out of {', '.join(POSITIONAL)}, {asked}{hint}", file=sys.stderr)
        sys.exit(0 if words and words[0] in ("-h", "--help") else 2)
    run(words[0], words[1:])


def run(command: str, argv: list[str] | None = None) -> None:
    """Run one command and end the process: exit code 0 on success, 2 on a user's mistake, 1 on a defect of ours."""
    words = sys.argv[1:] if argv is None else argv
    _quieten()
    try:
        overrides = _as_overrides(command, [word for word in words if not word.startswith("-")])
        flags = _flags(words)
        if flags:
            _show(command, flags, overrides)
            return
        with cancelled_by_signals():
            config = compose(command, overrides)
            importlib.import_module(f"motion_transfer.commands.{command}").main(config)
    except BrokenPipeError:  # whoever read the output has seen enough, as in `--help | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (CancelledBySignal, KeyboardInterrupt) as end:
        print(f"\n{command}: interrupted; what was computed is kept, run the same command to go on", file=sys.stderr)
        sys.exit(end.exit_code if isinstance(end, CancelledBySignal) else 130)
    except USER_MISTAKES as mistake:
        logging.getLogger(__name__).debug("".join(traceback.format_exception(mistake)))
        if show_traceback():
            raise
        print(f"{command}: error: {_one_line(mistake)}", file=sys.stderr)
        sys.exit(2)


def compose(command: str, overrides: list[str]) -> DictConfig:
    """The configuration of a command with the user's overrides, every interpolation resolved.

    Raises:
        UsageError: an input is missing, an override names a key or an option that does not exist (the nearest right
            one is named), or it gives a word where a number or a switch belongs.
    """
    config = _composed(command, overrides)
    missing = OmegaConf.missing_keys(config)
    if missing:
        by_name = sorted(f"{key}={key.upper()}" for key in missing - set(POSITIONAL[command]))
        usage = " ".join([*(name.upper() for name in POSITIONAL[command]), *by_name])
        first = min(missing, key=[*POSITIONAL[command], *sorted(missing)].index)
        raise UsageError(f"expected {usage}, but no {first} was given; type: motion-transfer {command} {usage}")
    OmegaConf.resolve(config)
    return config


def _composed(command: str, overrides: list[str]) -> DictConfig:
    """As `compose`, but inputs may still be missing and interpolations are left to be resolved."""
    with hydra.initialize_config_dir(str(config_dir()), version_base="1.3"):
        try:
            config = hydra.compose(command, overrides)
        except (ConfigCompositionException, MissingConfig, OmegaConfBaseException) as error:
            raise UsageError(_explain(command, overrides, error)) from error
        _check_kinds(_plain(config), _plain(hydra.compose(command)))
    return config


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


def config_dir() -> Path:
    """The folder of the YAML files: `configs/` in a checkout, inside the package in an installed wheel."""
    return Path(importlib.import_module("motion_transfer.configs").__path__[0]).resolve()


def _flags(words: list[str]) -> list[str]:
    """Hydra's own flags; only those that show something are kept, since runs are composed here."""
    flags = [word for word in words if word.startswith("-")]
    known = {"--help", "-h", "--cfg", "-c", "--resolve", "--package", "-p", "--info", "-i", "--hydra-help"}
    for flag in flags:
        if flag.split("=")[0] not in known:
            raise UsageError(f"expected one of {', '.join(sorted(known))} or overrides such as minutes=5, got {flag!r}")
    return flags


def _as_overrides(command: str, words: list[str]) -> list[str]:
    """Turn `SOURCE TARGET key=value` into Hydra's overrides. A word that is an existing file is never an override."""
    names = list(POSITIONAL[command])
    overrides = []
    for word in words:
        if word in ("job", "hydra", "all", "config", "defaults", "defaults-tree", "plugins", "searchpath"):
            continue  # the value that follows a flag such as --cfg
        if "=" in word and not Path(word).exists():
            overrides.append(word)
        elif names:
            quoted = word.replace("\\", "\\\\").replace("'", "\\'")
            overrides.append(f"{names.pop(0)}='{quoted}'")
        else:
            expected = " ".join(name.upper() for name in POSITIONAL[command]) or "only overrides such as minutes=5"
            raise UsageError(f"expected {expected}, got one word too many: {word!r}")
    return overrides


def _show(command: str, flags: list[str], overrides: list[str]) -> None:
    """Let Hydra print its help or the composed configuration.

    Raises:
        UsageError: an override is wrong, as in `compose`.
    """
    _composed(command, overrides)
    usage = " ".join([*(name.upper() for name in POSITIONAL[command]), "[setting=value ...]"])
    overrides = [*overrides, f"hydra.help.header='motion-transfer {command} {usage}'"]
    values = ["job"] if any(flag in ("--cfg", "-c") for flag in flags) else []
    sys.argv = [command, *flags, *values, *overrides]

    @hydra.main(config_path=str(config_dir()), config_name=command, version_base="1.3")
    def shown(_: DictConfig) -> None:
        """Never reached: every flag that is let through prints and ends."""

    text, code = io.StringIO(), None
    with contextlib.redirect_stdout(text):
        try:
            shown()
        except SystemExit as end:  # with which Hydra ends its help, and its errors
            code = end.code
    print(text.getvalue(), end="", flush=True)  # written by Hydra, a reader that stops early would be an error
    if code:
        sys.exit(code)


def _explain(command: str, overrides: list[str], error: Exception) -> str:
    """Name the override that is wrong and the nearest right one."""
    with_defaults = hydra.compose(command)
    known = _keys(_plain(with_defaults)) | {folder.name for folder in config_dir().iterdir() if folder.is_dir()}
    for override in overrides:
        key = override.lstrip("+~").split("=")[0].split("@")[0]
        if key in known or key.replace("/", ".") in known:
            continue
        last = {name.rsplit(".", 1)[-1]: name for name in sorted(known, key=len, reverse=True)}
        near = difflib.get_close_matches(key, known, 1, 0.5) or [
            last[name] for name in difflib.get_close_matches(key.rsplit(".", 1)[-1], last, 1, 0.5)
        ]
        hint = f"; did you mean {near[0]!r}?" if near else "; `--cfg job` lists them all"
        return f"expected the name of a setting, got {key!r}{hint}"
    for override in overrides:
        group = override.split("=")[0].split("@")[0]
        folder = config_dir() / group
        if folder.is_dir():
            options = sorted(path.stem for path in folder.glob("*.yaml"))
            asked = override.split("=", 1)[1]
            if asked not in options:
                near = difflib.get_close_matches(asked, options, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                return f"expected {group} to be one of {', '.join(options)}, got {asked!r}{hint}"
    return str(error)


def _keys(node: object, prefix: str = "") -> set[str]:
    if not isinstance(node, dict):
        return set()
    names: set[str] = set()
    for key, child in node.items():
        names.add(f"{prefix}{key}")
        names |= _keys(child, f"{prefix}{key}.")
    return names


def _one_line(error: BaseException) -> str:
    """The message of the error that the user can act on, on one line."""
    while isinstance(error, InstantiationException) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, OSError) and error.strerror:
        if error.filename is None:
            return " ".join(error.strerror.split())  # without the number in front
        return f"expected to use {error.filename}, got {error.strerror.lower()}; check its path and permissions"
    return " ".join(str(error).split()) or type(error).__name__


def _quieten() -> None:
    """One line a stage is what the user wants to see; libraries keep their advice to themselves."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("motion_transfer").setLevel(logging.INFO)
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    logging.getLogger("lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", category=UserWarning)
