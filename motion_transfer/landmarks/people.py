"""Who is in a clip. A detector finds one person at a time, so the people already found are covered one by one."""

from collections.abc import Sequence

import numpy as np

from motion_transfer.domain.video import Frame, ImageSize
from motion_transfer.landmarks.bounding_box import BoundingBox
from motion_transfer.landmarks.frame_detector import DetectorSession

MAX_PEOPLE = 3
MIN_HEIGHT = 0.15  # of the picture; smaller figures are passers-by
MIN_CONFIDENCE = 0.6  # mean over the landmarks
SAME_PERSON_IOU = 0.3
COVER_MARGIN, ISOLATION_MARGIN = 0.08, 0.35  # around a person, as fractions of the height
GREY = 127


class PersonNotFoundError(ValueError):
    """The person is in no frame, or in too few of them.

    Attributes:
        detected, frames: in how many of how many frames the person was found.
    """

    def __init__(self, sentence: str, *, detected: int, frames: int) -> None:
        super().__init__(sentence)
        self.detected, self.frames = detected, frames


def people_in_picture(picture: Frame, detect: DetectorSession) -> list[BoundingBox]:
    """The boxes of at most `MAX_PEOPLE` people in one picture, the tallest one first."""
    people: list[BoundingBox] = []
    while len(people) < MAX_PEOPLE:
        detection = detect(picture)
        if detection is None:
            break
        box = detection.box()
        found_before = any(box.iou(other) > SAME_PERSON_IOU for other in people)
        if found_before or detection.confidence.mean() < MIN_CONFIDENCE or box.height < MIN_HEIGHT:
            break
        people.append(box)
        picture = covered(picture, box)
    return _tallest_first(people)


def people_in_clip(sightings: Sequence[list[BoundingBox]]) -> list[BoundingBox]:
    """The people of a clip from those of some of its frames, the tallest one first.

    There are several only if most of the frames show several: passers-by are left out.
    """
    largest = max(sightings, key=len, default=[])
    several_in_most = sum(len(people) > 1 for people in sightings) * 2 > len(sightings)
    first = next((people for people in sightings if people), [])
    return _tallest_first(first + largest[len(first) :]) if several_in_most else first[:1]


def isolated(picture: Frame, box: BoundingBox) -> Frame:
    """The picture with everything grey that lies well beside the person."""
    rows, columns = box.pixels(_size(picture), margin=ISOLATION_MARGIN)
    kept = np.full_like(picture, GREY)
    kept[rows, columns] = picture[rows, columns]
    return kept


def covered(picture: Frame, box: BoundingBox) -> Frame:
    """The picture with grey over a person."""
    rest = picture.copy()
    rest[box.pixels(_size(picture), margin=COVER_MARGIN)] = GREY
    return rest


def _size(picture: Frame) -> ImageSize:
    return ImageSize(height=picture.shape[0], width=picture.shape[1])


def _tallest_first(people: list[BoundingBox]) -> list[BoundingBox]:
    return sorted(people, key=lambda box: -box.height)
