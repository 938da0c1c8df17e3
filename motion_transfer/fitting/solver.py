"""Minimize the energy of a clip with Adam, over all frames at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import JOINTS
from motion_transfer.body.trunk import measure_trunk
from motion_transfer.domain.body_motion import BodyShape
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.fitting.dct_basis import PerShotDctBasis
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.fitting.objective import FitWeights, Landmarks, Objective, Surface
from motion_transfer.fitting.observations import observe
from motion_transfer.fitting.parametrization import Parametrization, Unknowns
from motion_transfer.fitting.state import FitState
from motion_transfer.fitting.windows import windows

LAST_STEP = 0.05  # of the first step size


@dataclass(frozen=True, slots=True, kw_only=True)
class SmplifySolver:
    """Adam over the unknowns of a clip.

    Args:
        iterations: steps; depth converges last.
        lr: the first step size; it decays to 5 % by a cosine.
        weights: of the energy's terms.

    Raises:
        ValueError: there is no iteration, or the step size is not positive.
    """

    iterations: int
    lr: float
    weights: FitWeights

    def __post_init__(self) -> None:
        if self.iterations < 1 or self.lr <= 0:
            raise ValueError(
                f"expected iterations of 1 or more and a positive lr, got {self.iterations} and {self.lr}; "
                "try iterations=300, lr=0.03"
            )

    def __call__(
        self,
        model: BodyModel,
        detections: Detections,
        camera: Camera,
        start: FitState,
        *,
        known_person: bool,
        surface: Surface | None = None,
        advance: Callable[[], None],
    ) -> FitState:
        """Optimize from a start, in world axes (x right, y up, z toward the camera).

        Args:
            known_person: keep the start's betas and ground plane.
            surface: surface points to agree with as well, on a body of the start's shape.
            advance: called after each step.
        """
        objectives, parametrization = self._problem(model, detections, camera, start, surface)
        unknowns = parametrization.unknowns(start, known_person=known_person)
        optimizer = torch.optim.Adam(unknowns.free(), lr=self.lr, betas=(0.9, 0.95))
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, self.iterations, eta_min=self.lr * LAST_STEP)
        with one_thread():
            for step in range(self.iterations):
                optimizer.zero_grad()
                backward(objectives, parametrization, unknowns, step / self.iterations)
                optimizer.step()
                schedule.step()
                advance()
        with torch.no_grad():
            changes, pose = parametrization.changes(unknowns), []
            for window in windows(len(changes)):
                body = parametrization.posed(changes[window.clip], unknowns.betas, window.clip)
                pose.append((body.parent_from_joint, body.root_position_m))
        rotations, path = zip(*pose, strict=True)
        return FitState(
            betas=unknowns.betas.detach(),
            parent_from_joint=torch.cat(rotations),
            root_position_m=torch.cat(path),
            ground=unknowns.ground.detach(),
        )

    @torch.no_grad()
    def energy(self, model: BodyModel, detections: Detections, camera: Camera, state: FitState) -> float:
        """The energy of a state at the end of an optimization, when the landmarks' spread is narrow."""
        objectives, parametrization = self._problem(model, detections, camera, state, None)
        unknowns = parametrization.unknowns(state, known_person=True)
        changes, total = parametrization.changes(unknowns), 0.0
        for objective in objectives:
            frames = objective.window.read
            total += float(objective(unknowns, parametrization.posed(changes[frames], unknowns.betas, frames), 1.0))
        return total

    def _problem(
        self, model: BodyModel, detections: Detections, camera: Camera, start: FitState, surface: Surface | None
    ) -> tuple[list[Objective], Parametrization]:
        seen = observe(detections, camera)
        anchors = detector_anchors(model, detections.layout)
        landmarks = Landmarks.on(model, anchors, seen.soles)
        bare = BodyShape(betas=start.betas, clothing_offset_m=torch.zeros(len(JOINTS)))
        trunk = measure_trunk(surface.body if surface else shape_body(model, bare))
        basis = PerShotDctBasis(len(seen.trust), detections.shot_starts, seen.fps)
        return (
            Objective.of_windows(self.weights, seen, camera, landmarks, trunk, surface),
            Parametrization.around(start, model, camera, seen.person_px, basis),
        )


def backward(
    objectives: list[Objective], parametrization: Parametrization, unknowns: Unknowns, progress: float
) -> None:
    """Add the gradient of the clip's energy to the unknowns', window by window, so that only one is held at a time."""
    changes = parametrization.changes(unknowns)
    leaf = changes.detach().requires_grad_()
    for objective in objectives:
        frames = objective.window.read
        objective(unknowns, parametrization.posed(leaf[frames], unknowns.betas, frames), progress).backward()
    changes.backward(leaf.grad)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute in one thread: a step is some hundred small operations, between which threads would wait.

    Several gain nothing even on 1800 frames, and take several times as long where another program wants a core as well.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
