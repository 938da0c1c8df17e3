"""Words after a command's name are inputs, overrides or flags."""

from pathlib import Path

import pytest

from motion_transfer.configuration.arguments import Arguments, parse


def test_words_become_inputs_and_overrides() -> None:
    assert parse("transfer", ["a.mp4", "minutes=3", "it's.mp4"]) == Arguments(
        inputs={"source": Path("a.mp4"), "target": Path("it's.mp4")}, overrides=("minutes=3",)
    )


@pytest.mark.parametrize("words", [["--cfg", "job"], ["--cfg=job"], ["-c", "job"]])
def test_the_configuration_is_asked_for_in_any_spelling(words: list[str]) -> None:
    assert parse("transfer", [*words, "a.mp4"]) == Arguments(inputs={"source": Path("a.mp4")}, config=True)


def test_folders_of_ones_own_files_may_be_several() -> None:
    found = parse("demo", ["--config-dir", "one", "--config-dir=other", "-cd", "third", "--help"])
    assert found == Arguments(config_dirs=(Path("one"), Path("other"), Path("third")), help=True)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--cfg"], "expected --cfg job, got --cfg alone"),
        (["--config-dir", "--help"], "expected --config-dir DIR, got --config-dir alone"),
        (["--cfg", "hydra"], "expected --cfg job, got --cfg hydra"),
        (["--mutirun"], "got '--mutirun'"),
        (["--info"], "expected --cfg job, got Hydra's own --info"),
        (["--info=defaults"], "expected --cfg job, got Hydra's own --info"),
        (["--hydra-help"], "expected --help, got Hydra's own --hydra-help"),
        (["-m", "seed=1,2"], "expected one command after the other, got Hydra's own -m"),
        (["a", "b", "c"], "expected SOURCE TARGET, got one word too many: 'c'"),
    ],
)
def test_words_that_make_no_sense_are_refused(words: list[str], part: str) -> None:
    with pytest.raises(ValueError, match="expected") as refused:
        parse("transfer", words)
    assert part in str(refused.value)
