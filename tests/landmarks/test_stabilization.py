"""The camera's motion is estimated against the background and undone."""

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch

from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.landmarks.stabilization import estimate_camera_motion, stabilized

SIZE = ImageSize(height=180, width=240)
MARGIN = 60


def room() -> np.ndarray:
    """Blocks of random grey, larger than the frame on every side."""
    blocks = np.random.default_rng(0).integers(0, 255, (40, 45), dtype=np.uint8)
    shape = (SIZE.width + 2 * MARGIN, SIZE.height + 2 * MARGIN)
    return np.repeat(cv2.resize(blocks, shape, interpolation=cv2.INTER_CUBIC)[..., None], 3, 2)


def filmed(shifts_px: list[tuple[float, float]], *, person_px: int = 40) -> Video:
    """The room seen by a camera that moves by these shifts, and somebody walking through it."""

    def frames() -> list[np.ndarray]:
        made = []
        for index, (right, down) in enumerate(shifts_px):
            view = np.array([[1, 0, -MARGIN - right], [0, 1, -MARGIN - down]])
            frame = cv2.warpAffine(room(), view, (SIZE.width, SIZE.height), flags=cv2.INTER_CUBIC)
            left = 60 + 5 * index
            frame[40:170, left : left + person_px] = (200, 30, 40)
            made.append(frame)
        return made

    return Video(open_frames=lambda: iter(frames()), size=SIZE, fps=Fraction(10), frame_count=len(shifts_px))


SHIFTS_PX = [(0.0, 0.0), (1.5, -0.5), (3.0, -1.0), (5.25, 0.0), (7.0, 1.5), (9.5, 2.0)]


def test_the_shifts_of_a_camera_are_found_whoever_walks_through_the_picture() -> None:
    motion = estimate_camera_motion(filmed(SHIFTS_PX))
    found = motion.stable_from_frame[:, :, 2].numpy()
    given = np.array(SHIFTS_PX)
    assert motion.found.all()
    assert motion.is_correctable()
    assert not motion.is_static()
    assert np.abs((found - found[0]) - (given - given[0])).max() < 0.15


def test_the_background_of_a_stabilized_video_stands_still() -> None:
    video = filmed(SHIFTS_PX)
    stable = stabilized(video, estimate_camera_motion(video))
    first, *_, last = stable.open_frames()
    beside = np.s_[20:160, 150:225]
    begin, *_, end = video.open_frames()
    before = np.abs(begin[beside].astype(int) - end[beside]).mean()
    assert np.abs(first[beside].astype(int) - last[beside]).mean() < 0.15 * before
    assert "camera moves by up to" in stable.notes[-1]
    assert len(list(stable.open_frames())) == len(SHIFTS_PX)


@pytest.mark.parametrize(("moved_px", "noted"), [(0.4, False), (0.6, True)])
def test_a_movement_that_rounds_to_nothing_is_undone_without_a_note(moved_px: float, noted: bool) -> None:
    video = filmed([(0.0, 0.0)] * 3)
    moved = torch.eye(2, 3).repeat(3, 1, 1)
    moved[2, 0, 2] = moved_px
    stable = stabilized(video, replace(estimate_camera_motion(video), stable_from_frame=moved))
    assert stable.open_frames is not video.open_frames
    assert [note for note in stable.notes if "up to" in note] == (
        ["The camera moves by up to 1 px; the frames were warped so that the background stays."] if noted else []
    )


def test_a_video_from_a_tripod_stays_as_it_is() -> None:
    video = filmed([(0.0, 0.0)] * 5)
    motion = estimate_camera_motion(video)
    assert stabilized(video, motion) is video
    assert motion.is_correctable()


def test_a_frame_that_was_tracked_badly_does_not_move_a_tripod() -> None:
    video, moved = filmed([(0.0, 0.0)] * 40), torch.eye(2, 3).repeat(40, 1, 1)
    moved[7, 1, 2] = 0.0025 * SIZE.width
    motion = replace(estimate_camera_motion(video), stable_from_frame=moved)
    assert stabilized(video, motion) is video
    moved[7:10] = moved[7]  # three of forty are no slip
    assert not motion.is_static()


def test_a_camera_that_moves_too_far_is_unchanged_and_noted() -> None:
    video = filmed([(7.0 * index - 45, 0.0) for index in range(13)])
    motion = estimate_camera_motion(video)
    stable = stabilized(video, motion)
    assert not motion.is_correctable()
    assert "too far" in stable.notes[-1]
    assert stable.open_frames is video.open_frames


@pytest.mark.parametrize("person_px", [170])
def test_somebody_who_fills_the_picture_is_not_taken_for_the_background(person_px: int) -> None:
    flat = filmed([(0.0, 0.0)] * 4, person_px=person_px)
    assert stabilized(flat, estimate_camera_motion(flat)) is flat


def test_a_picture_without_corners_counts_as_static() -> None:
    plain = np.full((SIZE.height, SIZE.width, 3), 90, np.uint8)
    video = Video(open_frames=lambda: iter([plain] * 4), size=SIZE, fps=Fraction(10), frame_count=4)
    assert stabilized(video, estimate_camera_motion(video)) is video


def test_a_camera_that_was_lost_is_unchanged_and_noted() -> None:
    video = filmed(SHIFTS_PX)
    half = replace(estimate_camera_motion(video), found=torch.arange(len(SHIFTS_PX)) < 3)
    unchanged = stabilized(video, half)
    assert not half.is_correctable()
    assert unchanged.open_frames is video.open_frames
    assert unchanged.notes == (
        "The camera seems to move, and was followed in 50% of the frames only; film from a tripod.",
    )
