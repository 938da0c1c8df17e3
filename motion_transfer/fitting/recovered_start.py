"""What a network sees in single frames -> the state of a fit: one shape, smooth motion, a path and a ground.

Frames in which the network is unsure take the start that the detector's landmarks give.
"""

import itertools
from dataclasses import replace
from typing import Any

import roma
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import skinning_transforms
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.value import value
from motion_transfer.fitting.initialization import initial_path_m, initial_state
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.fitting.limb_choice import chosen_limbs
from motion_transfer.fitting.network_doubts import NetworkDoubts, doubt_network
from motion_transfer.fitting.observations import LIMBS, landmark_trust
from motion_transfer.fitting.state import FitState
from motion_transfer.geometry.smoothing import smooth_over_frames
from motion_transfer.mesh_recovery.recovery import RecoveredFrames

TRAINED_BODY = "free"  # whose betas the network knows

_nearest_rotations: Any = roma.special_procrustes  # roma's own annotation has what it returns with singular values


@value
class RecoveredStart:
    """Where a fit starts, or ends if the network alone is to count.

    Attributes:
        doubts: frames whose poses come from landmarks.
        exchanged: limbs of the other frames that the network put too far from their landmarks.
    """

    state: FitState
    doubts: NetworkDoubts
    exchanged: Bool[Tensor, "frame limb"]

    @property
    def fallbacks(self) -> tuple[str, ...]:
        """A sentence for the report where the network was not believed."""
        limbs, unsure = int(self.exchanged.sum()), self.doubts.sentence
        notes = [] if unsure is None else [unsure]
        if limbs:
            share = limbs / self.exchanged.numel()
            notes.append(
                f"{100 * share:.0f} % of all arms and legs were far from their landmarks by the network: their poses "
                "come from landmarks."
            )
        return tuple(notes)


def recovered_start(
    model: BodyModel,
    recovered: RecoveredFrames,
    detections: Detections,
    camera: Camera,
    *,
    betas: Float[Tensor, "beta"] | None,
    most_error_m: float,
    most_off: float,
    smoothing_s: float,
) -> RecoveredStart:
    """Join what was recovered frame by frame.

    Args:
        betas: of a known person; None to take the network's, weighted by how sure it was.
        most_error_m: the expected error beyond which a frame is not believed.
        most_off: of a limb's landmarks from the seen ones, in person heights; beyond it the landmarks' start counts.
        smoothing_s: standard deviation of the Gaussian that the rotations are smoothed with.

    Raises:
        ValueError: no frame shows the whole person.
    """
    doubts = doubt_network(recovered.expected_error_m, detections, most_error_m=most_error_m)
    sure = doubts.sure
    if betas is None:
        betas = _shape(model, recovered, sure)
    start = initial_state(model, detections, camera, betas)
    rotations = torch.where(sure[:, None, None, None], recovered.parent_from_joint, start.parent_from_joint)
    rest = model.joint_regressor @ (model.template_m + model.shape_directions_m @ betas)
    points, path = _placed(model, betas, rest, rotations, detections, camera)
    seen_px, _ = camera.project(points + path[:, None])
    rotations, exchanged = chosen_limbs(
        rotations, start.parent_from_joint, seen_px, detections, rest, most_off=most_off
    )
    rotations = _smoothed(rotations, detections, smoothing_s)
    points, path = _placed(model, betas, rest, rotations, detections, camera)
    lowest = float((points[..., 1].amin(1) + path[:, 1]).median())
    ground = torch.tensor([lowest, 0.0])
    state = replace(start, parent_from_joint=rotations, root_position_m=path, ground=ground)
    return RecoveredStart(state=state, doubts=doubts, exchanged=exchanged & sure[:, None])


def _placed(
    model: BodyModel,
    betas: Float[Tensor, "beta"],
    rest_joints_m: Float[Tensor, "joint 3"],
    rotations: Float[Tensor, "frame joint 3 3"],
    detections: Detections,
    camera: Camera,
) -> tuple[Float[Tensor, "frame landmark 3"], Float[Tensor, "frame 3"]]:
    """The landmarks of a pose relative to the pelvis, and the path that makes them agree with the seen ones."""
    world_from_rest, _ = skinning_transforms(rest_joints_m, rotations, torch.zeros(len(rotations), 3))
    points = detector_anchors(model, detections.layout).posed(betas, world_from_rest)
    limbs = landmark_trust(detections) * torch.tensor([float(name in LIMBS) for name in detections.layout.names])
    return points, initial_path_m(points, detections, camera, limbs)


def _shape(model: BodyModel, recovered: RecoveredFrames, sure: Bool[Tensor, "frame"]) -> Float[Tensor, "beta"]:
    """One shape for the clip; the mean one for a body that the network does not know."""
    if model.name != TRAINED_BODY or not sure.any():
        return torch.zeros(model.betas)
    weights = (sure / recovered.expected_error_m.square())[:, None]
    return (weights * recovered.betas).sum(0) / weights.sum()


def _smoothed(
    rotations: Float[Tensor, "frame joint 3 3"], detections: Detections, smoothing_s: float
) -> Float[Tensor, "frame joint 3 3"]:
    """A Gaussian over the matrices of each shot, and the nearest rotations to the means."""
    edges = itertools.pairwise((*detections.shot_starts, len(rotations)))
    shots = [smooth_over_frames(rotations[slice(*edge)], detections.fps, sigma_s=smoothing_s) for edge in edges]
    return _nearest_rotations(torch.cat(shots))
