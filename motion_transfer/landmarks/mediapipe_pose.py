"""mediapipe's pose model as a frame-wise detector: the one of its wheel, or the largest one from a file."""

import contextlib
import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from motion_transfer.domain.video import Frame
from motion_transfer.files.reading import reading
from motion_transfer.landmarks.frame_detector import DetectorSession, FrameDetection
from motion_transfer.landmarks.mediapipe_layout import LAYOUT
from motion_transfer.landmarks.mediapipe_solution import mediapipe_solution
from motion_transfer.landmarks.silenced_stderr import silenced_stderr
from motion_transfer.landmarks.whole_import import import_whole

FULL, HEAVY = 1, 2  # mediapipe's `model_complexity`
# The node of the graph that names the file of the heavy model.
HEAVY_FILE_NODE = (
    "poselandmarkbyroicpu__poselandmarkmodelloader__switchcontainer__ConstantSidePacketCalculator_3.packet"
)
HEAVY_SHA256 = "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe"
HEAVY_REMEDY = "fetch it by `npm pack @mediapipe/pose@0.5.1675469404`, and give pose_landmark_heavy.tflite of it"
MOST_BYTES = 1 << 26


class MediapipePose:
    """Finds 33 landmarks of one person in the picture and in metres, and a soft mask while tracking.

    The model's own smoothing lags half a frame behind, so it is off: the fit smooths.
    """

    layout = LAYOUT
    packages = ("mediapipe",)
    heavy: Path | None = None

    @contextlib.contextmanager
    def open(self, *, tracking: bool) -> Iterator[DetectorSession]:
        """Open a session, as `FrameDetector` describes.

        Raises:
            ValueError: mediapipe is not installed.
        """
        with silenced_stderr():
            pose = mediapipe_solution("pose", "people")
            with _solution(pose, self.heavy, tracking=tracking) as model:
                yield partial(_detect, model)


class HeavyMediapipePose(MediapipePose):
    """The same with mediapipe's largest model, whose file its wheel does not carry.

    Args:
        model_path: the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: none is given, or it holds something else, by its digest.
    """

    def __init__(self, model_path: str | Path | None) -> None:
        if model_path is None:
            raise ValueError(
                f"expected landmarks.detector.model_path=FILE with mediapipe's heavy model, got none; {HEAVY_REMEDY}"
            )
        self.heavy = Path(model_path).resolve()
        with reading("mediapipe's heavy pose model", self.heavy, remedy=HEAVY_REMEDY, most_bytes=MOST_BYTES):
            digest = hashlib.sha256(self.heavy.read_bytes()).hexdigest()
            if digest != HEAVY_SHA256:
                raise ValueError(f"its SHA-256 begins with {digest[:12]} in place of {HEAVY_SHA256[:12]}")


def _solution(pose: Any, heavy: Path | None, *, tracking: bool) -> Any:
    """mediapipe's graph; its class `Pose` would look for the heavy model's file within the wheel, and fetch it."""
    options = import_whole("mediapipe.calculators.core.constant_side_packet_calculator_pb2")
    side_packet = options.ConstantSidePacketCalculatorOptions.ConstantSidePacket
    return import_whole("mediapipe.python.solution_base").SolutionBase(
        binary_graph_path=pose._BINARYPB_FILE_PATH,
        side_inputs={
            "model_complexity": FULL if heavy is None else HEAVY,
            "smooth_landmarks": False,
            "enable_segmentation": tracking,
            "smooth_segmentation": False,
            "use_prev_landmarks": tracking,
        },
        calculator_params={} if heavy is None else {HEAVY_FILE_NODE: [side_packet(string_value=str(heavy))]},
        outputs=["pose_landmarks", "pose_world_landmarks", "segmentation_mask"],
    )


def _detect(model: Any, picture: Frame) -> FrameDetection | None:
    result = model.process(picture)
    if result.pose_landmarks is None:
        return None
    xyv = np.array([(p.x, p.y, p.visibility) for p in result.pose_landmarks.landmark], np.float32)
    xyz_m = np.array([(p.x, p.y, p.z) for p in result.pose_world_landmarks.landmark], np.float32)
    return FrameDetection(xy=xyv[:, :2], confidence=xyv[:, 2], xyz_m=xyz_m, mask=result.segmentation_mask)
