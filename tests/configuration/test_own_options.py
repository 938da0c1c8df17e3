"""One class and one YAML file in a folder of one's own are enough to choose another inpainter or schedule."""

import sys
from collections.abc import Callable
from pathlib import Path

import hydra
import numpy as np
import pytest
from mistakes import Failure

from motion_transfer import cli
from motion_transfer.configuration.compose import compose

MODULE = '''
import numpy as np

class GreyInpainter:
    """Fills holes with one grey."""

    def __init__(self, grey):
        self.grey = grey

    def __call__(self, picture, known, advance):
        advance()
        return np.where(known[..., None], picture, np.uint8(self.grey))
'''


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [*sys.path])
    folder = tmp_path / "mine"
    (folder / "registration" / "inpainter").mkdir(parents=True)
    (folder / "registration" / "inpainter" / "grey.yaml").write_text("_target_: own_grey.GreyInpainter\ngrey: 7\n")
    (folder / "own_grey.py").write_text(MODULE)
    return folder


@pytest.mark.slow
def test_an_inpainter_of_ones_own_is_chosen_by_name(own: Path) -> None:
    config = compose("transfer", ["source=a.mp4", "registration/inpainter=grey"], [own])
    sys.path.append(str(own))
    fill: Callable[..., np.ndarray] = hydra.utils.instantiate(config.registration.inpainter)
    picture, known = np.full((2, 2, 3), 200, np.uint8), np.array([[True, False], [True, True]])
    assert fill(picture, known, lambda: None)[..., 0].tolist() == [[200, 7], [200, 200]]


@pytest.mark.slow
def test_a_command_finds_options_and_classes_in_the_folder(
    own: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def main(config: object) -> None:
        print(hydra.utils.instantiate(config.registration.inpainter).grey)  # type: ignore[attr-defined]

    monkeypatch.setattr("motion_transfer.commands.transfer.main", main)
    cli.run("transfer", ["a.mp4", "--config-dir", str(own), "registration/inpainter=grey"])
    assert capfd.readouterr().out == "7\n"


@pytest.mark.slow
def test_the_projects_own_options_are_still_there(own: Path) -> None:
    assert "TeleaInpainter" in str(
        compose("transfer", ["source=a", "registration/inpainter=telea"], [own]).registration.inpainter
    )


def test_a_wrong_option_is_answered_with_ones_own_as_well(own: Path, fails: Failure) -> None:
    said = fails("transfer", "a.mp4", "--config-dir", own, "registration/inpainter=gray")
    assert "grey, " in said
    assert "did you mean 'grey'?" in said


def test_a_folder_that_is_missing_is_named(tmp_path: Path, fails: Failure) -> None:
    said = fails("transfer", "a.mp4", "--config-dir", tmp_path / "nowhere")
    assert f"expected a folder of YAML files for --config-dir, found none at {tmp_path / 'nowhere'}" in said
