"""Video -> Detections: follows one person through a clip with any frame-wise landmark detector.

Two passes over the frames. The first finds the people of the clip and its cuts; the second detects the chosen person in
every frame, each shot in a session of its own, so that the detector searches for the person anew behind a cut. Between
them the person at a point is followed, where one is meant.
"""

import itertools
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import UInt8

from motion_transfer.domain.landmarks import Detections, LandmarkLayout, Landmarks2D, Landmarks3D
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.person_point import PersonPoint
from motion_transfer.domain.video import Frame, Video
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.landmarks.bounding_box import BoundingBox
from motion_transfer.landmarks.face_and_hands import PartsDetector, PartsInFrame, PartsSession, face_and_hands, notes_of
from motion_transfer.landmarks.frame_detector import FrameDetection, FrameDetector, Segmenter
from motion_transfer.landmarks.identity_switches import find_identity_switches
from motion_transfer.landmarks.part_places import NEEDED
from motion_transfer.landmarks.people import PersonNotFoundError, isolated, people_in_clip, people_in_picture
from motion_transfer.landmarks.person_following import FollowedPerson, follow_person, same_place
from motion_transfer.landmarks.resizing import downscaled, size_within
from motion_transfer.landmarks.shots import CutDetector
from motion_transfer.landmarks.small_person import SMALL, Window, person_in_parts, window_around
from motion_transfer.prefetch import prefetch

SEARCHED_FRAMES = 6  # in which people are counted
MAX_OUTSIDE = 0.02  # fraction of the picture by which a landmark may lie outside and still count as seen


class _TrackedFrame(NamedTuple):
    """The person in one frame: positions in pixels of the full frame and in metres; the mask is compressed."""

    xy_px: np.ndarray
    confidence: np.ndarray
    xyz_m: np.ndarray
    mask: bytes
    parts: PartsInFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTracker:
    """Follows one person through a clip: landmarks in the picture and in metres, and a soft mask.

    Args:
        detector: finds the landmarks of one person in one picture.
        segmenter: gives the masks where the detector gives none.
        detection_px: longer side of the pictures that are searched; larger frames are scaled down.
        mask_px: longer side of the stored masks.
        min_detected_fraction: of the frames, in which the person must be found.
        parts: finds face mesh and hand landmarks; None leaves them out.
    """

    detector: FrameDetector
    segmenter: Segmenter | None
    detection_px: int
    mask_px: int
    min_detected_fraction: float
    parts: PartsDetector | None

    @property
    def packages(self) -> tuple[str, ...]:
        """Of others, that the detectors use: those that their own `packages` name, if they have any."""
        used = (name for part in (self.detector, self.parts) for name in getattr(part, "packages", ()))
        return tuple(dict.fromkeys(used))

    def __post_init__(self) -> None:
        if self.detection_px < 1 or self.mask_px < 1:
            raise ValueError(
                f"expected detection_px and mask_px of 1 or more, got {self.detection_px} and {self.mask_px}; "
                "try 960 and 640"
            )
        if not 0 <= self.min_detected_fraction <= 1:
            raise ValueError(f"expected min_detected_fraction in [0, 1], got {self.min_detected_fraction}; try 0.2")

    @property
    def layout(self) -> LandmarkLayout:
        """The landmarks that are detected."""
        return self.detector.layout

    def __call__(self, video: Video, person: PersonPoint | None = None) -> Detections:
        """Detect the person in every frame.

        Args:
            person: a point that the person is at in the first frame that shows somebody there; None for the largest.

        Raises:
            PersonNotFoundError: the person is found in too few frames, or in none.
            ValueError: the mask of the person is not given.
        """
        sightings, cuts = self._survey(video)
        if person is not None:
            followed = follow_person(video, person, self.detector, cuts, self.detection_px)
            seen, window = [followed.note], None
            frames = list(self._followed_frames(video, followed, cuts))
        else:
            people, window = people_in_clip(list(sightings.values())), self._window(video, sightings)
            alone = len(people) < 2 or window is not None
            seen = [f"{len(people)} people were seen; the largest one is followed"] if len(people) > 1 else []
            frames = list(self._tracked_frames(video, None if alone else people[0], cuts, window))
        xy_px, confidence, xyz_m, masks, parts = zip(*frames, strict=True)
        detected = np.stack(confidence).max(1) > 0
        self._check_detected(int(detected.sum()), len(detected), small=window is not None)
        switches = find_identity_switches(np.stack(xy_px), detected, float(video.fps))
        found = face_and_hands(parts) if self._finds_parts else None
        unseen = self._lacking() if found is None else notes_of(found, detected)
        per_landmark = torch.from_numpy(np.stack(confidence))
        return Detections(
            layout=self.layout,
            landmarks_2d=Landmarks2D(xy_px=torch.from_numpy(np.stack(xy_px)), confidence=per_landmark),
            landmarks_3d=Landmarks3D(xyz_m=torch.from_numpy(np.stack(xyz_m)), confidence=per_landmark),
            masks=Masks(compressed=masks, size=size_within(video.size, self.mask_px)),
            size=video.size,
            fps=video.fps,
            shot_starts=tuple(sorted({*cuts, *switches})),
            notes=(*video.notes, *seen, *_notes(detected, switches, cuts), *_looked_in(window), *unseen),
            parts=found,
        )

    def _survey(self, video: Video) -> tuple[dict[int, list[BoundingBox]], tuple[int, ...]]:
        """The people in some frames, the tallest one first, and the first frame of every shot."""
        searched = set(evenly_spaced(video.frame_count, SEARCHED_FRAMES))
        size = size_within(video.size, self.detection_px)
        cuts, sightings = CutDetector(), dict[int, list[BoundingBox]]()
        frames = prefetch(video.open_frames(), depth=2, threads=1)
        with closing(frames), self.detector.open(tracking=False) as detect:
            for index, frame in enumerate(frames):
                cuts.add(frame)
                if index in searched:
                    sightings[index] = people_in_picture(downscaled(frame, size), detect)
        return sightings, cuts.shot_starts()

    def _window(self, video: Video, sightings: dict[int, list[BoundingBox]]) -> Window | None:
        """Where to look for a person who is small in some frames or in none of them; None for the whole picture."""
        if any(people and people[0].height >= SMALL for people in sightings.values()):
            return None
        frames = video.pick(evenly_spaced(video.frame_count, SEARCHED_FRAMES))
        with self.detector.open(tracking=False) as detect:
            found = [
                people[0] if people else person_in_parts(picture, detect)
                for people, (_, picture) in zip(sightings.values(), frames, strict=True)
            ]
        return window_around([box for box in found if box is not None], video.size)

    def _tracked_frames(
        self, video: Video, box: BoundingBox | None, shot_starts: tuple[int, ...], window: Window | None
    ) -> Iterator[_TrackedFrame]:
        """The person in each frame.

        Args:
            box: around the person, where others have to be kept out of the picture.
            window: the part of the picture that is searched.
        """
        size = size_within(video.size if window is None else window.size, self.detection_px)
        searched = ((frame, _cut(frame, window)) for frame in video.open_frames())
        pictures = prefetch(((frame, downscaled(part, size)) for frame, part in searched), depth=4, threads=1)
        with closing(pictures):
            for start, stop in itertools.pairwise((*shot_starts, len(video))):
                with self.detector.open(tracking=True) as detect, self._open_parts() as find_parts:
                    for frame, picture in itertools.islice(pictures, stop - start):
                        shown = picture if box is None else isolated(picture, box)
                        detection = detect(shown)
                        if box is not None and detection is not None:
                            box = detection.box()
                        yield self._tracked_frame(video, frame, shown, detection, window, find_parts)

    def _followed_frames(
        self, video: Video, followed: FollowedPerson, shot_starts: tuple[int, ...]
    ) -> Iterator[_TrackedFrame]:
        """The person who is followed in each frame, seen in a window that moves along."""
        windows, boxes = followed.windows(), followed.bridged()
        whole = video.size if windows[0] is None else windows[0].size
        size = size_within(whole, self.detection_px)
        parts = ((frame, _cut(frame, window)) for frame, window in zip(video, windows, strict=False))
        pictures = prefetch(((frame, downscaled(part, size)) for frame, part in parts), depth=4, threads=1)
        with closing(pictures):
            for start, stop in itertools.pairwise((*shot_starts, len(video))):
                with self.detector.open(tracking=True) as detect, self._open_parts() as find_parts:
                    for index, (frame, picture) in enumerate(itertools.islice(pictures, stop - start), start):
                        window, box, found = windows[index], boxes[index], None
                        if box is not None:
                            box = box if window is None else window.within(box)
                            picture = isolated(picture, box)
                            found = detect(picture)
                            found = found if found is not None and same_place(box, found.box(), whole) else None
                        yield self._tracked_frame(video, frame, picture, found, window, find_parts)

    @property
    def _finds_parts(self) -> bool:
        return self.parts is not None and not self._lacking()

    def _lacking(self) -> list[str]:
        """A sentence where face and hands are looked for, but the detector does not say where they are."""
        lacking = [name for name in NEEDED if name not in self.layout.names] if self.parts is not None else []
        return [f"face and hands were not looked for: the detector does not give {lacking[0]}"] if lacking else []

    def _open_parts(self) -> AbstractContextManager[PartsSession | None]:
        return self.parts.open(self.layout.names) if self.parts is not None and self._finds_parts else nullcontext()

    def _tracked_frame(
        self,
        video: Video,
        frame: Frame,
        picture: UInt8[np.ndarray, "rows columns 3"],
        detection: FrameDetection | None,
        window: Window | None,
        find_parts: PartsSession | None,
    ) -> _TrackedFrame:
        """What was found in a picture, a part of the frame, in the whole frame; with face and hands where wanted."""
        mask_size = size_within(video.size, self.mask_px)
        if detection is None:
            nowhere = np.zeros((len(self.layout.names), 3), np.float32)
            empty = Masks.compress(np.zeros((mask_size.height, mask_size.width), np.uint8))
            return _TrackedFrame(
                xy_px=nowhere[:, :2], confidence=nowhere[:, 0], xyz_m=nowhere, mask=empty, parts=PartsInFrame()
            )
        detection = replace(detection, mask=self._mask(picture, detection))
        if window is not None:
            detection = window.in_whole(detection)
        assert detection.mask is not None
        inside = ((detection.xy >= -MAX_OUTSIDE) & (detection.xy <= 1 + MAX_OUTSIDE)).all(1)
        mask = downscaled(detection.mask, mask_size)
        tracked = _TrackedFrame(
            xy_px=(detection.xy * [video.size.width, video.size.height]).astype(np.float32),
            confidence=(detection.confidence * inside).astype(np.float32),
            xyz_m=detection.xyz_m.astype(np.float32),
            mask=Masks.compress((mask.clip(0, 1) * 255).astype(np.uint8)),
            parts=PartsInFrame(),
        )
        if find_parts is None:
            return tracked
        return tracked._replace(parts=find_parts(frame, tracked.xy_px, tracked.xyz_m))

    def _mask(self, picture: Frame, detection: FrameDetection) -> np.ndarray:
        if detection.mask is not None:
            return detection.mask
        if self.segmenter is not None:
            return self.segmenter(picture, detection)
        detector = type(self.detector).__name__
        raise ValueError(f"expected a mask of the person, got none from {detector}; set landmarks.segmenter as well")

    def _check_detected(self, detected: int, frames: int, *, small: bool) -> None:
        if detected == 0 and small:
            raise PersonNotFoundError(
                "expected a person of a quarter of the picture's height or more in the video, found a smaller one; "
                "crop it to the person",
                detected=detected,
                frames=frames,
            )
        if detected == 0:
            sentence = "expected a person in the video, found none; use a clip that shows the whole body"
            raise PersonNotFoundError(sentence, detected=detected, frames=frames)
        if detected < self.min_detected_fraction * frames:
            raise PersonNotFoundError(
                f"expected a person in at least {self.min_detected_fraction:.0%} of the frames of the video, "
                f"found one in {detected} of {frames}; cut the clip to the part that shows the person",
                detected=detected,
                frames=frames,
            )


def _notes(detected: np.ndarray, switches: dict[int, float], cuts: tuple[int, ...]) -> list[str]:
    """What the user should know, each in one sentence."""
    notes = []
    if not detected.all():
        notes.append(f"no person was found in {(~detected).sum()} of {len(detected)} frames")
    notes += [
        f"the person found jumps by {distance:.1f} body heights at frame {frame}; from there on it may be another"
        for frame, distance in switches.items()
        if frame not in cuts
    ]
    return notes


def _cut(frame: Frame, window: Window | None) -> UInt8[np.ndarray, "rows columns 3"]:
    return frame if window is None else window.cut(frame)


def _looked_in(window: Window | None) -> list[str]:
    if window is None:
        return []
    where = f"{window.size} pixels of {window.whole}"
    return [f"the person is small in the picture, and was looked for in {where}; crop the clip to the person"]
