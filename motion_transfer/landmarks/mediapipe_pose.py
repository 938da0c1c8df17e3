"""The landmark detector: mediapipe's pose model, which its wheel carries. The only file that imports the vendor."""

import contextlib
import itertools
import logging
import os
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from motion_transfer.domain.landmarks import Detections, Landmarks2D, Landmarks3D
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.landmarks.identity_switches import find_identity_switches
from motion_transfer.landmarks.mediapipe_layout import LAYOUT
from motion_transfer.landmarks.people import Box, Person, follow_only, scan_people
from motion_transfer.landmarks.resizing import downscaled, size_within
from motion_transfer.landmarks.shots import ShotFinder
from motion_transfer.prefetch import prefetch

logger = logging.getLogger(__name__)


class MediapipePose:
    """Follows one person through a clip: 33 landmarks in the picture and in metres, and a soft mask.

    The detector's own smoothing lags half a frame behind, so it is off: the fit smooths.

    Args:
        person: whom to follow where there are several; `largest` is the only choice.
        detection_px: frames whose longer side is larger are downscaled to this for the detector.
        mask_px: longer side of the stored masks.
        least_share: share of the frames in which the person must be found.
    """

    def __init__(self, person: str, detection_px: int, mask_px: int, least_share: float) -> None:
        if person != "largest":
            raise ValueError(f"expected person=largest, got person={person}; it is the only choice so far")
        self.person, self.detection_px, self.mask_px, self.least_share = person, detection_px, mask_px, least_share

    def __call__(self, video: Video) -> Detections:
        """Detect in every frame.

        Raises:
            ValueError: the person is found in too few frames, or in none.
        """
        shots = ShotFinder()
        with _silenced_stderr():
            people = scan_people(shots.watch(video), lambda: self._landmarker(tracking=False), self.detection_px)
            cuts = shots.starts()
            found = list(self._frames(video, people, cuts))
        seen = sum(confidence.max() > 0 for _, confidence, _, _ in found)
        self._check(seen, len(found))
        xy, confidence, xyz, masks = zip(*found, strict=True)
        notes = [f"{len(people)} people were seen; the largest one is followed"] if len(people) > 1 else []
        if seen < len(found):
            notes.append(f"no person was found in {len(found) - seen} of {len(found)} frames")
        leaps = find_identity_switches(np.stack(xy), np.stack(confidence).max(1) > 0, float(video.fps))
        notes += [
            f"the person found leaps by {length:.1f} body heights at frame {number}; from there on it may be another"
            for number, length in leaps.items()
            if number not in cuts
        ]
        per_landmark = torch.from_numpy(np.stack(confidence))
        return Detections(
            layout=LAYOUT,
            landmarks_2d=Landmarks2D(xy_px=torch.from_numpy(np.stack(xy)), confidence=per_landmark),
            landmarks_3d=Landmarks3D(xyz_m=torch.from_numpy(np.stack(xyz)), confidence=per_landmark),
            masks=Masks(compressed=masks, size=size_within(video.size, self.mask_px)),
            size=video.size,
            fps=video.fps,
            shot_starts=tuple(sorted({*cuts, *leaps})),
            notes=(*video.notes, *notes),
        )

    def _check(self, seen: int, frames: int) -> None:
        if seen == 0:
            raise ValueError("expected a person in the video, found none; use a clip that shows the whole body")
        if seen < self.least_share * frames:
            raise ValueError(
                f"expected a person in at least {self.least_share:.0%} of the frames, found one in {seen} of {frames}; "
                "cut the clip to the part that shows the person"
            )

    def _frames(self, video: Video, people: list[Person], shot_starts: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
        """What is found in each frame; every shot by a tracker of its own, which looks for the person anew."""
        box, small = people[0].box if len(people) > 1 else None, size_within(video.size, self.detection_px)
        pictures = prefetch((downscaled(frame, small) for frame in video.open_frames()), depth=4, threads=1)
        for start, stop in itertools.pairwise((*shot_starts, len(video))):
            with self._landmarker(tracking=True) as landmarker:
                for picture in itertools.islice(pictures, stop - start):
                    found, box = self._found(picture, video.size, landmarker, box)
                    yield found

    def _found(
        self, picture: np.ndarray, size: ImageSize, landmarker: Any, box: Box | None
    ) -> tuple[tuple[Any, ...], Box | None]:
        """Landmarks in pixels of the full size, confidence, landmarks in metres, mask; and the box to look in next."""
        mask_size = size_within(size, self.mask_px)
        answer = landmarker.process(picture if box is None else follow_only(picture, box))
        if answer.pose_landmarks is None:
            return _nobody(mask_size), box
        xyv = np.array([(p.x, p.y, p.visibility) for p in answer.pose_landmarks.landmark], np.float32)
        inside = ((xyv[:, :2] >= -0.02) & (xyv[:, :2] <= 1.02)).all(1)
        world = np.array([(p.x, p.y, p.z) for p in answer.pose_world_landmarks.landmark], np.float32)
        px = xyv[:, :2] * np.array([size.width, size.height], np.float32)
        found = px, xyv[:, 2] * inside, world, _mask(answer, mask_size)
        return found, None if box is None else _box_of(xyv)

    @staticmethod
    @contextlib.contextmanager
    def _landmarker(*, tracking: bool) -> Iterator[Any]:
        logging.getLogger("absl").setLevel(logging.ERROR)
        try:
            from mediapipe.python.solutions import pose
        except ModuleNotFoundError as missing:
            raise ValueError(
                "expected the package mediapipe to find people with, but it is not installed; install it, "
                "or run `prepare` on a machine that has it and take its folder along"
            ) from missing

        with pose.Pose(
            static_image_mode=not tracking,
            model_complexity=1,
            smooth_landmarks=False,
            enable_segmentation=tracking,
            smooth_segmentation=False,
        ) as landmarker:
            yield landmarker


def _mask(answer: Any, size: ImageSize) -> bytes:
    resized = downscaled(answer.segmentation_mask, size)
    return Masks.compress((resized.clip(0, 1) * 255).astype(np.uint8))


def _nobody(mask_size: ImageSize) -> tuple[Any, ...]:
    empty = Masks.compress(np.zeros((mask_size.height, mask_size.width), np.uint8))
    count = len(LAYOUT.names)
    zeros = np.zeros((count, 3), np.float32)
    return zeros[:, :2], zeros[:, 0], zeros, empty


def _box_of(xyv: np.ndarray) -> Box:
    low, high = xyv[:, :2].min(0), xyv[:, :2].max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


@contextlib.contextmanager
def _silenced_stderr() -> Iterator[None]:
    """The vendor's native libraries write to the process's stderr without a switch; Python's own stays usable."""
    sys.stderr.flush()
    saved = os.dup(2)
    kept = os.fdopen(os.dup(2), "w", buffering=1)
    real, null = sys.stderr, os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    if real.fileno() == 2:
        sys.stderr = kept
    try:
        yield
    finally:
        sys.stderr = real
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)
        kept.close()
