"""The words of the command line: what it shows, what it forgives, and what it says when something fails."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mistakes import Failure
from quick_transfer import run_script

from motion_transfer import cli
from motion_transfer.configuration.command_table import COMMANDS

# What is shown


@pytest.mark.slow
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_names_the_inputs_and_the_choices(flag: str, capfd: pytest.CaptureFixture[str]) -> None:
    cli.run("transfer", [flag, "minutes=3"])
    said = capfd.readouterr()
    assert said.out.splitlines()[0] == "motion-transfer transfer SOURCE TARGET [SETTING=VALUE ...]"
    assert "draft, fast, quality" in said.out
    assert not said.err


@pytest.mark.slow
def test_the_composed_configuration_is_shown_with_overrides_and_nothing_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    cli.run("transfer", ["some.mp4", "other.mp4", "--cfg", "job", "minutes=7", "preset=quality"])
    said = capfd.readouterr()
    assert "minutes: 7\n" in said.out
    assert "resolution: 512\n" in said.out
    assert "source: some.mp4\n" in said.out
    assert not said.err
    assert not list(tmp_path.iterdir())


@pytest.mark.subprocess
def test_a_reader_that_stops_early_is_no_error(tmp_path: Path) -> None:
    code = "import sys; from motion_transfer.cli import run; run('transfer', ['--cfg', 'job'])"
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-u", "-c", code], stdout=write, stderr=subprocess.PIPE, text=True, cwd=tmp_path
        )
    finally:
        os.close(write)
    assert done.returncode == 1
    assert not done.stderr


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_without_a_command_the_commands_are_listed(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    cli.main(words)
    said = capfd.readouterr()
    assert all(f"  {command} " in said.out for command in COMMANDS)
    assert not said.err


def test_the_version_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    cli.main(["--version"])
    assert capfd.readouterr().out.startswith("motion-transfer ")


def test_an_unknown_command_is_answered_with_the_nearest_one(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["tranfer"])
    said = capfd.readouterr().err
    assert ended.value.code == 2
    assert "did you mean 'transfer'?" in said
    assert "transfer, train, evaluate" in said


# Mistakes in words


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["minuts=3"], "got 'minuts'; did you mean 'minutes'?"),
        (["synthesis.generator.base_chanels=8"], "did you mean 'synthesis.generator.base_channels'?"),
        (["presets=fast"], "did you mean 'preset'?"),
        (["preset=fst"], "expected preset to be one of draft, fast, quality, got 'fst'; did you mean 'fast'?"),
        (["zzz=1"], "`--cfg job` lists them all"),
        (["minutes=soon"], "expected a number for minutes, got 'soon'; try minutes=0.0"),
        (["training.batch=null"], "expected a number for training.batch, got None"),
        (["side_by_side=perhaps"], "expected side_by_side to be true or false, got 'perhaps'"),
        (["training.penalties.more=1"], "`training.penalties.more` is now `"),
        (["source_rounds=0"], "`source_rounds` is now `registration.source.appearance.iterations`"),
        (["more.mp4"], "got one word too many: 'more.mp4'"),
        (["--mutirun"], "got '--mutirun'"),
        (["--cfg", "job", "minuts=3"], "did you mean 'minutes'?"),
    ],
)
def test_a_wrong_word_is_named_with_the_nearest_right_one(words: list[str], part: str, fails: Failure) -> None:
    assert part in fails("transfer", "a.mp4", "b.mp4", *words)


@pytest.mark.slow
def test_an_input_that_is_not_given_is_asked_for(fails: Failure) -> None:
    assert "no source was given; type: motion-transfer transfer SOURCE TARGET" in fails("transfer")
    assert "no clip was given; type: motion-transfer evaluate CLIP" in fails("evaluate")
    assert "no dancer was given; type: motion-transfer train dancer=DANCER" in fails("train")


def test_a_file_whose_name_holds_an_equals_sign_is_a_file(fails: Failure, tmp_path: Path) -> None:
    (tmp_path / "take=2.mp4").write_text("no video")
    assert "take=2.mp4" in fails("transfer", "take=2.mp4", "take=2.mp4")


@pytest.mark.subprocess
def test_a_missing_file_is_told_in_one_line_by_the_script(tmp_path: Path) -> None:
    done = run_script("transfer", ["nofile.mp4", "x.mp4"], tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "transfer: error: expected a source video or motion file, found no file at nofile.mp4; check the path\n"
    )
    assert not done.stdout


# Defects of ours


def failing(error: BaseException) -> Callable[[Any], None]:
    def main(_: Any) -> None:
        raise error

    return main


def test_a_defect_of_ours_is_not_passed_off_as_the_users(monkeypatch: pytest.MonkeyPatch, clip: Path) -> None:
    from motion_transfer.commands import transfer

    monkeypatch.setattr(transfer, "main", failing(RuntimeError("ours")))
    with pytest.raises(RuntimeError, match="ours"):
        cli.run("transfer", [str(clip), str(clip)])


def test_a_full_disk_is_told_without_its_number(monkeypatch: pytest.MonkeyPatch, clip: Path, fails: Failure) -> None:
    from motion_transfer.commands import transfer

    told = OSError(28, "expected room on the disk for out.mp4, got none; free some space or write elsewhere")
    monkeypatch.setattr(transfer, "main", failing(told))
    assert "Errno" not in fails("transfer", clip, clip)
    monkeypatch.setattr(transfer, "main", failing(PermissionError(13, "Permission denied", "/some/file")))
    assert "expected to use /some/file, got permission denied; check its path" in fails("transfer", clip, clip)


def test_the_whole_traceback_is_shown_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTION_TRANSFER_TRACEBACK", "1")
    with pytest.raises(FileNotFoundError):
        cli.run("transfer", ["nofile.mp4", "x.mp4"])


@pytest.mark.subprocess
def test_a_name_that_is_no_utf8_is_printed(tmp_path: Path) -> None:
    done = run_script("transfer", ["caf\udce9.mp4", "x.mp4"], tmp_path)
    assert done.returncode == 2
    assert "found no file at caf?.mp4" in done.stderr
    shown = run_script("transfer", ["caf\udce9.mp4", "x.mp4", "--cfg", "job"], tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "source:" in shown.stdout
