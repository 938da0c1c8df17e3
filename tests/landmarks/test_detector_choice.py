from pathlib import Path

import hydra
import pytest
from drawn_figures import FigureDetector

from motion_transfer.configuration.compose import compose
from motion_transfer.landmarks.mediapipe_pose import HeavyMediapipePose, MediapipePose
from motion_transfer.landmarks.person_tracker import PersonTracker

USUAL = ["source=a.mp4", "target=b.mp4"]


def test_the_usual_tracker_finds_landmarks_with_mediapipe() -> None:
    tracker = hydra.utils.instantiate(compose("transfer", USUAL).landmarks)
    assert isinstance(tracker, PersonTracker)
    assert isinstance(tracker.detector, MediapipePose)


@pytest.mark.slow
def test_one_file_of_the_user_replaces_the_detector_and_keeps_the_tracker(tmp_path: Path) -> None:
    folder = tmp_path / "landmarks" / "detector"
    folder.mkdir(parents=True)
    (folder / "drawn.yaml").write_text("_target_: drawn_figures.FigureDetector\nconfidence: 0.7\n")
    config = compose("transfer", [*USUAL, "landmarks/detector=drawn", f"hydra.searchpath=[file://{tmp_path}]"])
    tracker = hydra.utils.instantiate(config.landmarks)
    assert isinstance(tracker, PersonTracker)
    assert isinstance(tracker.detector, FigureDetector)
    assert tracker.detector.confidence == 0.7
    assert tracker.detection_px == 960


@pytest.mark.slow
def test_the_largest_model_is_asked_for_with_where_to_get_it() -> None:
    config = compose("transfer", [*USUAL, "landmarks/detector=mediapipe_heavy"])
    with pytest.raises(hydra.errors.InstantiationException) as refused:
        hydra.utils.instantiate(config.landmarks)
    assert "expected landmarks.detector.model_path=FILE" in str(refused.value.__cause__)


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "found no file at"), (b"TFL3", r"its SHA-256 begins with \w{12}\b.*; fetch it by `npm")],
)
def test_another_file_is_not_taken_for_the_largest_model(content: bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "pose_landmark_heavy.tflite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises((FileNotFoundError, ValueError), match=said):
        HeavyMediapipePose(path)
