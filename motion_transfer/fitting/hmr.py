"""HMR as a motion estimator: a network reads the body in every frame, alone or as the start of the optimizer."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import JOINTS
from motion_transfer.domain.body_motion import BodyPose, BodyShape, Capture
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.video import Video
from motion_transfer.files.video_reader import content_digest
from motion_transfer.fitting.estimation import KnownPerson, complete_capture
from motion_transfer.fitting.ground_alignment import horizontal_camera, stand_on_ground
from motion_transfer.fitting.observations import person_frames
from motion_transfer.fitting.recovered_start import RecoveredStart, recovered_start
from motion_transfer.fitting.solver import SmplifySolver
from motion_transfer.mesh_recovery.recovery import AT_ONCE, MeshRecovery
from motion_transfer.mesh_recovery.weights import SHIPPED, load_network


@dataclass(frozen=True, slots=True, kw_only=True)
class HmrEstimator:
    """Video and detections -> Capture, by a network for single frames and, if there is a solver, an optimizer after it.

    Args:
        focal: the camera's focal length as a fraction of the picture's longer side; phones have 0.8 to 1.
        weights: file of the network's weights; None for those of the package.
        most_error_m: the error that the network may expect of a frame which it is believed in.
        most_off: of a limb's landmarks from the seen ones, in person heights, for the limb to be believed.
        smoothing_s: standard deviation of the Gaussian over the rotations.
        solver: refines what the network saw; None for the network alone.

    Raises:
        ValueError: a number is not positive, or the weights are of no such network.
        FileNotFoundError: there are no such weights.
    """

    model: BodyModel
    focal: float
    most_error_m: float
    most_off: float
    smoothing_s: float
    weights: str | Path | None = None
    solver: SmplifySolver | None = None
    recovery: MeshRecovery = field(init=False)

    def __post_init__(self) -> None:
        if min(self.focal, self.most_error_m, self.most_off) <= 0 or self.smoothing_s < 0:
            raise ValueError(
                f"expected focal, most_error_m and most_off above 0, smoothing_s of 0 or more, got focal={self.focal}, "
                f"most_error_m={self.most_error_m}, most_off={self.most_off}, smoothing_s={self.smoothing_s}; "
                "try 0.95, 0.17, 0.05 and 0.05"
            )
        network = load_network(SHIPPED if self.weights is None else Path(self.weights))
        object.__setattr__(self, "recovery", MeshRecovery(network=network))

    @property
    def key(self) -> dict[str, str]:
        """What shapes the result beside the settings: the content of the weights."""
        return {"network": content_digest(SHIPPED if self.weights is None else Path(self.weights))}

    def steps(self, frames: int) -> int:
        """How often `advance` is called: once for every few frames, and the solver's iterations."""
        return -(-frames // AT_ONCE) + (0 if self.solver is None else self.solver.iterations)

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
        camera = horizontal_camera(detections.size, self.focal) if person is None else person.camera
        start = self.start(video, detections, camera, person=person, advance=advance)
        state = start.state if person is None else start.state.on_flat_ground()
        if self.solver is not None:
            known = person is not None
            state = self.solver(self.model, detections, camera, state, known_person=known, advance=advance)
        notes: tuple[str, ...] = ()
        if person is None:
            state, camera, notes = stand_on_ground(self.model, state, camera, person_frames(detections))
        shape = BodyShape(betas=state.betas, clothing_offset_m=torch.zeros(len(JOINTS)))
        pose = BodyPose(parent_from_joint=state.parent_from_joint, root_position_m=state.root_position_m)
        capture = complete_capture(self.model, shape if person is None else person.shape, pose, camera, detections)
        return replace(capture, fallbacks=(*capture.fallbacks, *start.fallbacks, *notes))

    def start(
        self,
        video: Video,
        detections: Detections,
        camera: Camera,
        *,
        person: KnownPerson | None = None,
        advance: Callable[[], None],
    ) -> RecoveredStart:
        """What the network reads in all frames, joined with the landmarks' start where it is not believed.

        Raises:
            ValueError: no frame shows the whole person.
        """
        return recovered_start(
            self.model,
            self.recovery(video, detections, camera, advance=advance),
            detections,
            camera,
            betas=None if person is None else person.shape.betas,
            most_error_m=self.most_error_m,
            most_off=self.most_off,
            smoothing_s=self.smoothing_s,
        )
