"""The command line in a report gives the same configuration again, whatever letters its names have."""

import shlex
from pathlib import Path

import pytest

from motion_transfer.configuration.arguments import parse
from motion_transfer.configuration.compose import compose
from motion_transfer.configuration.typed_command import typed_command


def again(words: list[str]) -> list[str]:
    """The words of the command line that a report of these words holds."""
    arguments = parse("transfer", words)
    config = compose("transfer", arguments.overrides, arguments.config_dirs, arguments.inputs)
    program, command, *said = shlex.split(typed_command("transfer", config))
    assert (program, command) == ("motion-transfer", "transfer")
    repeated = parse("transfer", said)
    assert compose("transfer", repeated.overrides, repeated.config_dirs, repeated.inputs) == config
    return said


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["a.mp4", "b.mp4"],
        ["a.mp4", "b.mp4", "preset=draft", "minutes=3", "retargeting.steps.self_collision=null"],
        ["it's mine, take (1).mp4", "performer=my performers/été"],
        ["a.bvh", "performer=anna", "output=out=2.mp4", "source_edit.trim=2.5..7", "work_dir=2024"],
    ],
)
def test_it_holds_what_was_typed_and_nothing_else(words: list[str]) -> None:
    assert sorted(again(words)) == sorted(words)


@pytest.mark.slow
def test_a_folder_of_the_users_own_configuration_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "preset"
    folder.mkdir(parents=True)
    (folder / "tiny.yaml").write_text("# @package _global_\nminutes: 0.5\n")
    said = again(["a.mp4", "b.mp4", "--config-dir", str(tmp_path / "mine"), "preset=tiny"])
    assert f"--config-dir={tmp_path / 'mine'}" in said
