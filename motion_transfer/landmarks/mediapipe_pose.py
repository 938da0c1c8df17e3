"""mediapipe's pose model, which its wheel carries, as a frame-wise detector."""

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from motion_transfer.domain.video import Frame
from motion_transfer.landmarks.frame_detector import DetectorSession, FrameDetection
from motion_transfer.landmarks.mediapipe_layout import LAYOUT
from motion_transfer.landmarks.mediapipe_solution import mediapipe_solution
from motion_transfer.landmarks.silenced_stderr import silenced_stderr


class MediapipePose:
    """Finds 33 landmarks of one person in the picture and in metres, and a soft mask while tracking.

    The model's own smoothing lags half a frame behind, so it is off: the fit smooths.
    """

    layout = LAYOUT
    packages = ("mediapipe",)

    @contextlib.contextmanager
    def open(self, *, tracking: bool) -> Iterator[DetectorSession]:
        """Open a session, as `FrameDetector` describes.

        Raises:
            ValueError: mediapipe is not installed.
        """
        with silenced_stderr():
            pose = mediapipe_solution("pose", "people")
            with pose.Pose(
                static_image_mode=not tracking,
                model_complexity=1,
                smooth_landmarks=False,
                enable_segmentation=tracking,
                smooth_segmentation=False,
            ) as model:
                yield partial(_detect, model)


def _detect(model: Any, picture: Frame) -> FrameDetection | None:
    result = model.process(picture)
    if result.pose_landmarks is None:
        return None
    xyv = np.array([(p.x, p.y, p.visibility) for p in result.pose_landmarks.landmark], np.float32)
    xyz_m = np.array([(p.x, p.y, p.z) for p in result.pose_world_landmarks.landmark], np.float32)
    return FrameDetection(xy=xyv[:, :2], confidence=xyv[:, 2], xyz_m=xyz_m, mask=result.segmentation_mask)
