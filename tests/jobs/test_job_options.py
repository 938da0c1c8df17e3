"""A page reaches a few settings of a transfer and no others."""

import shlex
from pathlib import Path

import pytest

from motion_transfer.configuration.arguments import parse
from motion_transfer.configuration.mistakes import USER_MISTAKES
from motion_transfer.jobs.job import JobSettings
from motion_transfer.jobs.options import composed, read_options, typed


def settings(**options: object) -> JobSettings:
    return JobSettings(source_title="a", target_title="b", options=read_options(options))


@pytest.mark.slow
def test_options_of_a_form_become_settings_of_the_transfer(tmp_path: Path) -> None:
    given = settings(preset="draft", minutes="1.5", facing="90", missing="empty", seed="", resolution=None)
    config = composed(given, tmp_path / "a.mp4", tmp_path / "b.mp4", None)
    assert (config.minutes, config.facing, config.missing, config.seed) == (1.5, 90, "empty", 0)
    assert config.references.count == 4  # of the preset
    assert composed(settings(facing="target"), tmp_path / "a.mp4", None, tmp_path / "p").facing == "target"


def test_a_point_in_a_clip_says_who_is_meant(tmp_path: Path) -> None:
    config = composed(settings(source_person="0.25, 0.50"), tmp_path / "a.mp4", tmp_path / "b.mp4", None)
    assert (str(config.source_person), config.target_person, config.person) == ("0.25,0.5", None, "largest")
    assert read_options({"target_person": Path("0.1,0.2")}) == {"target_person": "0.1,0.2"}  # of the command line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("work_dir", "/"),
        ("training.optimizer._target_", "os.system"),
        ("preset", "draft,fast"),
        ("preset", "../own"),
        ("minutes", "${oc.env:HOME}"),
        ("minutes", "nan"),
        ("minutes", True),
        ("facing", "[1]"),
        ("source_edit.mirror", "yes"),
        ("minutes", {"_target_": "os.system"}),
        ("source_person", "0.5,1.5"),
        ("source_person", [0.5, 0.5]),
        ("target_person", "${oc.env:HOME}"),
    ],
)
def test_other_settings_and_other_kinds_of_values_are_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_options({name: value})


def test_a_number_out_of_range_is_refused_in_the_words_of_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(USER_MISTAKES, match=r"expected minutes to be .*, got minutes=-1; correct it"):
        composed(settings(minutes=-1), tmp_path / "a.mp4", tmp_path / "b.mp4", None)


def test_a_job_can_be_typed_as_one_command() -> None:
    settings = JobSettings(
        source_title="a",
        target_title="b",
        options={"preset": "draft", "source_edit.mirror": True},
        overrides=("seed=1",),
    )
    words = "motion-transfer transfer source.mp4 {} seed=1 preset=draft source_edit.mirror=true output=result.mp4"
    source, output = Path("source.mp4"), Path("result.mp4")
    assert typed(settings, source, Path("target.mov"), None, output) == words.format("target.mov")
    assert typed(settings, source, None, Path("performer"), output) == words.format("performer=performer")
    arguments = parse("transfer", shlex.split(words.format("target.mov"))[2:])  # as the command line takes it
    assert [str(arguments.inputs[name]) for name in ("source", "target")] == ["source.mp4", "target.mov"]
