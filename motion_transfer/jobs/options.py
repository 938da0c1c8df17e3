"""What a page may ask of a job: a few settings of `transfer`, each of its kind, so that no other is reached."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from motion_transfer.configuration.compose import compose
from motion_transfer.domain.person_point import LARGEST, read_person
from motion_transfer.jobs.job import JobSettings, Option

CHOICES: Mapping[str, tuple[str, ...]] = {
    "preset": ("draft", "fast", "quality"),
    "facing": ("source", "target"),
    "missing": ("hold", "empty"),
    "device": ("auto", "cpu", "cuda"),
    "gaps": ("hold", "cut"),
    "background": ("target", "green", "blue"),
}
NUMBERS = ("minutes", "resolution", "facing", "seed", "rotate", "source_edit.speed")
SWITCHES = ("source_edit.mirror",)
PEOPLE = ("source_person", "target_person")
OPTIONS = tuple(dict.fromkeys((*CHOICES, *NUMBERS, *SWITCHES, *PEOPLE)))


def read_options(given: Mapping[str, Any]) -> dict[str, Option]:
    """Options from a form or a stranger's JSON; what is empty or None is left as it is by default.

    Raises:
        ValueError: there is no such option, or its value is of another kind.
    """
    unknown = sorted(str(name) for name in given if name not in OPTIONS)
    if unknown:
        raise ValueError(f"expected settings out of {', '.join(OPTIONS)}, got {unknown[0][:40]!r}; leave it out")
    return {name: _read(name, value) for name, value in given.items() if value not in (None, "")}


def composed(settings: JobSettings, source: Path, target: Path | None, performer: Path | None) -> DictConfig:
    """The configuration of a job's transfer, without its output and its cache.

    Raises:
        ValueError: a setting makes no sense, in the words of the command line.
    """
    options = read_options(settings.options)
    words = [f"{name}={str(value).lower()}" for name, value in options.items() if name not in PEOPLE]
    people = {name: Path(str(options[name])) for name in PEOPLE if name in options}
    inputs = {"source": source, "target": target, "performer": performer, **people}
    return compose("transfer", [*settings.overrides, *words], inputs=inputs)


def typed(settings: JobSettings, source: Path, target: Path | None, performer: Path | None, output: Path) -> str:
    """The command line that gives a job's result again, from within its folder."""
    inputs = [str(source), str(target) if performer is None else f"performer={performer}"]
    asked = [f"{name}={str(value).lower()}" for name, value in read_options(settings.options).items()]
    return shlex.join(["motion-transfer", "transfer", *inputs, *settings.overrides, *asked, f"output={output}"])


def _read(name: str, value: object) -> Option:
    if name in SWITCHES:
        if value in (True, False, "true", "false"):
            return value in (True, "true")
        raise ValueError(f"expected {name} to be true or false, got {str(value)[:40]!r}; try {name}=true")
    if name in PEOPLE:
        return LARGEST if (point := read_person(value, name)) is None else str(point)
    if name in CHOICES and value in CHOICES[name]:
        return str(value)
    if name in NUMBERS:
        number = _number(value)
        if number is not None:
            return int(number) if number.is_integer() else number
    choices = [*CHOICES.get(name, ()), *(["a number"] if name in NUMBERS else [])]
    raise ValueError(f"expected {name} to be {' or '.join(choices)}, got {str(value)[:40]!r}; take one of them")


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e9 else None  # false of NaN as well
