"""Parts of a user's own, one class for each seam; each counts its calls and leaves a mark in what it gives."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody
from motion_transfer.body.surface_targets import SurfaceTargets
from motion_transfer.domain.body_motion import BodyPose, BodyShape, Capture
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.conditioning import ConditioningMaps
from motion_transfer.domain.landmarks import Detections, LandmarkLayout
from motion_transfer.domain.video import Frame, ImageSize, Video
from motion_transfer.files.records import load_record
from motion_transfer.fitting.estimation import KnownPerson, complete_capture
from motion_transfer.landmarks.frame_detector import DetectorSession, FrameDetection
from motion_transfer.rendering.crop_track import project_to_window
from motion_transfer.rendering.rasterizer import Fragments, rasterize
from motion_transfer.rendering.texture import Texture
from motion_transfer.retargeting.state import RetargetingState

CALLS: Counter[str] = Counter()


@dataclass(frozen=True)
class RecordedDetector:
    """Finds in each frame of the one shot what was recorded of it, with a confidence of its own."""

    recorded: str
    confidence: float

    @property
    def layout(self) -> LandmarkLayout:
        return self._detections().layout

    @contextmanager
    def open(self, *, tracking: bool) -> Iterator[DetectorSession]:
        found, numbers = self._detections(), iter(range(10**6))
        hips = [found.layout.index(f"{side}_hip") for side in ("left", "right")]

        def detect(picture: Frame) -> FrameDetection:
            CALLS["detector"] += 1
            frame = next(numbers)
            xyz_m = found.landmarks_3d.xyz_m[frame].numpy()
            return FrameDetection(
                xy=found.landmarks_2d.xy_px[frame].numpy() / np.float32([found.size.width, found.size.height]),
                confidence=np.full(len(xyz_m), self.confidence, np.float32),
                xyz_m=xyz_m - xyz_m[hips].mean(0),
                mask=found.masks[frame].astype(np.float32) / 255 if tracking else None,
            )

        yield detect

    def _detections(self) -> Detections:
        return load_record(Path(self.recorded), Capture).detections


@dataclass(frozen=True)
class RecordedEstimator:
    """Gives the recorded motion to a person of a shape of its own."""

    model: BodyModel
    recorded: str
    beta: float

    def steps(self, frames: int) -> int:
        return 1

    def __call__(
        self,
        video: Video,
        detections: Detections,
        *,
        person: KnownPerson | None = None,
        advance: Callable[[], None],
    ) -> Capture:
        CALLS["estimator"] += 1
        advance()
        known = load_record(Path(self.recorded), Capture)
        shape = BodyShape(betas=torch.full((10,), self.beta), clothing_offset_m=torch.zeros(24))
        return complete_capture(self.model, shape, known.motion.pose, known.camera, detections)


@dataclass(frozen=True)
class Sidestep:
    """Refines a motion by moving it a little to the right."""

    model: BodyModel
    right_m: float

    def steps(self, frames: int) -> int:
        return 1

    def __call__(self, capture: Capture, targets: SurfaceTargets, *, advance: Callable[[], None]) -> Capture:
        CALLS["refiner"] += 1
        advance()
        motion = capture.motion
        moved = shifted(motion.pose, (self.right_m, 0.0, 0.0))
        return complete_capture(self.model, motion.shape, moved, capture.camera, capture.detections)


@dataclass(frozen=True)
class Hover:
    """A step of retargeting that lifts the whole dance off the ground."""

    height_m: float

    def __call__(self, state: RetargetingState) -> RetargetingState:
        CALLS["step"] += 1
        return state.with_pose(shifted(state.pose, (0.0, self.height_m, 0.0)), "The dance hovers.")


@dataclass(frozen=True)
class OneColour:
    """Fills holes with one grey."""

    grey: int

    def __call__(self, picture: np.ndarray, known: np.ndarray, advance: Callable[[], None]) -> np.ndarray:
        CALLS["inpainter"] += 1
        advance()
        return np.where(known[..., None], picture, np.uint8(self.grey))


@dataclass(frozen=True)
class FlatMap:
    """Shows the generator a single map: a level where the body is, and 0 elsewhere."""

    model: BodyModel
    level: float
    channels = ("body",)

    def __call__(
        self,
        body: PosedBody,
        texture: Texture,
        betas: Tensor,
        camera: Camera,
        window_from_frame: Tensor,
        size: ImageSize,
    ) -> tuple[ConditioningMaps, Fragments]:
        CALLS["map renderer"] += 1
        pixels, depth = project_to_window(body.vertices_m(), camera, window_from_frame)
        fragments = rasterize(pixels, depth, self.model.faces, size)
        return ConditioningMaps(
            values=self.level * fragments.covered[:, None].float(), channels=self.channels
        ), fragments


def shifted(pose: BodyPose, by_m: tuple[float, float, float]) -> BodyPose:
    return replace(pose, root_position_m=pose.root_position_m + torch.tensor(by_m))
