"""Stage 2: Detections -> Capture. The analytic start, the video fit, a level ground, and how good it became."""

from dataclasses import replace

import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import joint
from motion_transfer.body.surface_targets import SurfaceTargets
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape, Capture
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.fitting.ground_alignment import align_to_ground, horizontal_camera
from motion_transfer.fitting.observations import person_heights_px, planted_in_picture
from motion_transfer.fitting.quality import measure_fit
from motion_transfer.fitting.smplify import FitState, VideoSmplify, no_clothing_offset
from motion_transfer.geometry.contacts import detect_contacts


class BodyFitter:
    """Fits one person's shape and motion to a clip's landmarks.

    Args:
        solver: the video fit.
        focal: the camera's focal length as a share of the picture's longer side; phones have 0.8 to 1.
        refit_iterations: steps of a fit that starts from a finished one.
    """

    def __init__(self, solver: VideoSmplify, focal: float, refit_iterations: int) -> None:
        if focal <= 0:
            raise ValueError(f"expected a focal length above 0 (about 0.95), got focal={focal}")
        self.solver, self.focal, self.refit_iterations = solver, focal, refit_iterations

    @property
    def model(self) -> BodyModel:
        """The body that is fitted."""
        return self.solver.model

    def __call__(self, detections: Detections) -> Capture:
        """Learn shape, camera and motion from a clip."""
        camera = horizontal_camera(detections.size, self.focal)
        start = self.solver.start(detections, camera, torch.zeros(self.model.betas))
        state = self.solver(detections, camera, start, fixed_shape=False, fixed_ground=False)
        state, camera = align_to_ground(state, camera)
        return self._capture(state, camera, detections, no_clothing_offset())

    def motion_of(self, shape: BodyShape, camera: Camera, detections: Detections) -> Capture:
        """Only the motion, of a person and in a camera that are known already."""
        start = self.solver.start(detections, camera, shape.betas)
        still = FitState(
            betas=start.betas,
            parent_from_joint=start.parent_from_joint,
            root_position_m=start.root_position_m,
            ground=torch.zeros(2),
        )
        state = self.solver(detections, camera, still, fixed_shape=True, fixed_ground=True)
        return self._capture(state, camera, detections, shape.clothing_offset_m)

    def refit(self, capture: Capture, targets: SurfaceTargets) -> Capture:
        """Fit the motion again from a finished fit, with points of the surface to agree with; the shape is kept."""
        motion = capture.motion
        start = FitState(
            betas=motion.shape.betas,
            parent_from_joint=motion.pose.parent_from_joint,
            root_position_m=motion.pose.root_position_m,
            ground=torch.zeros(2),
        )
        state = self.solver(
            capture.detections,
            capture.camera,
            start,
            fixed_shape=True,
            fixed_ground=True,
            points=(shape_body(self.model, motion.shape), targets),
            iterations=self.refit_iterations,
        )
        return self._capture(state, capture.camera, capture.detections, motion.shape.clothing_offset_m)

    def _capture(
        self, state: FitState, camera: Camera, detections: Detections, clothing_offset_m: torch.Tensor
    ) -> Capture:
        shape = BodyShape(betas=state.betas, clothing_offset_m=clothing_offset_m)
        pose = BodyPose(parent_from_joint=state.parent_from_joint, root_position_m=state.root_position_m)
        return capture_from(self.model, shape, pose, camera, detections)


def after_registration(registered: Capture, fitted: Capture) -> Capture:
    """The registered capture with both distances from the landmarks: of the fit to them, and its own."""
    own, before = registered.quality, fitted.quality
    both = replace(own, reprojection_percent=before.reprojection_percent, registered_percent=own.reprojection_percent)
    return replace(registered, quality=both)


def capture_from(model: BodyModel, shape: BodyShape, pose: BodyPose, camera: Camera, detections: Detections) -> Capture:
    """Complete a solution: contacts, confidence and quality."""
    body = shape_body(model, shape)
    feet = body.posed(pose).joints_m[:, [joint("left_ankle"), joint("right_ankle")]]
    seeds = planted_in_picture(detections, person_heights_px(detections))
    motion = BodyMotion(
        shape=shape,
        pose=pose,
        fps=detections.fps,
        confidence=detections.landmarks_2d.confidence.mean(1),
        foot_contacts=detect_contacts(feet, detections.fps, seeds=seeds),
    )
    return Capture(
        motion=motion,
        camera=camera,
        detections=detections,
        quality=measure_fit(body, pose, shape.betas, camera, detections),
        shot_starts=detections.shot_starts,
        fallbacks=detections.notes,
    )
