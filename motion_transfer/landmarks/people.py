"""Who is in the clip: the detector shows one person at a time, so those already found are covered up in turn."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.landmarks.resizing import downscaled, size_within

SAMPLES = 6
MOST_PEOPLE = 3
LEAST_HEIGHT = 0.15  # of the picture; smaller figures are passers-by
LEAST_CONFIDENCE = 0.6
SAME_PERSON = 0.3  # overlap of boxes

Box = tuple[float, float, float, float]  # left, top, right, bottom as shares of the picture


@value
class Person:
    """Where a person was first seen."""

    box: Box
    height: float


def scan_people(
    video: Video, open_detector: Callable[[], AbstractContextManager[Any]], longest_px: int
) -> list[Person]:
    """The people of a few frames spread over the clip, the tallest one first."""
    wanted = set(evenly_spaced(video.frame_count, SAMPLES))
    sightings: list[list[Person]] = []
    with open_detector() as detector:
        for index, frame in enumerate(video.open_frames()):
            if index in wanted:
                sightings.append(_people_in(frame, detector, longest_px))
    crowd = max(sightings, key=len, default=[])
    in_most_frames = sum(len(people) > 1 for people in sightings) * 2 > len(sightings)
    first = next((people for people in sightings if people), [])
    if len(crowd) > 1 and in_most_frames:
        return sorted(first + crowd[len(first) :], key=lambda person: -person.height)
    return first[:1]


def _people_in(frame: np.ndarray, detector: Any, longest_px: int) -> list[Person]:
    picture = downscaled(frame, size_within(ImageSize(height=frame.shape[0], width=frame.shape[1]), longest_px))
    people: list[Person] = []
    while len(people) < MOST_PEOPLE:
        answer = detector.process(picture)
        if answer.pose_landmarks is None:
            break
        xyv = np.array([(p.x, p.y, p.visibility) for p in answer.pose_landmarks.landmark])
        low, high = xyv[:, :2].min(0), xyv[:, :2].max(0)
        box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        again = any(_overlap(box, person.box) > SAME_PERSON for person in people)
        if again or xyv[:, 2].mean() < LEAST_CONFIDENCE or high[1] - low[1] < LEAST_HEIGHT:
            break
        people.append(Person(box=box, height=float(high[1] - low[1])))
        picture = _covered(picture, box)
    return sorted(people, key=lambda person: -person.height)


def follow_only(picture: np.ndarray, box: Box) -> np.ndarray:
    """The picture with everything greyed out that lies well beside the person."""
    left, top, right, bottom = _pixels(picture, box, share=0.35)
    kept = np.full_like(picture, 127)
    kept[top:bottom, left:right] = picture[top:bottom, left:right]
    return kept


def _covered(picture: np.ndarray, box: Box) -> np.ndarray:
    left, top, right, bottom = _pixels(picture, box, share=0.08)
    covered = picture.copy()
    covered[top:bottom, left:right] = 127
    return covered


def _pixels(picture: np.ndarray, box: Box, *, share: float) -> tuple[int, int, int, int]:
    """The box grown by a share of its height, in pixels within the picture."""
    height, width = picture.shape[:2]
    grow = (box[3] - box[1]) * share
    left, right = (box[0] - grow * height / width) * width, (box[2] + grow * height / width) * width
    top, bottom = (box[1] - grow) * height, (box[3] + grow) * height
    return max(0, int(left)), max(0, int(top)), min(width, int(right)), min(height, int(bottom))


def _overlap(a: Box, b: Box) -> float:
    across = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - across
    return across / union if union > 0 else 0.0
