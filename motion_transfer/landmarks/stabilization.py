"""Video stabilization: the camera's motion is estimated against the background, and frames are warped to undo it.

Later stages assume a static camera: the plate is one picture, and what moves is the person. Corners of the first frame
are tracked through the clip (Lucas and Kanade 1981, forward and backward); the similarity that most of them agree on
(RANSAC) is the camera's, because people fill the smaller part of the picture.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame, ImageSize, Video
from motion_transfer.geometry.affine import opencv_affine

TRACKING_PX = 480  # longer side of the frames that corners are tracked in
MAX_CORNERS, CORNER_QUALITY, CORNER_DISTANCE_PX = 400, 0.01, 8
MAX_BACKWARD_PX, MAX_RESIDUAL_PX = 0.7, 1.0  # of a corner that is tracked back, and against the similarity
MIN_CORNERS, MIN_INLIER_FRACTION = 20, 0.3  # that agree on the similarity
MIN_SPREAD = 0.5  # of the picture's width that those corners span; all on one person would span less
MIN_TRACKED_FRACTION = 0.8  # of the frames
STATIC, MAX_DISPLACEMENT = 0.001, 0.15  # of the longer side: no motion at all, and too much to leave a picture
MOST_FRAMES, MAX_ERROR = (
    0.95,
    0.003,
)  # of a static camera's frames that seem static, and how far the others may seem off


@value
class CameraMotion:
    """Motion of a nearly static camera over a clip.

    Attributes:
        stable_from_frame: similarities that bring each frame's background to one place, in pixels of the full frame.
        found: frames in which the camera was tracked; in the others it stays where it was tracked last.
        size: of the frames.
    """

    stable_from_frame: Float[Tensor, "frame 2 3"]
    found: Bool[Tensor, "frame"]
    size: ImageSize

    def max_displacement_px(self) -> float:
        """The largest distance that any corner of the picture moves."""
        return float(self._displacement_px().max())

    def _displacement_px(self) -> Float[Tensor, "frame"]:
        """How far from its place the corner of the picture is that moves farthest."""
        right, bottom = float(self.size.width), float(self.size.height)
        corners = torch.tensor([[0, 0, 1], [right, 0, 1], [0, bottom, 1], [right, bottom, 1]])
        moved = self.stable_from_frame @ corners.T
        return (moved.transpose(1, 2) - corners[:, :2]).norm(dim=-1).amax(1)

    def tracked_fraction(self) -> float:
        """Fraction of the frames in which the camera was tracked."""
        return float(self.found.float().mean())

    def is_static(self) -> bool:
        """Whether the camera stood still, so that there is nothing to undo; a few frames may be tracked badly."""
        off = self._displacement_px() / self._longer_px()
        return bool((off < STATIC).float().mean() >= MOST_FRAMES and off.max() < MAX_ERROR)

    def is_correctable(self) -> bool:
        """Whether the background of the stabilized video stands still."""
        if self.is_static():
            return True
        small_enough = self.max_displacement_px() <= MAX_DISPLACEMENT * self._longer_px()
        return small_enough and self.tracked_fraction() >= MIN_TRACKED_FRACTION

    def _longer_px(self) -> int:
        return max(self.size.height, self.size.width)


def estimate_camera_motion(video: Video) -> CameraMotion:
    """Video -> the motion of its camera, relative to the frame that is nearest to the middle of that motion."""
    tracker = _BackgroundTracker(video.size)
    # Made at once: small values kept between large passing ones would keep the memory of those from being reused.
    first_from_frame, found = np.empty((len(video), 3, 3)), np.empty(len(video), bool)
    for index, frame in enumerate(video.open_frames()):
        first_from_frame[index], found[index] = tracker(frame)
    shifts = first_from_frame[:, :2, 2]
    middle = int(np.linalg.norm(shifts - np.median(shifts, axis=0), axis=1).argmin())
    stable_from_frame = (np.linalg.inv(first_from_frame[middle]) @ first_from_frame)[:, :2]
    return CameraMotion(
        stable_from_frame=torch.from_numpy(stable_from_frame).float(), found=torch.from_numpy(found), size=video.size
    )


def stabilized(video: Video, motion: CameraMotion) -> Video:
    """The video with a static background; the same frames where the camera is static or its motion not correctable."""
    if motion.is_static():
        return video
    displacement_px = motion.max_displacement_px()
    if not motion.is_correctable():
        note = f"The camera moves by up to {displacement_px:.0f} px, too far to be held still; film from a tripod."
        if (tracked := motion.tracked_fraction()) < MIN_TRACKED_FRACTION:
            note = (
                f"The camera seems to move, and was followed in {tracked:.0%} of the frames only; film from a tripod."
            )
        return replace(video, notes=(*video.notes, note))
    note = f"The camera moves by up to {displacement_px:.0f} px; the frames were warped so that the background stays."
    warped = partial(_warped_frames, video, motion.stable_from_frame.numpy())
    # Less than half a pixel, as in small pictures, is not worth a note.
    return replace(video, open_frames=warped, notes=(*video.notes, note) if round(displacement_px) else video.notes)


class _BackgroundTracker:
    """Called with one frame after another, gives the similarity from each frame to the first one."""

    def __init__(self, size: ImageSize) -> None:
        self.scale = min(1.0, TRACKING_PX / max(size.height, size.width))
        self.first: np.ndarray | None = None
        self.corners = np.zeros((0, 1, 2), np.float32)
        self.frame_from_first = np.eye(3)  # of the last tracked frame, in pixels of the downscaled pictures

    def __call__(self, frame: Frame) -> tuple[Float[np.ndarray, "3 3"], bool]:
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        grey = cv2.resize(grey, None, fx=self.scale, fy=self.scale, interpolation=cv2.INTER_AREA)
        if self.first is None:
            self.first = grey
            found = cv2.goodFeaturesToTrack(grey, MAX_CORNERS, CORNER_QUALITY, CORNER_DISTANCE_PX)
            self.corners = self.corners if found is None else found
            return np.eye(3), True
        similarity = self._similarity(self.first, grey)
        if similarity is not None:
            self.frame_from_first = similarity
        return np.linalg.inv(self._at_full_size(self.frame_from_first)), similarity is not None

    def _similarity(self, first: np.ndarray, grey: np.ndarray) -> Float[np.ndarray, "3 3"] | None:
        """The similarity from the first picture to this one; None where too few corners agree on one."""
        if len(self.corners) < MIN_CORNERS:
            return None
        guess = cv2.transform(self.corners, self.frame_from_first[:2]).astype(np.float32)
        flags = cv2.OPTFLOW_USE_INITIAL_FLOW
        forward, seen, _ = cv2.calcOpticalFlowPyrLK(first, grey, self.corners, guess, flags=flags)
        backward, again, _ = cv2.calcOpticalFlowPyrLK(grey, first, forward, self.corners.copy(), flags=flags)
        error_px = np.linalg.norm(backward - self.corners, axis=2).ravel()
        kept = np.logical_and(seen, again).ravel() & (error_px < MAX_BACKWARD_PX)
        if kept.sum() < MIN_CORNERS:
            return None
        matrix, agree = cv2.estimateAffinePartial2D(
            self.corners[kept], forward[kept], ransacReprojThreshold=MAX_RESIDUAL_PX
        )
        if matrix is None:
            return None
        inliers = self.corners[kept][agree.ravel() > 0, 0]
        if len(inliers) < max(MIN_CORNERS, MIN_INLIER_FRACTION * kept.sum()):
            return None
        if np.ptp(inliers[:, 0]) < MIN_SPREAD * first.shape[1]:
            return None
        return np.vstack([matrix, [0, 0, 1]])

    def _at_full_size(self, small: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3 3"]:
        """OpenCV's map of downscaled pictures as a map of the full frame, whose pixel centres lie at +0.5."""
        small_from_full = np.array([[self.scale, 0, -0.5], [0, self.scale, -0.5], [0, 0, 1]])
        return np.linalg.inv(small_from_full) @ small @ small_from_full


def _warped_frames(video: Video, stable_from_frame: Float[np.ndarray, "frame 2 3"]) -> Iterator[np.ndarray]:
    for frame, matrix in zip(video.open_frames(), stable_from_frame.astype(np.float64), strict=True):
        size = (video.size.width, video.size.height)
        yield cv2.warpAffine(frame, opencv_affine(matrix), size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
