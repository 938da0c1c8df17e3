"""SMPLify for video (after Bogo et al. 2016): landmarks of a whole clip -> one shape and a pose for every frame.

All frames are optimized at once through joints and anchors, never the mesh. Beyond SMPLify's terms: motion is smooth,
planted feet keep still on one ground plane, standing people stand upright, and hands rest on thighs, not in them, once
the surface is known.

Notation: rotations in 6D (Zhou et al. 2019); the path is an offset in the picture, in person heights, and a log depth,
because the picture says much about the one and little about the other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.anchors import Anchors, skin_anchors
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, skinning_transforms
from motion_transfer.body.priors import hinge_energy, pose_energy
from motion_transfer.body.skeleton import JOINTS, joint
from motion_transfer.body.surface_targets import SurfaceTargets, skin_vertices
from motion_transfer.body.thighs import arm_driven_hands, hand_points_m, measure_thighs
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.value import value
from motion_transfer.fitting import energies
from motion_transfer.fitting.dct_basis import PerShotDctBasis
from motion_transfer.fitting.initialization import fill_nearest, in_front_of_camera, initial_path_m, initial_rotations
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.fitting.observations import (
    BONES,
    LIMBS,
    REQUIRED_LANDMARKS,
    SOLES,
    TRUNK,
    head_directions,
    landmark_trust,
    person_heights_px,
    planted_in_picture,
    standing_frames,
)

# Landmarks err from frame to frame, motion goes on in seconds: the fewer frames a second shows, the more what is known
# of motion counts against them. The weights of accelerations are for clips of this rate.
USUAL_FPS = 30.0
# Surface targets pull within a few pixels only: from there larger steps, which a rough start needs, would lose them.
REFINING = 0.3  # of the step size


@dataclass(frozen=True, slots=True, kw_only=True)
class FitWeights:
    """Balance of the terms, and the spreads that give them their units.

    Attributes:
        bones, trunk, head: of directions in the detector's 3D landmarks, for limbs, for the lines through shoulders and
            hips, and for the ears' line and the face. The picture alone tells a nod badly: faces differ.
        reprojection_spread: of the landmarks, in person heights.
        acceleration, depth_acceleration: at 30 frames a second, see `USUAL_FPS`.
        joint_m_per_s2: usual acceleration of joints.
        depth_m_per_s2: usual acceleration of the path toward or away from the camera.
        penetration: of hands inside thighs, where surface points are given: before, the clothing offset is not known.
            Only the arms are moved by it: of the rest, the picture shows more.
    """

    reprojection: float
    bones: float
    trunk: float
    head: float
    acceleration: float
    depth_acceleration: float
    rotation: float
    pose: float
    hinges: float
    betas: float
    feet: float
    ground: float
    upright: float
    points: float
    reprojection_spread: float
    points_spread: float
    joint_m_per_s2: float
    depth_m_per_s2: float
    foot_m_per_s: float
    ground_m: float
    lean: float
    penetration: float
    penetration_m: float


@value
class FitState:
    """A solution: where the next optimization may start, with its ground plane height + slope * z."""

    betas: Float[Tensor, "beta"]
    parent_from_joint: Float[Tensor, "frame joint 3 3"]
    root_position_m: Float[Tensor, "frame 3"]
    ground: Float[Tensor, "2"]


class VideoSmplify:
    """Fits a body to the landmarks of a clip.

    Args:
        iterations: Adam steps; depth converges last.
        lr: Adam's first step size; it decays to 5 % by a cosine.
    """

    def __init__(self, model: BodyModel, iterations: int, lr: float, weights: FitWeights) -> None:
        self.model, self.iterations, self.lr, self.weights = model, iterations, lr, weights

    def start(self, detections: Detections, camera: Camera, betas: Tensor) -> FitState:
        """The analytic solution that needs no optimization.

        Raises:
            ValueError: the detector does not give the landmarks that the fit needs.
        """
        detections.layout.require(REQUIRED_LANDMARKS, "fitting a body")
        rest = self.model.joint_regressor @ (self.model.template_m + self.model.shape_directions_m @ betas)
        in_world = detections.landmarks_3d.xyz_m @ camera.camera_from_world[:3, :3]
        seen = detections.landmarks_2d.confidence.mean(1) > 0
        rotations = fill_nearest(initial_rotations(in_world, detections.layout.names, rest), seen)
        origin = torch.zeros(len(rotations), 3)
        world_from_rest, _ = skinning_transforms(rest, rotations, origin)
        points = detector_anchors(self.model, detections.layout).posed(betas, world_from_rest)
        trust = landmark_trust(detections)
        limbs = trust * torch.tensor([float(name in LIMBS) for name in detections.layout.names])
        path = initial_path_m(points, detections, camera, limbs)
        lowest = float((points[..., 1].amin(1) + path[:, 1]).median())
        return FitState(
            betas=betas, parent_from_joint=rotations, root_position_m=path, ground=torch.tensor([lowest, 0.0])
        )

    def __call__(
        self,
        detections: Detections,
        camera: Camera,
        start: FitState,
        *,
        fixed_shape: bool,
        fixed_ground: bool,
        points: tuple[ShapedBody, SurfaceTargets] | None = None,
        iterations: int | None = None,
    ) -> FitState:
        """Optimize from a start, in world axes (x right, y up, z toward the camera).

        Args:
            fixed_shape: keep the start's betas, as for frames that must not teach the shape.
            fixed_ground: keep the start's ground plane.
            points: surface points to agree with as well, of a body of the start's shape.
        """
        problem = _Problem(self.model, self.weights, detections, camera, start, points)
        unknowns = problem.unknowns(fixed_shape=fixed_shape, fixed_ground=fixed_ground)
        lr = self.lr if points is None else self.lr * REFINING
        optimizer = torch.optim.Adam([p for p in unknowns if p.requires_grad], lr=lr, betas=(0.9, 0.95))
        count = iterations or self.iterations
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, count, eta_min=lr * 0.05)
        with alone():
            for step in range(count):
                optimizer.zero_grad()
                energy = problem.energy(step / count)
                energy.backward()
                optimizer.step()
                schedule.step()
        return problem.solution()


class _Problem:
    """One clip's unknowns and their energy."""

    def __init__(
        self,
        model: BodyModel,
        weights: FitWeights,
        detections: Detections,
        camera: Camera,
        start: FitState,
        points: tuple[ShapedBody, SurfaceTargets] | None,
    ) -> None:
        self.model, self.w, self.camera, self.start = model, weights, camera, start
        self.points = None if points is None else (*points, measure_thighs(points[0]))
        self.fps, self.layout = float(detections.fps), detections.layout
        self.seen_px, self.trust = detections.landmarks_2d.xy_px, landmark_trust(detections)
        self.person_px = person_heights_px(detections)
        self.basis = PerShotDctBasis(len(self.trust), detections.shot_starts, self.fps)
        self.smoothness = USUAL_FPS / self.fps
        index = {name: i for i, name in enumerate(self.layout.names)}
        camera_from_world = camera.camera_from_world[:3, :3]
        self.bone_ends = torch.tensor([[index[a], index[b]] for a, b in (*BONES, *TRUNK)])
        ends = detections.landmarks_3d.xyz_m[:, self.bone_ends]
        self.seen_bones = (ends[:, :, 1] - ends[:, :, 0]) @ camera_from_world
        weights_of_bones = torch.tensor([weights.bones] * len(BONES) + [weights.trunk] * len(TRUNK))
        self.bone_trust = self.trust[:, self.bone_ends].amin(-1) * weights_of_bones
        seen_head, self.head_trust = head_directions(detections)
        self.seen_head = seen_head @ camera_from_world
        self.sole_index = torch.tensor([[index[f"{side}_{point}"] for point in SOLES] for side in ("left", "right")])
        self.follows = torch.ones(len(self.trust), dtype=torch.bool)
        self.follows[list(detections.shot_starts)] = False
        self.inner = self.follows & self.follows.roll(-1)
        self.planted = planted_in_picture(detections, self.person_px)
        self.standing = standing_frames(detections)
        self.anchors = detector_anchors(model, self.layout)
        self.clearance_m = _clearance_m(model, self.anchors)[self.sole_index]
        template, directions = model.template_m, model.shape_directions_m
        self.rest = model.joint_regressor @ template
        self.rest_directions = torch.einsum("jv,vcb->jcb", model.joint_regressor, directions)

    def unknowns(self, *, fixed_shape: bool, fixed_ground: bool) -> list[Tensor]:
        start_px, start_depth = self.camera.project(in_front_of_camera(self.start.root_position_m, self.camera))
        self.start_px, self.start_depth = start_px, start_depth
        self.start_sixd = self.start.parent_from_joint[..., :2]
        self.turns = torch.zeros(len(start_px), self.start_sixd[0].numel(), requires_grad=True)
        self.path = torch.zeros(len(start_px), 3, requires_grad=True)
        self.betas = self.start.betas.clone().requires_grad_(not fixed_shape)
        self.ground = self.start.ground.clone().requires_grad_(not fixed_ground)
        return [self.turns, self.path, self.betas, self.ground]

    def place_body(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Rotations, root, world transforms and joints of the current unknowns."""
        changes = self.basis(torch.cat([self.turns, self.path], 1))
        turns, path = changes[:, :-3], changes[:, -3:]
        rotations = roma.special_gramschmidt(self.start_sixd + turns.view_as(self.start_sixd))
        shifted = self.start_px + path[:, :2] * self.person_px[:, None]
        root = self.camera.unproject(shifted, self.start_depth * torch.exp(path[:, 2]))
        rest = self.rest + self.rest_directions @ self.betas
        world_from_rest, joints = skinning_transforms(rest, rotations, root)
        return rotations, root, world_from_rest, joints

    def energy(self, progress: float) -> Tensor:
        w = self.w
        rotations, root, world_from_rest, joints = self.place_body()
        marks = skin_anchors(self.anchors.shaped(self.betas), world_from_rest)
        pixels, _ = self.camera.project(marks)
        spread = w.reprojection_spread * (1 + 2 * max(0.0, 1 - 2 * progress))
        total = w.reprojection * energies.reprojection(pixels, self.seen_px, self.trust, self.person_px, spread)
        bones = marks[:, self.bone_ends[:, 1]] - marks[:, self.bone_ends[:, 0]]
        total = total + energies.directions(bones, self.seen_bones, self.bone_trust)
        left_and_ahead = world_from_rest[:, joint("head"), :3, [0, 2]].mT
        total = total + w.head * energies.directions(left_and_ahead, self.seen_head, self.head_trust)
        depth = torch.nn.functional.pad(root[:, 2:], (2, 0))
        total = total + self.smoothness * (
            w.acceleration * energies.acceleration(joints, self.inner, self.fps, w.joint_m_per_s2)
            + w.depth_acceleration * energies.acceleration(depth, self.inner, self.fps, w.depth_m_per_s2)
        )
        total = total + w.rotation * energies.rotation_change(rotations, self.follows, self.fps)
        total = total + w.pose * pose_energy(rotations).mean() + w.hinges * hinge_energy(rotations).mean()
        total = total + w.betas * (self.betas**2).sum()
        soles = marks[:, self.sole_index]
        total = total + w.feet * energies.planted_feet(soles, self.planted, self.follows, self.fps, w.foot_m_per_s)
        height, slope = self.ground
        soles = soles - torch.nn.functional.pad(self.clearance_m[..., None], (1, 1))
        total = total + w.ground * energies.on_the_ground(soles, self.planted, height, slope, w.ground_m)
        up = joints[:, joint("neck")] - joints[:, [joint("left_ankle"), joint("right_ankle")]].mean(1)
        total = total + w.upright * energies.upright(up, self.standing, slope, w.lean) + (slope / 0.1) ** 2 * 0.01
        if self.points is not None:
            body, targets, thighs = self.points
            hands = hand_points_m(*arm_driven_hands(joints, rotations, world_from_rest))
            total = total + w.penetration * energies.penetration(
                thighs.penetration_vectors_m(hands, joints.detach()), w.penetration_m
            )
            more, _ = self.camera.project(skin_vertices(body, targets.vertex, world_from_rest))
            total = total + w.points * energies.reprojection(
                more, targets.xy_px, targets.weights, self.person_px, w.points_spread
            )
        return total

    @torch.no_grad()
    def solution(self) -> FitState:
        rotations, root, _, _ = self.place_body()
        return FitState(
            betas=self.betas.detach(), parent_from_joint=rotations, root_position_m=root, ground=self.ground.detach()
        )


@contextmanager
def alone() -> Iterator[None]:
    """One thread: a step is some hundred small operations, between which several would wait for each other.

    They gain nothing even on 1800 frames, and take several times as long where another program wants a core as well.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _clearance_m(model: BodyModel, anchors: Anchors) -> Float[Tensor, "anchor"]:
    """How far above the soles each landmark is on a standing body: the ground is under the shoe, not in the ankle."""
    rest = anchors.posed(torch.zeros(model.betas), torch.eye(4).expand(1, len(JOINTS), 4, 4))[0]
    return rest[:, 1] - model.template_m[:, 1].min()


def no_clothing_offset() -> Float[Tensor, "joint"]:
    """A naked body."""
    return torch.zeros(len(JOINTS))
