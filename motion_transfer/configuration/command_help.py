"""The help of the command line: one screen for a command, and a line each for all of them."""

from collections.abc import Mapping
from typing import Any

from motion_transfer.configuration.command_table import COMMANDS, SETTINGS
from motion_transfer.configuration.compose import defaults
from motion_transfer.configuration.composition import choices

WIDEST = 70  # characters of a setting or example that has its explanation beside it


def overview() -> str:
    """What there is to run."""
    width = max(map(len, COMMANDS))
    commands = [f"  {name:<{width}}  {command.does}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "motion-transfer COMMAND [INPUT ...] [SETTING=VALUE ...]",
            "",
            *commands,
            "",
            "motion-transfer COMMAND --help says more about one of them; --version names the version.",
        ]
    )


def command_help(name: str) -> str:
    """What a command does, its inputs, the settings that people change most, and two examples."""
    command = COMMANDS[name]
    start = f"motion-transfer {name}"
    return "\n".join(
        [
            " ".join(filter(None, [start, command.usage, "[SETTING=VALUE ...]"])),
            "",
            command.does,
            *_table("", {given.upper(): text for given, text in command.inputs.items()}),
            *_table("Settings that people change most:", _settings(name)),
            *_table("Examples:", {f"{start} {words}".strip(): text for words, text in command.examples.items()}),
            "",
            f"Every setting: {start} --cfg job, and docs/settings.md.",
            "Options of your own: --config-dir DIR searches the YAML and Python files in DIR as well.",
        ]
    )


def _settings(name: str) -> dict[str, str]:
    usual, chosen = defaults(name), choices(name)
    shown = {}
    for key in COMMANDS[name].settings:
        shown[f"{key}={_as_typed(chosen.get(key, _value(usual, key)))}"] = SETTINGS[key]
    return shown


def _value(settings: Mapping[str, Any], key: str) -> object:
    """The value of a dotted name."""
    first, _, rest = key.partition(".")
    return _value(settings.get(first, {}), rest) if rest else settings.get(first)


def _as_typed(value: object) -> str:
    text = str(value)
    return {"None": "null", "True": "true", "False": "false", "???": "..."}.get(text, text)


def _table(title: str, rows: dict[str, str]) -> list[str]:
    if not rows:
        return []
    width = max((len(left) for left in rows if len(left) <= WIDEST), default=0)
    lines = list[str]()
    for left, right in rows.items():
        lines += [f"  {left:<{width}}  {right}"] if len(left) <= WIDEST else [f"  {left}", f"  {'':<{width}}  {right}"]
    return ["", *filter(None, [title]), *lines]
