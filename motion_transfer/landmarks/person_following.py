"""The person at a point of the picture, followed through a clip by overlap from frame to frame.

A detector finds one person at a time, and finds best who fills much of the picture. So it is shown squares: around the
point until somebody is found there, then around the place of the frame before, forward to the clip's end and back to
its beginning. Lengths are in heights of the person who is followed; only boxes are fractions of the picture.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch

from motion_transfer.domain.person_point import PersonPoint
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame, ImageSize, Video
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.geometry.smoothing import smooth_over_frames
from motion_transfer.landmarks.bounding_box import BoundingBox
from motion_transfer.landmarks.frame_detector import DetectorSession, FrameDetection, FrameDetector
from motion_transfer.landmarks.people import MIN_CONFIDENCE, PersonNotFoundError, covered
from motion_transfer.landmarks.resizing import downscaled, size_within
from motion_transfer.landmarks.small_person import WORTH, Window, window_at

Box = BoundingBox | None

# Of the squares around the point, in heights of the picture; the last one is all of it.
SIDES = (0.7, 0.5, 1.0, 0.35, 10.0)
SURE = 0.9  # mean confidence with which no further square is looked at
LEAST_HEIGHT = 0.1  # of the picture
NEAR = 0.25  # from the point to the person's box
LOOKED_EVERY_S, MOST_LOOKED_AT = 0.2, 150  # frames in which somebody is looked for at the point
REACHES = (2.2, 1.6, 3.2)  # sides of the squares around the last place
OVERLAP, ENOUGH = 0.25, 0.5  # least intersection over union of two places of one person, and one that needs no other
PADDING, SPEED, MOST_GROWTH = 0.1, 1.0, 1.0  # by which places grow before: at once, each second, and at most
SHRUNK = 0.35  # least quotient of the heights of two places of one person
COUNTED_IN = 6  # frames in which people are counted
IN_CROP = 3  # people that are looked for in a square
LOST_S, GIVEN_UP_S = 1.0, 2.0  # then a few frames a second are looked at; then, backward, none
HELD_BYTES = 1 << 27  # of the frames that are followed backward together
BRIDGED_S = 0.5  # of a gap whose places are interpolated
STEADY_S = 0.2  # sigma of the smoothing of the window's path
SHOWN = 4  # people that an error names


@value
class FollowedPerson:
    """Where the person at a point is in every frame.

    Attributes:
        start: the frame in which somebody was found at the point.
        boxes: None where the person was not found.
        people: the most that were seen in one of some frames, with this one.
        size, fps: of the clip.
    """

    point: PersonPoint
    start: int
    boxes: tuple[Box, ...]
    people: int
    size: ImageSize
    fps: float

    @property
    def note(self) -> str:
        """Who was chosen, in one sentence."""
        seen = "1 person was" if self.people == 1 else f"{self.people} people were"
        return f"{seen} seen; the one at {self.point} in frame {self.start} is followed"

    def windows(self) -> list[Window | None]:
        """A part of each picture that holds the person, all of one size; None where that is nearly all of it."""
        size = self.size
        known = [(index, box) for index, box in enumerate(self.boxes) if box is not None]
        side = REACHES[0] * max(_longer_px(box, size) for _, box in known)
        if min(side, size.width) * min(side, size.height) > WORTH * size.width * size.height:
            return [None] * len(self.boxes)
        frames, at = np.arange(len(self.boxes)), [index for index, _ in known]
        path = np.stack([np.interp(frames, at, [box.centre[axis] for _, box in known]) for axis in (0, 1)], axis=1)
        path = smooth_over_frames(torch.from_numpy(path), self.fps, sigma_s=STEADY_S).tolist()
        return [window_at((x, y), side, size) for x, y in path]

    def bridged(self) -> tuple[Box, ...]:
        """The boxes, with short gaps filled in between."""
        boxes = list(self.boxes)
        known = [index for index, box in enumerate(boxes) if box is not None]
        for before, after in itertools.pairwise(known):
            first, last = boxes[before], boxes[after]
            if first is not None and last is not None and 1 < after - before <= BRIDGED_S * self.fps:
                for index in range(before + 1, after):
                    boxes[index] = first.toward(last, (index - before) / (after - before))
        return tuple(boxes)


def follow_person(
    video: Video,
    point: PersonPoint,
    detector: FrameDetector,
    cuts: Sequence[int],
    longest_px: int,
) -> FollowedPerson:
    """Find the first person who is at the point, and follow this person to both ends of the clip.

    Args:
        cuts: the first frame of every shot; behind one the person is looked for around the same place.
        longest_px: longer side of the largest pictures that the detector is shown.

    Raises:
        PersonNotFoundError: nobody is near the point.
    """
    with detector.open(tracking=False) as detect:
        start, first = _find_start(video, point, detect, longest_px)
        boxes: list[Box] = [None] * len(video)
        boxes[start] = first
        for onward in (True, False):
            follower = _Follower(first, video, detect, longest_px)
            frames = video.pick(range(start + 1, len(video))) if onward else _backward(video, start)
            for index, frame in frames:
                if (index if onward else index + 1) in cuts:
                    follower.cut()
                boxes[index] = follower.look(frame)
                if not onward and follower.lost_s > GIVEN_UP_S:
                    break
        people = 1
        for index, seen in _sightings(video, detect, longest_px):
            own = boxes[index]
            beside = [box for box in seen if own is None or not same_place(own, box, video.size)]
            people = max(people, len(beside) + (own is not None))
    return FollowedPerson(
        point=point, start=start, boxes=tuple(boxes), people=people, size=video.size, fps=float(video.fps)
    )


def same_place(one: BoundingBox, other: BoundingBox, size: ImageSize, growth: float = PADDING) -> bool:
    """Whether two boxes can be of one person, between whom so many heights of way may lie."""
    quotient = min(one.height, other.height) / max(one.height, other.height, 1e-6)
    return quotient > SHRUNK and _overlap(one, other, size, growth) > OVERLAP


class _Follower:
    """One person from frame to frame."""

    def __init__(self, box: BoundingBox, video: Video, detect: DetectorSession, longest_px: int) -> None:
        self._box, self._size, self._frame_s = box, video.size, 1 / float(video.fps)
        self._detect, self._longest_px = detect, longest_px
        self._lost, self._growth = 0, PADDING

    @property
    def lost_s(self) -> float:
        """For how long nobody has been found."""
        return self._lost * self._frame_s

    def cut(self) -> None:
        """The next frame is of another shot, in which the person may be farther off."""
        self._growth = MOST_GROWTH

    def look(self, frame: Frame) -> Box:
        """The person in the next frame."""
        seldom = max(1, round(LOOKED_EVERY_S / self._frame_s))
        found = None if self.lost_s > LOST_S and self._lost % seldom else self._find(frame)
        if found is None:
            self._lost += 1
            self._growth = min(MOST_GROWTH, self._growth + SPEED * self._frame_s)
        else:
            self._box, self._lost, self._growth = found, 0, PADDING
        return found

    def _find(self, frame: Frame) -> Box:
        best: tuple[float, Box] = 0.0, None
        for reach in REACHES:
            side = (reach + 2 * (self._growth - PADDING)) * _longer_px(self._box, self._size)
            window = window_at(self._box.centre, side, self._size)
            for box in _people_in(frame, window, self._detect, self._longest_px):
                overlap = _overlap(self._box, box, self._size, self._growth)
                if same_place(self._box, box, self._size, self._growth) and overlap > best[0]:
                    best = overlap, box
                if best[0] > ENOUGH:
                    return best[1]
        return best[1]


def _find_start(video: Video, point: PersonPoint, detect: DetectorSession, longest_px: int) -> tuple[int, BoundingBox]:
    step = max(1, round(LOOKED_EVERY_S * float(video.fps)), len(video) // MOST_LOOKED_AT)
    for index, frame in video.pick(range(0, len(video), step)):
        best: tuple[float, Box] = 0.0, None
        for side in SIDES:
            window = window_at((point.x, point.y), side * video.size.height, video.size)
            found = _seen(frame, window, detect, longest_px)
            if found is None or _distance(found.box(), point, video.size) > NEAR:
                continue
            sure = float(found.confidence.mean())
            best = max(best, (sure, found.box()), key=lambda one: one[0])
            if sure > SURE:
                break
        if best[1] is not None:
            return index, best[1]
    raise _nobody(point, dict(_sightings(video, detect, longest_px)), video)


def _nobody(point: PersonPoint, sightings: dict[int, list[BoundingBox]], video: Video) -> PersonNotFoundError:
    shown: list[tuple[int, BoundingBox]] = []
    for index, people in sightings.items():
        shown += [(index, box) for box in people if not any(same_place(box, other, video.size) for _, other in shown)]
    named = [f"{box.centre[0]:.2f},{box.centre[1]:.2f} in frame {index}" for index, box in shown[:SHOWN]]
    found = f"found people at {', '.join(named)}" if named else "found nobody anywhere"
    remedy = "give a point on one of them" if named else "use a clip that shows the whole body"
    return PersonNotFoundError(
        f"expected a person at {point} in the video, {found}; {remedy}",
        detected=0,
        frames=len(video),
    )


def _sightings(video: Video, detect: DetectorSession, longest_px: int) -> Iterator[tuple[int, list[BoundingBox]]]:
    """The people in some frames, looked for in squares that overlap by a half and are as high as the picture."""
    side, longer = min(video.size.height, video.size.width), max(video.size.height, video.size.width)
    places = np.linspace(side / longer / 2, 1 - side / longer / 2, max(1, round(2 * longer / side) - 1)).tolist()
    for index, frame in video.pick(evenly_spaced(len(video), COUNTED_IN)):
        seen: list[BoundingBox] = []
        for place in places:
            window = window_at((place, 0.5) if video.size.width == longer else (0.5, place), side, video.size)
            for box in _people_in(frame, window, detect, longest_px):
                if any(same_place(box, other, video.size) for other in seen):
                    break
                seen.append(box)
        yield index, seen


def _people_in(frame: Frame, window: Window, detect: DetectorSession, longest_px: int) -> Iterator[BoundingBox]:
    """The boxes of people in a part of the picture, each covered before the next is looked for."""
    for _ in range(IN_CROP):
        found = _seen(frame, window, detect, longest_px)
        if found is None:
            return
        yield found.box()
        frame = covered(frame, found.box())


def _seen(frame: Frame, window: Window, detect: DetectorSession, longest_px: int) -> FrameDetection | None:
    """Somebody in a part of the picture, in fractions of the whole."""
    found = detect(np.ascontiguousarray(downscaled(window.cut(frame), size_within(window.size, longest_px))))
    if found is None or found.confidence.mean() < MIN_CONFIDENCE:
        return None
    found = window.in_whole(replace(found, mask=None))
    return found if found.box().height >= LEAST_HEIGHT else None


def _backward(video: Video, stop: int) -> Iterator[tuple[int, Frame]]:
    """The frames before `stop`, the last one first, in pieces that the memory holds."""
    piece = max(1, HELD_BYTES // (3 * video.size.width * video.size.height))
    for last in range(stop, 0, -piece):
        yield from reversed(list(video.pick(range(max(0, last - piece), last))))


def _overlap(one: BoundingBox, other: BoundingBox, size: ImageSize, growth: float) -> float:
    margin = growth * max(one.height, other.height)
    return one.grown(margin, size).iou(other.grown(margin, size))


def _distance(box: BoundingBox, point: PersonPoint, size: ImageSize) -> float:
    """From the point to the box, 0 within it, in heights of the box."""
    x = max(box.left - point.x, 0.0, point.x - box.right) * size.width
    y = max(box.top - point.y, 0.0, point.y - box.bottom) * size.height
    return float(np.hypot(x, y)) / max(box.height * size.height, 1e-6)


def _longer_px(box: BoundingBox, size: ImageSize) -> float:
    return max(box.height * size.height, box.width * size.width)
