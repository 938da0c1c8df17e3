"""The optimizer's energy after fewer and more iterations, from the landmarks' start and from the network's."""

from dataclasses import replace

import torch

from motion_transfer.domain.clip import Clip
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.value import value
from motion_transfer.fitting.ground_alignment import horizontal_camera
from motion_transfer.fitting.hmr import HmrEstimator
from motion_transfer.fitting.initialization import initial_state
from motion_transfer.fitting.smplify import SmplifyEstimator
from motion_transfer.fitting.state import FitState

SHARES = (0.25, 0.5, 0.75, 1.0)  # of smplify's iterations


@value
class Convergence:
    """Energies of one clip.

    Attributes:
        iterations: of whole optimizations, whose steps shrink until the last.
        of_landmarks, of_network: the energy after each, from either start.
    """

    iterations: tuple[int, ...]
    of_landmarks: tuple[float, ...]
    of_network: tuple[float, ...]

    @property
    def energy_at_half(self) -> float:
        """After half of the iterations from the network's start, over that after all of them from the landmarks'."""
        return self.of_network[SHARES.index(0.5)] / self.of_landmarks[-1]


def measure_convergence(
    clip: Clip, detections: Detections, smplify: SmplifyEstimator, hmr: HmrEstimator
) -> Convergence:
    """Optimize with some counts of iterations, by the weights and step size of `smplify`."""
    model, solver = smplify.model, smplify.solver
    camera = horizontal_camera(detections.size, smplify.focal)
    landmarks = initial_state(model, detections, camera, torch.zeros(model.betas))
    network = hmr.start(clip.video, detections, camera, advance=lambda: None).state
    counts = tuple(max(1, round(share * solver.iterations)) for share in SHARES)

    def energy(start: FitState, iterations: int) -> float:
        solve = replace(solver, iterations=iterations)
        state = solve(model, detections, camera, start, known_person=False, advance=lambda: None)
        return solver.energy(model, detections, camera, state)

    return Convergence(
        iterations=counts,
        of_landmarks=tuple(energy(landmarks, count) for count in counts),
        of_network=tuple(energy(network, count) for count in counts),
    )
