"""Who is in the clip, with a detector that finds coloured figures as the real one finds people: one at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np

from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.landmarks.people import follow_only, scan_people

SIZE = ImageSize(height=200, width=300)


class RedThingDetector:
    """Finds the red figure that has most pixels; its landmarks are the corners of its box."""

    def __init__(self, visibility: float = 0.9) -> None:
        self.visibility = visibility

    def process(self, picture: np.ndarray) -> Any:
        red = (picture[..., 0] > 180) & (picture[..., 1] < 80)
        if not red.any():
            return SimpleNamespace(pose_landmarks=None)
        shades = picture[..., 2][red]
        shade = np.bincount(shades).argmax()
        rows, columns = np.nonzero(red & (picture[..., 2] == shade))
        height, width = red.shape
        corners = [
            SimpleNamespace(x=x / width, y=y / height, visibility=self.visibility)
            for x in (columns.min(), columns.max() + 1)
            for y in (rows.min(), rows.max() + 1)
        ]
        return SimpleNamespace(pose_landmarks=SimpleNamespace(landmark=corners))


def figure(frame: np.ndarray, left: int, top: int, height: int, shade: int) -> None:
    frame[top : top + height, left : left + height // 3] = (220, 20, shade)


def clip(figures: list[list[tuple[int, int, int, int]]]) -> Video:
    def frames() -> Iterator[np.ndarray]:
        for placed in figures:
            frame = np.full((SIZE.height, SIZE.width, 3), 90, np.uint8)
            for each in placed:
                figure(frame, *each)
            yield frame

    return Video(open_frames=frames, size=SIZE, fps=Fraction(25), frame_count=len(figures))


def scan(video: Video, visibility: float = 0.9) -> list[Any]:
    @contextmanager
    def detector() -> Iterator[RedThingDetector]:
        yield RedThingDetector(visibility)

    return scan_people(video, detector, 300)


def test_one_person_is_one_person() -> None:
    people = scan(clip([[(50 + i, 40, 120, 0)] for i in range(20)]))
    assert len(people) == 1
    assert np.allclose(people[0].box, (50 / 300, 40 / 200, 90 / 300, 160 / 200), atol=0.01)


def test_of_two_people_the_taller_comes_first() -> None:
    people = scan(clip([[(200, 70, 90, 0), (40, 30, 150, 1)]] * 12))
    assert [round(person.height, 2) for person in people] == [0.75, 0.45]
    assert people[0].box[0] < 0.2


def test_a_passer_by_in_few_frames_is_left_out() -> None:
    people = scan(clip([[(40, 30, 150, 1)]] * 10 + [[(40, 30, 150, 1), (200, 70, 90, 0)]] * 3))
    assert len(people) == 1


def test_tiny_and_doubtful_figures_are_nobody() -> None:
    assert scan(clip([[(40, 30, 20, 0)]] * 8)) == []
    assert scan(clip([[(40, 30, 150, 0)]] * 8), visibility=0.3) == []


def test_nobody_is_found_in_an_empty_room() -> None:
    assert scan(clip([[]] * 5)) == []


def test_following_one_person_greys_out_what_lies_beside() -> None:
    picture = np.random.default_rng(0).integers(0, 90, (SIZE.height, SIZE.width, 3), np.uint8)
    kept = follow_only(picture, (0.1, 0.3, 0.2, 0.8))
    assert (kept[60:160, 30:60] == picture[60:160, 30:60]).all()
    assert (kept[:, 100:] == 127).all()  # 0.35 of the person's 100 px are left on every side
    assert (kept[:24] == 127).all()
    assert (picture <= 90).all()
