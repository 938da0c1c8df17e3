"""The help fits on one screen and speaks of settings that exist."""

import pytest

from motion_transfer.configuration.command_help import command_help, overview
from motion_transfer.configuration.command_table import COMMANDS, SETTINGS
from motion_transfer.configuration.compose import compose_unresolved, defaults
from motion_transfer.configuration.corrections import keys

SCREEN_LINES, SCREEN_COLUMNS = 30, 120


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_is_one_screen_with_its_inputs_settings_and_examples(command: str) -> None:
    text, shown = command_help(command), COMMANDS[command]
    lines = text.splitlines()
    assert len(lines) <= SCREEN_LINES
    assert max(map(len, lines)) <= SCREEN_COLUMNS
    assert lines[0].startswith(f"motion-transfer {command} ")
    assert shown.does in lines
    for name in (*map(str.upper, shown.inputs), *shown.settings):
        assert any(line.strip().startswith(name) for line in lines[1:]), name
    assert len(shown.examples) == 2
    assert f"motion-transfer {command} --cfg job" in text


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_every_setting_that_the_help_names_can_be_overridden(command: str) -> None:
    usual = set(keys(defaults(command)))
    for name in (*COMMANDS[command].inputs, *COMMANDS[command].settings):
        assert name == "preset" or name in usual, name
    for words in COMMANDS[command].examples:
        overrides = [word for word in words.split() if "=" in word]
        if overrides:
            compose_unresolved(command, overrides)


def test_no_description_is_left_over() -> None:
    assert set(SETTINGS) == {name for command in COMMANDS.values() for name in command.settings}


def test_the_overview_has_a_line_for_every_command() -> None:
    for name, command in COMMANDS.items():
        assert any(line.split() == [name, *command.does.split()] for line in overview().splitlines())
