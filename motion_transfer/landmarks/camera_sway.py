"""Video -> the same video with its background held still, where a hand or a drifting tripod moved the camera a little.

Everything after believes in a camera that stands: the plate is one picture, and travel is the person's own. Corners of
the first frame are tracked through the clip (Lucas and Kanade 1981, both ways); a similarity that most of them agree on
(RANSAC) is the camera's, since people are the smaller part of a picture.
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
from motion_transfer.rendering.crop_track import in_opencv

LONGER_SIDE_PX = 480  # that frames are tracked at
CORNERS, CORNER_QUALITY, APART_PX = 400, 0.01, 8
BACK_PX, AGREE_PX = 0.7, 1.0  # how far corners may be off when tracked back, and from the similarity
LEAST_CORNERS, LEAST_SHARE, LEAST_SPREAD = 20, 0.3, 0.5  # that agree, as a share, and across the picture
LEAST_FRAMES = 0.8  # share of the frames whose camera must be found
STILL, FARTHEST = 0.001, 0.15  # of the longer side: less is no sway, and more leaves too little of the picture


@value
class Sway:
    """How the camera moved.

    Attributes:
        steady_from_frame: similarities that bring each frame's background to the same place, pixels of the full frame.
        found: frames in which the camera was found; in others it is where it was found last.
        size: of the frames.
    """

    steady_from_frame: Float[Tensor, "frame 2 3"]
    found: Bool[Tensor, "frame"]
    size: ImageSize

    def reach_px(self) -> float:
        """The farthest that any corner of the picture moves."""
        right, bottom = float(self.size.width), float(self.size.height)
        corners = torch.tensor([[0, 0, 1], [right, 0, 1], [0, bottom, 1], [right, bottom, 1]])
        moved = self.steady_from_frame @ corners.T
        return float((moved.transpose(1, 2) - corners[:, :2]).norm(dim=-1).max())

    def followed(self) -> float:
        """Share of the frames in which the camera was found."""
        return float(self.found.float().mean())

    def stands(self) -> bool:
        """Whether the background is still as it is."""
        return self.reach_px() < STILL * self._longer_px()

    def too_far(self) -> bool:
        """Whether too little of the picture would be left if it were held still."""
        return self.reach_px() > FARTHEST * self._longer_px()

    def steadies(self) -> bool:
        """Whether the background of the steadied video stands still."""
        return self.stands() or (self.followed() >= LEAST_FRAMES and not self.too_far())

    def _longer_px(self) -> int:
        return max(self.size.height, self.size.width)


def measure_sway(video: Video) -> Sway:
    """Track the background through the clip; the frame in the middle of the sway stays as it is."""
    tracker, rows, found = _Tracker(video.size), [], []
    for frame in video.open_frames():
        row, agreed = tracker(frame)
        rows.append(row)
        found.append(agreed)
    moves = np.stack(rows)
    middle = int(np.linalg.norm(moves[:, :2, 2] - np.median(moves[:, :2, 2], axis=0), axis=1).argmin())
    centred = np.linalg.inv(moves[middle]) @ moves
    return Sway(steady_from_frame=torch.from_numpy(centred[:, :2]).float(), found=torch.tensor(found), size=video.size)


def steadied(video: Video, sway: Sway) -> Video:
    """The video with its background held still; the video itself where the camera stood, or cannot be held."""
    if sway.stands():
        return video
    reach = sway.reach_px()
    if not sway.steadies():
        note = f"The camera moves by up to {reach:.0f} px, too far to be held still; film from a tripod."
        if (share := sway.followed()) < LEAST_FRAMES:
            note = f"The camera seems to move, and was followed in {share:.0%} of the frames only; film from a tripod."
        return replace(video, notes=(*video.notes, note))
    note = f"The camera moves by up to {reach:.0f} px; the frames were moved so that the background stands still."
    moved = partial(_moved, video, sway.steady_from_frame.numpy())
    return replace(video, open_frames=moved, notes=(*video.notes, note))


class _Tracker:
    """Fed frame by frame, gives the similarity from each frame to the first one."""

    def __init__(self, size: ImageSize) -> None:
        self.scale = min(1.0, LONGER_SIDE_PX / max(size.height, size.width))
        self.first: np.ndarray | None = None
        self.corners = np.zeros((0, 1, 2), np.float32)
        self.last = np.eye(3)  # from the small first frame to the small current one

    def __call__(self, frame: Frame) -> tuple[Float[np.ndarray, "3 3"], bool]:
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        grey = cv2.resize(grey, None, fx=self.scale, fy=self.scale, interpolation=cv2.INTER_AREA)
        if self.first is None:
            self.first = grey
            found = cv2.goodFeaturesToTrack(grey, CORNERS, CORNER_QUALITY, APART_PX)
            self.corners = self.corners if found is None else found
            return np.eye(3), True
        similarity = self._similarity(self.first, grey)
        if similarity is not None:
            self.last = similarity
        return np.linalg.inv(self._at_full_size(self.last)), similarity is not None

    def _similarity(self, first: np.ndarray, grey: np.ndarray) -> np.ndarray | None:
        if len(self.corners) < LEAST_CORNERS:
            return None
        guess = cv2.transform(self.corners, self.last[:2]).astype(np.float32)
        flags = cv2.OPTFLOW_USE_INITIAL_FLOW
        there, seen, _ = cv2.calcOpticalFlowPyrLK(first, grey, self.corners, guess, flags=flags)
        back, again, _ = cv2.calcOpticalFlowPyrLK(grey, first, there, self.corners.copy(), flags=flags)
        tracked = np.logical_and(seen, again).ravel()
        kept = tracked & (np.linalg.norm(back - self.corners, axis=2).ravel() < BACK_PX)
        if kept.sum() < LEAST_CORNERS:
            return None
        matrix, agree = cv2.estimateAffinePartial2D(self.corners[kept], there[kept], ransacReprojThreshold=AGREE_PX)
        if matrix is None:
            return None
        places = self.corners[kept][agree.ravel() > 0, 0]
        if len(places) < max(LEAST_CORNERS, LEAST_SHARE * kept.sum()):
            return None
        if np.ptp(places[:, 0]) < LEAST_SPREAD * first.shape[1]:
            return None  # they may be one person's
        return np.vstack([matrix, [0, 0, 1]])

    def _at_full_size(self, small: np.ndarray) -> np.ndarray:
        """The same map in full-frame pixels with their centres at halves, not at whole numbers as OpenCV has them."""
        to_small = np.array([[self.scale, 0, -0.5], [0, self.scale, -0.5], [0, 0, 1]])
        return np.linalg.inv(to_small) @ small @ to_small


def _moved(video: Video, steady_from_frame: Float[np.ndarray, "frame 2 3"]) -> Iterator[np.ndarray]:
    for frame, matrix in zip(video.open_frames(), steady_from_frame.astype(np.float64), strict=True):
        size = (video.size.width, video.size.height)
        yield cv2.warpAffine(frame, in_opencv(matrix), size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
