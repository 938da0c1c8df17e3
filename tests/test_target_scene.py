"""Title cards of a target never reach its plate, its motion or its sway; what was left out is said."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from quick_transfer import FPS, QUICK, SIZE, SmallPair

from motion_transfer.appearance.plate import build_plate
from motion_transfer.commands.assembly import assemble_from
from motion_transfer.detection import find_person
from motion_transfer.files.clips import open_clip
from motion_transfer.files.video_reader import open_video
from motion_transfer.files.video_writer import VideoWriter

BEFORE, AFTER = 10, 12  # frames of a card


@pytest.mark.slow
def test_cards_around_a_target_change_nothing_about_its_scene(small_pair: SmallPair, tmp_path: Path) -> None:
    card = np.zeros((SIZE.height, SIZE.width, 3), np.uint8)
    cv2.putText(card, "W M", (20, 110), cv2.FONT_HERSHEY_SIMPLEX, 2, (255, 255, 255), 5)
    with VideoWriter(tmp_path / "cards.mp4", size=SIZE, fps=FPS) as writer:
        for frame in [*[card] * BEFORE, *open_video(small_pair.target), *[card] * AFTER]:
            writer.write(frame)
    made = assemble_from(*QUICK, "progress=none", f"work_dir={tmp_path / 'work'}")
    plates = []
    for path in (small_pair.target, tmp_path / "cards.mp4"):
        clip, detections = find_person(open_clip(path), made.stages, made.run, "target")
        assert len(clip) == len(detections.masks) == small_pair.frames
        assert clip.stabilized
        assert (detections.landmarks_2d.confidence.amax(1) > 0).all()
        plates.append(build_plate(clip.video, detections.masks, made.stages.register_target.stage.inpaint).rgb)
    last = BEFORE + small_pair.frames
    sentence = f"Frames 0 to {BEFORE - 1}, {last} to {last + AFTER - 1} do not show the scene"
    assert any(note.startswith(sentence) for note in detections.notes)
    assert np.abs(plates[0].astype(float) - plates[1]).mean() < 3
    again = find_person(open_clip(tmp_path / "cards.mp4"), made.stages, made.run, "target")
    assert made.run.costs["target_scene"].name == "target: scene"
    assert again.clip.digest == clip.digest
