"""Who is in a clip. A detector finds one person at a time, so the people already found are covered one by one."""

from collections.abc import Iterator, Sequence

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
        picture = _covered(picture, box)
    return _tallest_first(people)


def people_in_clip(sightings: Sequence[list[BoundingBox]]) -> list[BoundingBox]:
    """The people of a clip from those of some of its frames, the tallest one first.

    There are several only if most of the frames show several: passers-by are left out.
    """
    largest = max(sightings, key=len, default=[])
    several_in_most = sum(len(people) > 1 for people in sightings) * 2 > len(sightings)
    first = next((people for people in sightings if people), [])
    return _tallest_first(first + largest[len(first) :]) if several_in_most else first[:1]


def shows_a_small_person(pictures: Sequence[Frame], detect: DetectorSession) -> bool:
    """Whether the detector finds somebody in a part of a picture, which it enlarges; for where it found nobody."""
    parts = (picture[rows, columns] for picture in pictures for rows, columns in _tiles(*picture.shape[:2]))
    found = (detect(np.ascontiguousarray(part)) for part in parts)
    return any(one is not None and one.confidence.mean() >= MIN_CONFIDENCE for one in found)


def _tiles(height: int, width: int) -> Iterator[tuple[slice, slice]]:
    """Overlapping parts, each a third of the picture's height and as wide."""
    side = max(height // 3, 1)
    wide = min(side, width)
    for top in np.linspace(0, height - side, 5).astype(int).tolist():
        for left in np.linspace(0, width - wide, max(1, 2 * width // wide - 1)).astype(int).tolist():
            yield slice(top, top + side), slice(left, left + wide)


def isolated(picture: Frame, box: BoundingBox) -> Frame:
    """The picture with everything grey that lies well beside the person."""
    rows, columns = box.pixels(_size(picture), margin=ISOLATION_MARGIN)
    kept = np.full_like(picture, GREY)
    kept[rows, columns] = picture[rows, columns]
    return kept


def _covered(picture: Frame, box: BoundingBox) -> Frame:
    covered = picture.copy()
    covered[box.pixels(_size(picture), margin=COVER_MARGIN)] = GREY
    return covered


def _size(picture: Frame) -> ImageSize:
    return ImageSize(height=picture.shape[0], width=picture.shape[1])


def _tallest_first(people: list[BoundingBox]) -> list[BoundingBox]:
    return sorted(people, key=lambda box: -box.height)
