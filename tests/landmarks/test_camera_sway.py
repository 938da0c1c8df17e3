"""The camera's own motion is measured against the background and taken out."""

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch

from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.landmarks.camera_sway import measure_sway, steadied

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
        for number, (right, down) in enumerate(shifts_px):
            view = np.array([[1, 0, -MARGIN - right], [0, 1, -MARGIN - down]])
            frame = cv2.warpAffine(room(), view, (SIZE.width, SIZE.height), flags=cv2.INTER_CUBIC)
            left = 60 + 5 * number
            frame[40:170, left : left + person_px] = (200, 30, 40)
            made.append(frame)
        return made

    return Video(open_frames=lambda: iter(frames()), size=SIZE, fps=Fraction(10), frame_count=len(shifts_px))


SWAY = [(0.0, 0.0), (1.5, -0.5), (3.0, -1.0), (5.25, 0.0), (7.0, 1.5), (9.5, 2.0)]


def test_the_shifts_of_a_camera_are_found_whoever_walks_through_the_picture() -> None:
    sway = measure_sway(filmed(SWAY))
    found = sway.steady_from_frame[:, :, 2].numpy()
    given = np.array(SWAY)
    assert sway.found.all()
    assert sway.steadies()
    assert not sway.stands()
    assert np.abs((found - found[0]) - (given - given[0])).max() < 0.15


def test_the_background_of_a_steadied_video_stands_still() -> None:
    video = filmed(SWAY)
    steady = steadied(video, measure_sway(video))
    first, *_, last = steady.open_frames()
    beside = np.s_[20:160, 150:225]
    begin, *_, end = video.open_frames()
    before = np.abs(begin[beside].astype(int) - end[beside]).mean()
    assert np.abs(first[beside].astype(int) - last[beside]).mean() < 0.15 * before
    assert "camera moves by up to" in steady.notes[-1]
    assert len(list(steady.open_frames())) == len(SWAY)


def test_a_video_from_a_tripod_stays_as_it_is() -> None:
    video = filmed([(0.0, 0.0)] * 5)
    sway = measure_sway(video)
    assert steadied(video, sway) is video
    assert sway.steadies()


def test_a_camera_that_goes_too_far_is_left_alone_and_told_of() -> None:
    video = filmed([(7.0 * number - 45, 0.0) for number in range(13)])
    sway = measure_sway(video)
    steady = steadied(video, sway)
    assert not sway.steadies()
    assert "too far" in steady.notes[-1]
    assert steady.open_frames is video.open_frames


@pytest.mark.parametrize("person_px", [170])
def test_somebody_who_fills_the_picture_is_not_taken_for_the_background(person_px: int) -> None:
    flat = filmed([(0.0, 0.0)] * 4, person_px=person_px)
    assert steadied(flat, measure_sway(flat)) is flat


def test_a_picture_without_corners_counts_as_standing() -> None:
    plain = np.full((SIZE.height, SIZE.width, 3), 90, np.uint8)
    video = Video(open_frames=lambda: iter([plain] * 4), size=SIZE, fps=Fraction(10), frame_count=4)
    assert steadied(video, measure_sway(video)) is video


def test_a_camera_that_was_lost_is_told_of() -> None:
    video = filmed(SWAY)
    half = replace(measure_sway(video), found=torch.arange(len(SWAY)) < 3)
    left_alone = steadied(video, half)
    assert not half.steadies()
    assert left_alone.open_frames is video.open_frames
    assert left_alone.notes == (
        "The camera seems to move, and was followed in 50% of the frames only; film from a tripod.",
    )
