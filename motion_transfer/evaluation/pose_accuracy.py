"""Found and true motion -> errors of joints, of the surface and of facing, as one camera sees them."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import JOINTS
from motion_transfer.domain.body_motion import BodyMotion, BodyShape
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.evaluation.motion_metrics import facing_error_deg, procrustes_aligned

WRONG_DEG = 60.0
CHUNK = 16  # frames whose surfaces are held at once
VIEW_AXES = torch.tensor([1.0, -1.0, -1.0])  # x right, y up, z toward the viewer, from camera axes


@value
class PoseAccuracy:
    """Errors in every frame.

    Attributes:
        joints_m: distance of each joint from the true one, both relative to the pelvis.
        aligned_m: the same after Procrustes alignment.
        surface_m: mean distance of the vertices, relative to the pelvis, without clothes.
        turned_deg: of the direction that the pelvis faces.
    """

    joints_m: Float[Tensor, "frame joint"]
    aligned_m: Float[Tensor, "frame joint"]
    surface_m: Float[Tensor, "frame"]
    turned_deg: Float[Tensor, "frame"]

    @property
    def mpjpe_mm(self) -> float:
        return 1000 * float(self.joints_m.mean())

    @property
    def pa_mpjpe_mm(self) -> float:
        return 1000 * float(self.aligned_m.mean())

    @property
    def pve_mm(self) -> float:
        return 1000 * float(self.surface_m.mean())

    @property
    def facing_wrong_percent(self) -> float:
        """Frames turned by more than 60 degrees from the truth."""
        return 100 * float((self.turned_deg > WRONG_DEG).float().mean())


def joined(parts: Sequence[PoseAccuracy]) -> PoseAccuracy:
    """The frames of several clips."""
    return PoseAccuracy(
        joints_m=torch.cat([part.joints_m for part in parts]),
        aligned_m=torch.cat([part.aligned_m for part in parts]),
        surface_m=torch.cat([part.surface_m for part in parts]),
        turned_deg=torch.cat([part.turned_deg for part in parts]),
    )


def pose_accuracy(
    model: BodyModel, found: BodyMotion, seen_by: Camera, truth: BodyMotion, true_camera: Camera
) -> PoseAccuracy:
    """Compare two motions, each along the axes of its own camera, since worlds are not alike.

    Raises:
        ValueError: the motions have different lengths.
    """
    if len(found) != len(truth):
        raise ValueError(f"expected motions of one length, got {len(found)} and {len(truth)} frames")
    joints, aligned, surface, turned = [], [], [], []
    for first in range(0, len(truth), CHUNK):
        some = slice(first, first + CHUNK)
        (found_m, found_surface_m, facing), (true_m, true_surface_m, true_facing) = (
            _in_view(model, motion, camera, some) for motion, camera in ((found, seen_by), (truth, true_camera))
        )
        joints.append((found_m - true_m).norm(dim=-1))
        aligned.append((procrustes_aligned(found_m, true_m) - true_m).norm(dim=-1))
        surface.append((found_surface_m - true_surface_m).norm(dim=-1).mean(1))
        turned.append(facing_error_deg(facing, true_facing))
    return PoseAccuracy(
        joints_m=torch.cat(joints),
        aligned_m=torch.cat(aligned),
        surface_m=torch.cat(surface),
        turned_deg=torch.cat(turned),
    )


def _in_view(
    model: BodyModel, motion: BodyMotion, camera: Camera, some: slice
) -> tuple[Float[Tensor, "frame joint 3"], Float[Tensor, "frame vertex 3"], Float[Tensor, "frame 3 3"]]:
    """Joints and naked surface relative to the pelvis, and the pelvis' rotation, in view axes."""
    view_from_world = VIEW_AXES[:, None] * camera.camera_from_world[:3, :3]
    naked = BodyShape(betas=motion.shape.betas, clothing_offset_m=torch.zeros(len(JOINTS)))
    posed = shape_body(model, naked).posed(motion.pose[some])
    pelvis_m = posed.joints_m[:, :1]
    joints_m, vertices_m = ((at - pelvis_m) @ view_from_world.T for at in (posed.joints_m, posed.vertices_m()))
    return joints_m, vertices_m, view_from_world @ motion.pose.parent_from_joint[some, 0]
