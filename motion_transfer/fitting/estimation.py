"""The seams of stage 2: what estimates a motion, what refines it against pictures, and how both complete a Capture."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, runtime_checkable

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import joint
from motion_transfer.body.surface_targets import SurfaceTargets
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape, Capture
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Video
from motion_transfer.fitting.finger_curls import finger_rotations
from motion_transfer.fitting.observations import person_heights_px, planted_in_picture
from motion_transfer.fitting.quality import measure_fit
from motion_transfer.geometry.contacts import detect_contacts


@value
class KnownPerson:
    """A person and the camera that sees them, both known already: only the motion is left to be estimated."""

    shape: BodyShape
    camera: Camera


@runtime_checkable
class MotionEstimator(Protocol):
    """Video and detections -> Capture: shape, camera and motion of one person."""

    @property
    def model(self) -> BodyModel:
        """The body model whose shape and pose are estimated."""
        ...

    def steps(self, frames: int) -> int:
        """How often `advance` is called for a clip of so many frames."""
        ...

    def __call__(
        self,
        video: Video,
        detections: Detections,
        *,
        person: KnownPerson | None = None,
        advance: Callable[[], None],
    ) -> Capture:
        """Estimate shape, camera and motion, or only the motion of a known person.

        Args:
            advance: called after each step; it may raise to end the estimation.
        """
        ...


@runtime_checkable
class MotionRefiner(Protocol):
    """Capture and surface targets -> Capture of the same person and camera whose motion follows the targets."""

    @property
    def model(self) -> BodyModel:
        """The body model of the captures."""
        ...

    def steps(self, frames: int) -> int:
        """How often `advance` is called for a clip of so many frames."""
        ...

    def __call__(self, capture: Capture, targets: SurfaceTargets, *, advance: Callable[[], None]) -> Capture:
        """Refine the motion.

        Args:
            advance: called after each step; it may raise to end the refinement.
        """
        ...


def complete_capture(
    model: BodyModel, shape: BodyShape, pose: BodyPose, camera: Camera, detections: Detections
) -> Capture:
    """Shape, pose and camera -> Capture: adds fingers, foot contacts, confidence and the quality of the fit."""
    if detections.parts is not None:
        pose = replace(pose, fingers=finger_rotations(model, detections.parts, detections.fps))
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


def after_registration(registered: Capture, fitted: Capture) -> Capture:
    """The registered capture with the distance from the landmarks before registration beside that after it."""
    after, before = registered.quality, fitted.quality
    both = replace(
        after, reprojection_percent=before.reprojection_percent, registered_percent=after.reprojection_percent
    )
    return replace(registered, quality=both)
