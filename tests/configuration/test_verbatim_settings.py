"""Paths and names mean themselves on the command line, whatever letters they have."""

import shlex
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from motion_transfer import cli
from motion_transfer.configuration.arguments import parse
from motion_transfer.configuration.compose import compose
from motion_transfer.configuration.verbatim_settings import verbatim

SPELLINGS = [
    "été.mp4",
    "舞.mp4",
    "💃 dance.mp4",
    "take(1).mp4",
    "take[1].mp4",
    "{x}.mp4",
    "a,b.mp4",
    "a=b.mp4",
    "it's.mp4",
    'the "best".mp4',
    "a & b; c #1 ! ~.mp4",
    " leading and trailing .mp4 ",
    "${minutes}.mp4",
    "$HOME.mp4",
    "C:\\clips\\a.mp4",
    "a:b.mp4",
    "100%.mp4",
    "2024",
    "1e5",
    "true",
    "-3",
    "caf\udce9.mp4",
]


@pytest.mark.slow
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", ["output", "performer", "work_dir", "smpl_path"])
def test_a_path_means_itself(name: str, spelling: str) -> None:
    asked = parse("transfer", ["a.mp4", "b.mp4", f"{name}={spelling}"])
    config = compose("transfer", asked.overrides, inputs=asked.inputs)
    assert str(config[name]) == spelling
    assert str(OmegaConf.to_container(config, resolve=True)[name]) == spelling  # type: ignore[index,call-overload]


@pytest.mark.slow
@pytest.mark.parametrize("spelling", ["2024", "20240512", "true", "anna maria", "été", "null island"])
def test_a_name_means_itself(spelling: str) -> None:
    asked = parse("train", [f"dancer={spelling}", f"data={spelling}"])
    config = compose("train", asked.overrides, inputs=asked.inputs)
    assert (str(config.dancer), str(config.data)) == (spelling, spelling)


@pytest.mark.slow
def test_other_settings_stay_hydras() -> None:
    asked = parse("transfer", ["a.mp4", "b.mp4", "minutes=2", "facing=-30", "fps=30000/1001", "preset=draft"])
    config = compose("transfer", asked.overrides, inputs=asked.inputs)
    assert (config.minutes, config.facing, config.fps) == (2, -30, "30000/1001")
    assert verbatim("training.batch=3") is None
    assert verbatim("output") is None


def test_null_and_nothing_stand_for_none_and_the_last_word_counts() -> None:
    for words in (["output=null"], ["output="], ["output=a.mp4", "output=null"]):
        asked = parse("transfer", ["a.mp4", "b.mp4", *words])
        assert compose("transfer", asked.overrides, inputs=asked.inputs).output is None


def test_a_leading_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    assert verbatim("output=~/out.mp4") == ("output", Path("/home/anna/out.mp4"))
    assert verbatim("output=~nobody of that name.mp4") == ("output", Path("~nobody of that name.mp4"))
    assert verbatim("output=a~b.mp4") == ("output", Path("a~b.mp4"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("[a.mp4,b.mp4:20-175]", ["a.mp4", "b.mp4:20-175"]),
        ("[été.mp4, take(1).mp4]", ["été.mp4", "take(1).mp4"]),
        ("""["a,b.mp4",'it is "this".mp4',c.mp4]""", ["a,b.mp4", 'it is "this".mp4', "c.mp4"]),
        ("one clip.mp4", ["one clip.mp4"]),
        ("[]", []),
        ("null", []),
    ],
)
def test_a_list_of_clips_is_read_name_by_name(text: str, paths: list[str]) -> None:
    asked = parse("measure", [f"clips={text}"])
    assert list(map(str, compose("measure", asked.overrides, inputs=asked.inputs).clips)) == paths


def test_files_in_the_depth_of_the_settings_mean_themselves() -> None:
    asked = parse("train", ["dancer=a", "training.pretrained.folder=performers/é (2)"])
    config = compose("train", asked.overrides, inputs=asked.inputs)
    assert config.training.pretrained.folder == Path("performers/é (2)")


def test_a_path_of_another_command_is_answered_with_the_settings_there_are() -> None:
    asked = parse("transfer", ["a.mp4", "b.mp4", "dancer=été"])
    with pytest.raises(ValueError, match="expected the name of a setting, got 'dancer'"):
        compose("transfer", asked.overrides, inputs=asked.inputs)


@pytest.mark.parametrize("folder", ["a cache (été)", "it's", "[1] = {2}"])
def test_what_is_printed_can_be_pasted_back(folder: str) -> None:
    printed = f"transfer b.mp4 {shlex.quote(f'performer={folder}/anna')}"
    asked = parse("transfer", shlex.split(printed)[1:])
    assert compose("transfer", asked.overrides, inputs=asked.inputs).performer == Path(folder, "anna")


def test_the_configuration_shows_them_as_they_were_given(capfd: pytest.CaptureFixture[str]) -> None:
    cli.run("transfer", ["a.mp4", "b.mp4", "output=${minutes} (été).mp4", "--cfg", "job", "--resolve"])
    assert "output: ${minutes} (été).mp4\n" in capfd.readouterr().out
