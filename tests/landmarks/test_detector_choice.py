from pathlib import Path

import hydra
from drawn_figures import FigureDetector

from motion_transfer.configuration.compose import compose
from motion_transfer.landmarks.mediapipe_pose import MediapipePose
from motion_transfer.landmarks.person_tracker import PersonTracker

USUAL = ["source=a.mp4", "target=b.mp4"]


def test_the_usual_tracker_finds_landmarks_with_mediapipe() -> None:
    tracker = hydra.utils.instantiate(compose("transfer", USUAL).landmarks)
    assert isinstance(tracker, PersonTracker)
    assert isinstance(tracker.detector, MediapipePose)


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
