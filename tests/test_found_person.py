"""Title cards of a target never reach its plate, its motion or its sway; what was left out is said."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from quick_transfer import FPS, QUICK, SIZE, SmallPair

from motion_transfer.appearance.plate import build_plate, sampled_frames
from motion_transfer.assembly import assemble_from
from motion_transfer.detection import find_person
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.clips import Reading, open_clip, part_of
from motion_transfer.files.video_reader import open_video
from motion_transfer.files.video_writer import VideoWriter
from motion_transfer.protocols.self_reenactment import parts
from motion_transfer.protocols.split import Split

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
        inpaint, masks = made.stages.register_target.stage.inpaint, detections.masks
        plates.append(build_plate(clip.video, masks, sampled_frames(clip.video, masks), inpaint).rgb)
    last = BEFORE + small_pair.frames
    sentence = f"Frames 0 to {BEFORE - 1}, {last} to {last + AFTER - 1} do not show the scene"
    assert any(note.startswith(sentence) for note in detections.notes)
    assert np.abs(plates[0].astype(float) - plates[1]).mean() < 3
    cards = open_clip(tmp_path / "cards.mp4")
    split = Split(first=0, split=round(0.75 * len(cards)), stop=len(cards))
    training, test = parts(cards, split, made.stages, made.run)
    assert (len(training), len(test)) == (round(0.75 * small_pair.frames), round(0.25 * small_pair.frames))
    assert all(
        np.array_equal(one, other) for one, other in zip([*training.video, *test.video], clip.video, strict=True)
    )
    assert training.digest != part_of(cards, 0, len(training)).digest
    again = find_person(cards, made.stages, made.run, "target")
    assert made.run.costs["target_scene"].name == "target: scene"
    assert again.clip.digest == clip.digest


@pytest.mark.slow
@pytest.mark.parametrize("turn", [1, pytest.param(2, marks=pytest.mark.soak)])
def test_a_clip_that_is_turned_is_put_upright_unless_it_is_to_stay(
    turn: int, small_pair: SmallPair, tmp_path: Path
) -> None:
    frames = [np.ascontiguousarray(np.rot90(frame, turn)) for frame in open_video(small_pair.source)]
    size = ImageSize(height=frames[0].shape[0], width=frames[0].shape[1])
    with VideoWriter(tmp_path / "turned.mp4", size=size, fps=FPS) as writer:
        for frame in frames:
            writer.write(frame)
    made = assemble_from(*QUICK, "progress=none", f"work_dir={tmp_path / 'work'}")
    clip, detections = find_person(open_clip(tmp_path / "turned.mp4"), made.stages, made.run, "source")
    assert clip.video.size == detections.size
    assert (clip.video.size.height, clip.video.size.width) == (SIZE.height, SIZE.width)
    assert any(f"turned by {90 * turn} degrees, because the person" in note for note in detections.notes)
    expected = find_person(open_clip(small_pair.source), made.stages, made.run, "source").detections
    apart = (detections.landmarks_2d.xy_px - expected.landmarks_2d.xy_px).norm(dim=-1)
    assert float(apart.median()) < 0.02 * SIZE.height
    kept = open_clip(tmp_path / "turned.mp4", reading=Reading(rotate=0))
    stays, _ = find_person(kept, made.stages, made.run, "source")
    assert (stays.video.size.height, stays.video.size.width) == (size.height, size.width)
