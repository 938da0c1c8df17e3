"""A quick look at a clip: a dozen frames are searched for people, and all are compared for cuts."""

from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction
from typing import NamedTuple

import cv2
import numpy as np
import torch

from motion_transfer.domain.clip import Clip
from motion_transfer.domain.landmarks import LandmarkLayout, Landmarks2D, Landmarks3D
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame, ImageSize, Video
from motion_transfer.evaluation.clip_facts import PersonFacts, person_facts
from motion_transfer.evaluation.clip_findings import ClipDiagnostic, PictureFacts, person_findings, picture_findings
from motion_transfer.evaluation.cutouts import Picture
from motion_transfer.evaluation.sheet import contact_sheet
from motion_transfer.geometry.sampling import part_centres
from motion_transfer.landmarks.frame_detector import DetectorSession, FrameDetection, FrameDetector
from motion_transfer.landmarks.people import people_in_picture
from motion_transfer.landmarks.resizing import downscaled, size_within
from motion_transfer.landmarks.shots import CutDetector
from motion_transfer.landmarks.small_person import person_in_parts
from motion_transfer.landmarks.stabilization import estimate_camera_motion
from motion_transfer.prefetch import prefetch

LOOKED_AT, COUNTED = 16, 4  # frames that are searched for a person, and for several
LONGEST_PX, LONGEST_S = 960, 60.0  # of the frames that are searched, and of the clip
MAX_OUTSIDE = 0.02  # as of the tracker
BLUR_PX = 9  # of the box that a picture is blurred with again
SHEET_PX, DOT_PX = 240, 3
DOT_RGB = (80, 255, 120)


class _Seen(NamedTuple):
    picture: Frame
    found: FrameDetection | None
    people: int | None


@value
class Inspection:
    """What was seen.

    Attributes:
        person, pictures: of the frames that were looked at.
        findings: what speaks against the clip.
        sheet: those frames, with the landmarks that were found.
    """

    person: PersonFacts
    pictures: PictureFacts
    findings: tuple[ClipDiagnostic, ...]
    sheet: Picture


def inspect_clip(clip: Clip, detector: FrameDetector) -> Inspection:
    """Look at the first minute of a clip."""
    video = clip.video
    count = min(len(video), round(LONGEST_S * float(video.fps)))
    wanted = part_centres(count, LOOKED_AT)
    size, cuts, seen = size_within(video.size, LONGEST_PX), CutDetector(), list[_Seen]()
    frames = prefetch(video.open_frames(), depth=2, threads=1)
    with closing(frames), detector.open(tracking=False) as detect:
        for index, frame in enumerate(frames):
            if index >= count:
                break
            cuts.add(frame)
            if index in wanted:
                counts = len(seen) % (LOOKED_AT // COUNTED) == 0
                seen.append(_look(downscaled(frame, size), detect, counts=counts))
    starts = cuts.shot_starts()
    person = _person(detector.layout, [one.found for one in seen], size)
    pictures = PictureFacts(
        level=float(np.mean([one.picture.mean() for one in seen])),
        blur=tuple(blur_of(_person_in(one)) for one in seen if one.found is not None),
        sway=_sway(_longest_shot(seen, wanted, starts, count), size),
        people=int(np.median([one.people for one in seen if one.people is not None])),
        small=not person.seen and _small(seen, detector),
        cuts_s=tuple(start / float(video.fps) for start in starts[1:]),
    )
    seconds = len(video) / float(video.fps)
    return Inspection(
        person=person,
        pictures=pictures,
        findings=(*person_findings(person, video.size, seconds), *picture_findings(pictures, person)),
        sheet=_sheet(seen, [f"{index / float(video.fps):.1f} s" for index in wanted]),
    )


def blur_of(picture: Frame) -> float:
    """How little a picture loses when it is blurred once more, from 0 (sharp) to 1 (Crete et al. 2007)."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    worst = 0.0
    for axis, box in ((0, (1, BLUR_PX)), (1, (BLUR_PX, 1))):
        before = np.abs(np.diff(grey, axis=axis))
        after = np.abs(np.diff(cv2.blur(grey, box), axis=axis))
        lost = np.maximum(before - after, 0).sum()
        worst = max(worst, float(1 - lost / before.sum()) if before.sum() > 0 else 1.0)
    return worst


def _look(picture: Frame, detect: DetectorSession, *, counts: bool) -> _Seen:
    people = len(people_in_picture(picture, detect)) if counts else None
    return _Seen(picture, detect(picture), people)


def _person(layout: LandmarkLayout, found: Sequence[FrameDetection | None], size: ImageSize) -> PersonFacts:
    shape = (len(found), len(layout.names))
    xy, confidence = np.zeros((*shape, 2), np.float32), np.zeros(shape, np.float32)
    xyz = np.zeros((*shape, 3), np.float32)
    for row, one in enumerate(found):
        if one is not None:
            inside = ((one.xy >= -MAX_OUTSIDE) & (one.xy <= 1 + MAX_OUTSIDE)).all(1)
            xy[row], xyz[row] = one.xy * [size.width, size.height], one.xyz_m
            confidence[row] = one.confidence * inside
    sure = torch.from_numpy(confidence)
    return person_facts(
        layout,
        Landmarks2D(xy_px=torch.from_numpy(xy), confidence=sure),
        Landmarks3D(xyz_m=torch.from_numpy(xyz), confidence=sure),
        size,
    )


def _person_in(seen: _Seen) -> Frame:
    if seen.found is None:
        return seen.picture
    size = ImageSize(height=seen.picture.shape[0], width=seen.picture.shape[1])
    box = seen.picture[seen.found.box().pixels(size, margin=0.0)]
    return box if min(box.shape[:2]) > BLUR_PX else seen.picture


def _small(seen: list[_Seen], detector: FrameDetector) -> bool:
    with detector.open(tracking=False) as detect:
        return any(person_in_parts(one.picture, detect) is not None for one in seen[:: max(1, len(seen) // 3)])


def _longest_shot(seen: list[_Seen], wanted: Sequence[int], starts: tuple[int, ...], count: int) -> list[Frame]:
    stops = (*starts[1:], count)
    shots = [
        [one.picture for one, index in zip(seen, wanted, strict=True) if start <= index < stop]
        for start, stop in zip(starts, stops, strict=True)
    ]
    return max(shots, key=len)


def _sway(pictures: list[Frame], size: ImageSize) -> float:
    if len(pictures) < 2:
        return 0.0
    video = Video(open_frames=lambda: iter(pictures), size=size, fps=Fraction(1), frame_count=len(pictures))
    motion = estimate_camera_motion(video)
    if motion.is_static():
        return 0.0
    if not motion.is_correctable():
        return float("inf")
    return motion.max_displacement_px() / max(size.height, size.width)


def _sheet(seen: list[_Seen], titles: list[str]) -> Picture:
    shown = []
    for one in seen:
        picture = one.picture.copy()
        if one.found is not None:
            height, width = picture.shape[:2]
            for x, y in one.found.xy[one.found.confidence > 0.5] * [width, height]:
                cv2.circle(picture, (int(x), int(y)), DOT_PX, DOT_RGB, -1)
        shown.append(picture)
    return contact_sheet({"looked at": shown}, titles, SHEET_PX)
