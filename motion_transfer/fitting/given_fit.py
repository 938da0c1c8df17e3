"""Motion, camera and masks that are known, as those of a rendered character, -> what a fit would have found."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.body_motion import BodyMotion, Capture
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections, LandmarkLayout, Landmarks2D, Landmarks3D
from motion_transfer.domain.masks import Masks
from motion_transfer.fitting.estimation import complete_capture
from motion_transfer.fitting.landmark_offsets import detector_anchors


def given_capture(
    model: BodyModel, motion: BodyMotion, camera: Camera, masks: Masks, layout: LandmarkLayout
) -> Capture:
    """The capture of a clip whose motion and camera nobody has to estimate.

    Landmarks are those of the moving body; what lies outside of the picture was not seen.

    Args:
        masks: of the figure, one a frame.
        layout: the landmarks that the capture should have.

    Raises:
        ValueError: the layout lacks the hips, or names what the body does not have.
    """
    layout.require(("left_hip", "right_hip"), "a given fit")
    posed = shape_body(model, motion.shape).posed(motion.pose)
    points_m = detector_anchors(model, layout).posed(motion.shape.betas, posed.world_from_rest)
    xy_px, depth_m = camera.project(points_m)
    seen = _in_picture(xy_px, camera) * (depth_m > 0)
    hips_m = points_m[:, [layout.index("left_hip"), layout.index("right_hip")]].mean(1, keepdim=True)
    detections = Detections(
        layout=layout,
        landmarks_2d=Landmarks2D(xy_px=xy_px, confidence=seen),
        landmarks_3d=Landmarks3D(
            xyz_m=(points_m - hips_m) @ camera.camera_from_world[:3, :3].T, confidence=seen.clone()
        ),
        masks=masks,
        size=camera.size,
        fps=motion.fps,
    )
    return replace(complete_capture(model, motion.shape, motion.pose, camera, detections), motion=motion)


def _in_picture(xy_px: Float[Tensor, "frame landmark 2"], camera: Camera) -> Float[Tensor, "frame landmark"]:
    corner = torch.tensor([camera.size.width, camera.size.height])
    return ((xy_px >= 0) & (xy_px < corner)).all(-1).float()
