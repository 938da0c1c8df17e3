"""A clip with its landmarks -> what the network sees in every frame, in the world of a camera."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame
from motion_transfer.mesh_recovery.network import Estimate, MeshRecoveryNetwork
from motion_transfer.mesh_recovery.person_view import PersonViews, crop_view, look_at_landmarks

AT_ONCE = 8


@value
class RecoveredFrames:
    """The body in each frame by itself, world axes.

    Attributes:
        betas: of each frame.
        expected_error_m: of the joints, by the network's own judgement; large where it sees no person.
    """

    parent_from_joint: Float[Tensor, "frame joint 3 3"]
    root_position_m: Float[Tensor, "frame 3"]
    betas: Float[Tensor, "frame beta"]
    expected_error_m: Float[Tensor, "frame"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshRecovery:
    """Runs a network over the frames of a clip.

    Args:
        size_px: of the crops that it was trained on.
    """

    network: MeshRecoveryNetwork
    size_px: int = 224

    def __call__(
        self, frames: Iterable[Frame], detections: Detections, camera: Camera, *, advance: Callable[[], None]
    ) -> RecoveredFrames:
        """Recover the body in every frame.

        Args:
            advance: called after every few frames.
        """
        landmarks = detections.landmarks_2d
        views = look_at_landmarks(landmarks.xy_px, landmarks.confidence, camera)
        given = torch.cat([views.seen(landmarks.xy_px, camera), landmarks.confidence[..., None]], -1)
        parts: list[Estimate] = []
        numbered = enumerate(itertools.islice(frames, len(given)))
        while some := list(itertools.islice(numbered, AT_ONCE)):
            crops = np.stack([crop_view(picture, views, number, camera, self.size_px) for number, picture in some])
            numbers = slice(some[0][0], some[-1][0] + 1)
            parts.append(self._read(crops, given[numbers], views.half_field[numbers]))
            advance()
        return _in_world(parts, views, camera)

    @torch.inference_mode()
    def _read(self, crops: np.ndarray, landmarks: Tensor, half_field: Tensor) -> Estimate:
        pictures = torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255
        return self.network(pictures.contiguous(memory_format=torch.channels_last), landmarks, half_field)[-1]


def _in_world(parts: list[Estimate], views: PersonViews, camera: Camera) -> RecoveredFrames:
    rotations, betas, cameras, errors = (
        torch.cat([getattr(part, name) for part in parts]).clone()
        for name in ("parent_from_joint", "betas", "camera", "log_error")
    )
    whole = Estimate(parent_from_joint=rotations, betas=betas, camera=cameras, log_error=errors)
    world_from_view = views.world_from_view(camera)
    rotations[:, 0] = world_from_view @ rotations[:, 0]
    at = (world_from_view @ whole.root_position_m(views.half_field)[..., None])[..., 0]
    return RecoveredFrames(
        parent_from_joint=rotations, root_position_m=at + camera.position_m, betas=betas, expected_error_m=errors.exp()
    )
