"""SMPLify for video (after Bogo et al. 2016): landmarks of a whole clip -> one shape and a pose for every frame.

All frames are optimized at once through joints and anchors, never the mesh. Beyond SMPLify's terms: motion is smooth,
planted feet keep still on one ground plane, standing people stand upright, arms keep out of the trunk, and hands rest
on thighs, not in them, once the surface is known.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import JOINTS
from motion_transfer.body.surface_targets import SurfaceTargets
from motion_transfer.domain.body_motion import BodyPose, BodyShape, Capture
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.video import Video
from motion_transfer.fitting.estimation import KnownPerson, complete_capture
from motion_transfer.fitting.ground_alignment import horizontal_camera, stand_on_ground
from motion_transfer.fitting.initialization import initial_state
from motion_transfer.fitting.objective import Surface
from motion_transfer.fitting.observations import person_frames
from motion_transfer.fitting.solver import SmplifySolver
from motion_transfer.fitting.state import FitState


@dataclass(frozen=True, slots=True, kw_only=True)
class SmplifyEstimator:
    """Detections -> Capture by optimization from an analytic start; the video's pictures are not needed.

    Args:
        focal: the camera's focal length as a fraction of the picture's longer side; phones have 0.8 to 1.

    Raises:
        ValueError: the focal length is not positive.
    """

    model: BodyModel
    focal: float
    solver: SmplifySolver

    def __post_init__(self) -> None:
        if self.focal <= 0:
            raise ValueError(f"expected a focal length above 0 (about 0.95), got focal={self.focal}")

    def steps(self, frames: int) -> int:
        """How often `advance` is called: the solver's iterations, whatever the length of the clip."""
        return self.solver.iterations

    def __call__(
        self,
        video: Video,
        detections: Detections,
        *,
        person: KnownPerson | None = None,
        advance: Callable[[], None],
    ) -> Capture:
        """Estimate shape, camera and motion, or only the motion of a known person.

        Raises:
            ValueError: no frame shows the whole person.
        """
        if person is not None:
            start = initial_state(self.model, detections, person.camera, person.shape.betas)
            state = self.solver(
                self.model, detections, person.camera, start.on_flat_ground(), known_person=True, advance=advance
            )
            return complete_capture(self.model, person.shape, _pose(state), person.camera, detections)
        camera = horizontal_camera(detections.size, self.focal)
        start = initial_state(self.model, detections, camera, torch.zeros(self.model.betas))
        state = self.solver(self.model, detections, camera, start, known_person=False, advance=advance)
        state, camera, notes = stand_on_ground(self.model, state, camera, person_frames(detections))
        shape = BodyShape(betas=state.betas, clothing_offset_m=torch.zeros(len(JOINTS)))
        capture = complete_capture(self.model, shape, _pose(state), camera, detections)
        return replace(capture, fallbacks=(*capture.fallbacks, *notes))


@dataclass(frozen=True, slots=True, kw_only=True)
class SmplifyRefiner:
    """Capture and surface targets -> Capture: optimizes the motion again from a finished fit; the shape is kept."""

    model: BodyModel
    solver: SmplifySolver

    def steps(self, frames: int) -> int:
        """How often `advance` is called: the solver's iterations, whatever the length of the clip."""
        return self.solver.iterations

    def __call__(self, capture: Capture, targets: SurfaceTargets, *, advance: Callable[[], None]) -> Capture:
        """Refine the motion until the surface agrees with its targets as well."""
        motion, camera, detections = capture.motion, capture.camera, capture.detections
        start = FitState(
            betas=motion.shape.betas,
            parent_from_joint=motion.pose.parent_from_joint,
            root_position_m=motion.pose.root_position_m,
            ground=torch.zeros(2),
        )
        surface = Surface.of(shape_body(self.model, motion.shape), targets)
        state = self.solver(self.model, detections, camera, start, known_person=True, surface=surface, advance=advance)
        return complete_capture(self.model, motion.shape, _pose(state), camera, detections)


def _pose(state: FitState) -> BodyPose:
    return BodyPose(parent_from_joint=state.parent_from_joint, root_position_m=state.root_position_m)
