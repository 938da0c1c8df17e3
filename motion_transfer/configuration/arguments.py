"""Words of the command line -> inputs, overrides and what to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from motion_transfer.configuration.command_table import COMMANDS
from motion_transfer.configuration.compose import UsageError
from motion_transfer.configuration.verbatim_settings import LISTS, Verbatim, listed, verbatim

HELP = ("--help", "-h")
SHOW_CONFIG = ("--cfg", "-c")
CONFIG_DIR = ("--config-dir", "-cd")
RESOLVE = "--resolve"
OF_HYDRA: Mapping[str, str] = {  # its flags that the commands do not take, and what does the same
    "--config-name": "another command",
    "-cn": "another command",
    "--config-path": "--config-dir DIR",
    "-cp": "--config-dir DIR",
    "--hydra-help": "--help",
    "--info": "--cfg job",
    "-i": "--cfg job",
    "--multirun": "one command after the other",
    "-m": "one command after the other",
    "--package": "--cfg job",
    "-p": "--cfg job",
    "--run": "the command without it",
    "-r": "the command without it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What a command was asked for.

    Attributes:
        inputs: what means itself, by the names of its settings: files given by position, and paths and names given as
            `NAME=VALUE`.
        overrides: Hydra's.
        config_dirs: folders of the user's own YAML files.
        help: whether to show the help instead of running.
        config: whether to show the composed configuration instead of running.
        resolve: whether to show it with its interpolations resolved.
    """

    inputs: Mapping[str, Verbatim] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    config_dirs: tuple[Path, ...] = ()
    help: bool = False
    config: bool = False
    resolve: bool = False


def parse(command: str, words: Sequence[str]) -> Arguments:
    """Understand the words after a command's name. A word that is an existing file is never an override.

    Raises:
        UsageError: a word is unknown, or lacks its value.
    """
    flags: list[str] = []
    folders: list[Path] = []
    rest: list[str] = []
    waiting = [part for word in words for part in _split(word)]
    while waiting:
        word = waiting.pop(0)
        if word in CONFIG_DIR:
            folders.append(Path(_value(word, waiting, "DIR")))
        elif word in SHOW_CONFIG:
            _check_shown(_value(word, waiting, "job"))
            flags.append(SHOW_CONFIG[0])
        elif word in (*HELP, RESOLVE):
            flags.append(word)
        elif word in OF_HYDRA:
            raise UsageError(f"expected {OF_HYDRA[word]}, got Hydra's own {word}, which `{command}` does not take")
        elif word.startswith("-"):
            known = ", ".join([*HELP, "--cfg job", RESOLVE, "--config-dir DIR"])
            raise UsageError(f"expected one of {known} or overrides such as minutes=5, got {word!r}")
        else:
            rest.append(word)
    inputs, overrides = _sorted(command, rest)
    return Arguments(
        inputs=inputs,
        overrides=overrides,
        config_dirs=tuple(folders),
        help=any(flag in HELP for flag in flags),
        config=SHOW_CONFIG[0] in flags,
        resolve=RESOLVE in flags,
    )


def _split(word: str) -> list[str]:
    """`--flag=value` is `--flag value`."""
    return word.split("=", 1) if word.startswith("-") else [word]


def _value(flag: str, waiting: list[str], name: str) -> str:
    if not waiting or waiting[0].startswith("-"):
        raise UsageError(f"expected {flag} {name}, got {flag} alone; give its value")
    return waiting.pop(0)


def _check_shown(asked: str) -> None:
    if asked != "job":
        raise UsageError(f"expected --cfg job, got --cfg {asked}; `job` shows every setting of the command")


def _sorted(command: str, words: Sequence[str]) -> tuple[dict[str, Verbatim], tuple[str, ...]]:
    """Tell inputs from overrides in `SOURCE TARGET key=value`.

    Inputs stay apart, because text of a configuration may hold references, and names of files mean themselves.
    """
    names = list(COMMANDS[command].inputs)
    inputs: dict[str, Verbatim] = {}
    overrides: list[str] = []
    for word in words:
        if "=" in word and not _is_there(word):
            meant = verbatim(word)
            if meant is None:
                overrides.append(word)
            else:
                inputs[meant[0]] = meant[1]
        elif names and names[0] in LISTS:
            inputs[names[0]] = (*listed(inputs.get(names[0])), Path(word))
        elif names:
            inputs[names.pop(0)] = Path(word)
        else:
            expected = COMMANDS[command].usage or "only overrides such as minutes=5"
            raise UsageError(f"expected {expected}, got one word too many: {word!r}")
    return inputs, tuple(overrides)


def _is_there(word: str) -> bool:
    try:
        return Path(word).exists()
    except (OSError, ValueError):  # longer than names may be
        return False
