from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from motion_transfer.body.anchors import landmark_anchors
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.landmarks.frame_detector import FrameDetector
from motion_transfer.landmarks.mediapipe_layout import LAYOUT
from motion_transfer.landmarks.mediapipe_pose import HeavyMediapipePose, MediapipePose
from motion_transfer.landmarks.person_tracker import PersonTracker
from motion_transfer.landmarks.resizing import downscaled as resized
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.clip import SyntheticClip, synthesize_clip
from motion_transfer.synthetic.performer import random_performer
from motion_transfer.synthetic.scene import room, room_camera

SIZE = ImageSize(height=480, width=360)


def tracker(*, min_detected_fraction: float = 0.5, detector: FrameDetector | None = None) -> PersonTracker:
    return PersonTracker(
        detector=detector or MediapipePose(),
        segmenter=None,
        detection_px=640,
        mask_px=160,
        min_detected_fraction=min_detected_fraction,
        parts=None,
    )


def heavy_model() -> Path:
    """The file of npm's package, where that lies in the project's folder or above."""
    for folder in Path(__file__).resolve().parents:
        found = folder / "node_modules" / "@mediapipe" / "pose" / "pose_landmark_heavy.tflite"
        if found.is_file():
            return found
    pytest.skip("needs `npm install @mediapipe/pose` in the project's folder or above")


@pytest.fixture(scope="module")
def clip(free_body: BodyModel) -> SyntheticClip:
    performer = random_performer(free_body, 0, texture_px=512)
    motion = dance(free_body, performer.shape, seconds=0.8, fps=Fraction(10), seed=0, moves=("steps", "waves"))
    camera = room_camera(SIZE, 0)
    return synthesize_clip(free_body, performer, motion, camera, room(camera, 0))


def empty_room(frames: int) -> Video:
    camera = room_camera(SIZE, 0)
    picture = room(camera, 0).rgb

    def open_frames() -> Iterator[np.ndarray]:
        for _ in range(frames):
            yield picture

    return Video(open_frames=open_frames, size=SIZE, fps=Fraction(10), frame_count=frames)


@pytest.mark.slow
def test_a_rendered_person_is_found_where_it_is(clip: SyntheticClip, free_body: BodyModel) -> None:
    found = tracker()(clip.video)
    body = shape_body(free_body, clip.motion.shape).posed(clip.motion.pose)
    anchors_m = landmark_anchors(free_body, LAYOUT.names).posed(clip.motion.shape.betas, body.world_from_rest)
    pixels, _ = clip.camera.project(anchors_m)
    error = (found.landmarks_2d.xy_px - pixels).norm(dim=-1)
    limbs = [LAYOUT.index(f"{side}_{name}") for side in ("left", "right") for name in ("elbow", "wrist", "knee")]
    assert error[:, limbs].median() < 12
    assert found.landmarks_2d.confidence.mean() > 0.8
    assert found.layout is LAYOUT
    assert found.size == SIZE
    assert found.fps == 10
    assert found.shot_starts == (0,)
    hips = [LAYOUT.index("left_hip"), LAYOUT.index("right_hip")]
    assert found.landmarks_3d.xyz_m[:, hips].mean(1).abs().max() < 0.05
    overlaps = [
        ((found.masks[i] > 127) & (true > 127)).sum() / ((found.masks[i] > 127) | (true > 127)).sum()
        for i, true in ((i, downscaled(clip.masks[i], found.masks.size)) for i in range(len(clip.motion)))
    ]
    assert np.mean(overlaps) > 0.75


@pytest.mark.slow
def test_the_largest_model_finds_the_same_person_in_its_own_way(clip: SyntheticClip) -> None:
    usual, found = tracker()(clip.video), tracker(detector=HeavyMediapipePose(heavy_model()))(clip.video)
    apart_px = (found.landmarks_2d.xy_px - usual.landmarks_2d.xy_px).norm(dim=-1)
    assert 0 < float(apart_px.median()) < 12
    assert float(found.landmarks_2d.confidence.mean()) > 0.8
    assert found.layout is LAYOUT


def downscaled(mask: np.ndarray, size: ImageSize) -> np.ndarray:
    rows = ((np.arange(size.height) + 0.5) * mask.shape[0] / size.height).astype(int)
    columns = ((np.arange(size.width) + 0.5) * mask.shape[1] / size.width).astype(int)
    return mask[rows][:, columns]


@pytest.mark.slow
def test_a_person_far_away_is_found_in_every_frame_where_it_is(clip: SyntheticClip) -> None:
    shrunk, top, left = ImageSize(height=96, width=72), 250, 400
    frames = []
    for near in clip.video:
        frame = np.full((480, 640, 3), 120, np.uint8)
        frame[top : top + shrunk.height, left : left + shrunk.width] = resized(near, shrunk)
        frames.append(frame)
    size = ImageSize(height=480, width=640)
    far = Video(open_frames=lambda: iter(frames), size=size, fps=Fraction(10), frame_count=len(frames))
    found, expected = tracker()(far), tracker()(clip.video)
    scale = shrunk.height / SIZE.height
    apart = (found.landmarks_2d.xy_px - torch.tensor([left, top])) / scale - expected.landmarks_2d.xy_px
    sure = torch.minimum(found.landmarks_2d.confidence, expected.landmarks_2d.confidence) > 0.5
    assert (found.landmarks_2d.confidence.amax(1) > 0).all()
    assert float(apart.norm(dim=-1)[sure].median()) < 0.03 * SIZE.height
    assert any("the person is small in the picture" in note for note in found.notes)


@pytest.mark.slow
def test_behind_a_jump_cut_the_person_is_searched_anew(clip: SyntheticClip) -> None:
    before = list(clip.video)[:4]
    shift_px = 110

    def frames() -> Iterator[np.ndarray]:
        yield from before
        yield from (np.roll(frame, shift_px, axis=1) for frame in before)

    found = tracker()(Video(open_frames=frames, size=SIZE, fps=Fraction(10), frame_count=8))
    assert found.shot_starts == (0, 4)
    moved = found.landmarks_2d.xy_px[4] - found.landmarks_2d.xy_px[0]
    assert (moved - torch.tensor([shift_px, 0.0])).norm(dim=-1).median() < 4


@pytest.mark.slow
def test_frames_without_the_person_have_confidence_nothing(clip: SyntheticClip) -> None:
    empty = next(iter(empty_room(1)))

    def frames() -> Iterator[np.ndarray]:
        yield from list(clip.video)[:4]
        yield from [empty] * 3

    video = Video(open_frames=frames, size=SIZE, fps=Fraction(10), frame_count=7)
    found = tracker()(video)
    assert (found.landmarks_2d.confidence[5:] == 0).all()
    assert found.landmarks_2d.xy_px.isfinite().all()
    assert any("no person was found" in note for note in found.notes)
    with pytest.raises(
        ValueError, match=r"expected a person in at least 90% of the frames of the video, found one in \d of 7"
    ):
        tracker(min_detected_fraction=0.9)(video)


@pytest.mark.slow
def test_a_clip_without_a_person_is_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match="expected a person in the video, found none; use a clip that shows") as caught:
        tracker()(empty_room(4))
    assert "\n" not in str(caught.value)
