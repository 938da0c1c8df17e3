"""The energy of the video fit: a weighted sum of `energies` over one clip."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.anchors import Anchors, skin_anchors
from motion_transfer.body.arms import arm_driven_joints, hand_points_m
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.priors import hinge_energy, limit_energy, pose_energy
from motion_transfer.body.skeleton import ANKLES, JOINTS, WRISTS, joint, joint_pair
from motion_transfer.body.surface_targets import SurfacePoints, SurfaceTargets
from motion_transfer.body.thighs import Thighs, measure_thighs
from motion_transfer.body.trunk import Trunk
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.fitting import energies
from motion_transfer.fitting.observations import BONES, TRUNK, Observations
from motion_transfer.fitting.parametrization import PosedJoints, Unknowns
from motion_transfer.fitting.windows import Window, windows

# Landmarks err from frame to frame, motion goes on in seconds: the fewer frames a second shows, the more what is known
# of motion counts against them. The weights of accelerations are for clips of this rate.
USUAL_FPS = 30.0
SLOPE_SPREAD, SLOPE_WEIGHT = 0.1, 0.01  # of the ground: cameras are held nearly level
# Points that turn with head, hands and feet: the joint, an axis of it, and how far along it, in metres.
ENDS = (
    *((joint("head"), axis, 0.1) for axis in (0, 2)),
    *((wrist, axis, 0.1) for wrist in WRISTS for axis in (1, 2)),
    *((ankle, 0, 0.15) for ankle in ANKLES),
    *((foot, 2, 0.15) for foot in joint_pair("foot")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FitWeights:
    """Weights of the terms, and the spreads that give them their units.

    Attributes:
        bones, trunk, head: of directions in the detector's 3D landmarks, for limbs, for the lines through shoulders and
            hips, and for the ears' line and the face. The picture alone shows a nod badly: faces differ.
        wrists: of the wrists' axes by the hand landmarks.
        reprojection_spread: of the landmarks, in person heights.
        acceleration, depth_acceleration: at 30 frames a second, see `USUAL_FPS`.
        end_acceleration: of points on head, hands and feet about their joints, whose turn moves no other joint.
        joint_m_per_s2: usual acceleration of joints.
        depth_m_per_s2: usual acceleration of the path toward or away from the camera.
        penetration: of hands inside thighs, where surface points are given: before, the clothing offset is not known.
            Only the arms are moved by it: of the rest, the picture shows more.
        arm_penetration: of arms inside the trunk. It is weak, since a trunk is only about a tube.
    """

    reprojection: float
    bones: float
    trunk: float
    head: float
    wrists: float
    acceleration: float
    depth_acceleration: float
    end_acceleration: float
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
    arm_penetration: float
    penetration_m: float


@value
class Landmarks:
    """The detector's landmarks on the body.

    Attributes:
        sole_clearance_m: height above the soles of each foot's landmarks on a standing body: the ground is under the
            shoe, not in the ankle.
    """

    anchors: Anchors
    sole_clearance_m: Float[Tensor, "foot point"]

    @staticmethod
    def on(model: BodyModel, anchors: Anchors, soles: Tensor) -> "Landmarks":
        """Measure a model at rest; `soles` are the indices of each foot's landmarks."""
        rest = anchors.posed(torch.zeros(model.betas), torch.eye(4).expand(1, len(JOINTS), 4, 4))[0]
        return Landmarks(anchors=anchors, sole_clearance_m=(rest[:, 1] - model.template_m[:, 1].min())[soles])


@value
class WindowSurface:
    """Surface points to agree with in a window's own frames, numbered as it reads them."""

    targets: SurfaceTargets
    points: SurfacePoints
    thighs: Thighs


@value
class Surface:
    """Surface points to agree with, and the body that they lie on."""

    body: ShapedBody
    targets: SurfaceTargets
    thighs: Thighs

    @staticmethod
    def of(body: ShapedBody, targets: SurfaceTargets) -> "Surface":
        """Measure the body's thighs."""
        return Surface(body=body, targets=targets, thighs=measure_thighs(body))

    def within(self, window: Window) -> WindowSurface:
        """What of it a window needs; its points are gathered once, and skinned in every step."""
        targets = window.targets(self.targets)
        return WindowSurface(targets=targets, points=SurfacePoints.of(self.body, targets.vertex), thighs=self.thighs)


@value
class Objective:
    """Unknowns and their posed joints -> the energy of one window; that of the clip is the sum over its windows.

    Attributes:
        seen, seen_kept, seen_paired: in the frames that the window reads, in its own, and in those whose neighbouring
            pairs are its own.
    """

    weights: FitWeights
    window: Window
    seen: Observations
    seen_kept: Observations
    seen_paired: Observations
    camera: Camera
    landmarks: Landmarks
    trunk: Trunk
    surface: WindowSurface | None

    @staticmethod
    def of_windows(
        weights: FitWeights,
        seen: Observations,
        camera: Camera,
        landmarks: Landmarks,
        trunk: Trunk,
        surface: Surface | None,
    ) -> "list[Objective]":
        """The objectives of all windows of a clip, from what was seen in the whole clip."""

        def of_window(window: Window) -> Objective:
            read = seen[window.read]
            return Objective(
                weights=weights,
                window=window,
                seen=read,
                seen_kept=read[window.kept],
                seen_paired=read[window.paired],
                camera=camera,
                landmarks=landmarks,
                trunk=trunk,
                surface=None if surface is None else surface.within(window),
            )

        return [of_window(window) for window in windows(len(seen.trust))]

    def __call__(self, unknowns: Unknowns, body: PosedJoints, progress: float) -> Float[Tensor, ""]:
        """The window's part of the whole energy.

        Args:
            body: in all frames that the window reads.
            progress: fraction of the optimization that is done; the landmarks' spread narrows over its first half.
        """
        landmarks_m = skin_anchors(self.landmarks.anchors.shaped(unknowns.betas), body.world_from_rest)
        height, slope = unknowns.ground
        terms = [
            *self._landmark_terms(landmarks_m, body, progress),
            *self._pose_terms(body),
            self.weights.betas * (unknowns.betas**2).sum(),
            *self._ground_terms(landmarks_m, body, height, slope),
            (slope / SLOPE_SPREAD) ** 2 * SLOPE_WEIGHT,
        ]
        energy = self.window.frame_share * sum(terms[1:], terms[0])
        inside = self.window.frame_share * self._penetration(body)
        return sum([*self._motion_terms(landmarks_m, body), *self._surface_terms(body)], energy + inside)

    def _landmark_terms(
        self, landmarks_m: Float[Tensor, "frame landmark 3"], body: PosedJoints, progress: float
    ) -> list[Tensor]:
        kept = self.window.kept
        w, seen, landmarks_m = self.weights, self.seen_kept, landmarks_m[kept]
        pixels, _ = self.camera.project(landmarks_m)
        spread = w.reprojection_spread * (1 + 2 * max(0.0, 1 - 2 * progress))
        bones = landmarks_m[:, seen.bone_ends[:, 1]] - landmarks_m[:, seen.bone_ends[:, 0]]
        bone_weights = seen.bone_trust * torch.tensor([w.bones] * len(BONES) + [w.trunk] * len(TRUNK))
        wrists = body.world_from_rest[kept][:, WRISTS, :3][..., [0, 2]].mT.flatten(1, 2)
        left_and_ahead = body.world_from_rest[kept, joint("head"), :3][..., [0, 2]].mT
        return [
            w.reprojection * energies.reprojection(pixels, seen.xy_px, seen.trust, seen.person_px, spread),
            energies.directions(bones, seen.bones, bone_weights),
            w.head * energies.directions(left_and_ahead, seen.head, seen.head_trust),
            w.wrists * energies.directions(wrists, seen.wrists, seen.wrist_trust),
        ]

    def _pose_terms(self, body: PosedJoints) -> list[Tensor]:
        w, rotations = self.weights, body.parent_from_joint[self.window.kept]
        beyond_limits = hinge_energy(rotations) + limit_energy(rotations)
        return [w.pose * pose_energy(rotations).mean(), w.hinges * beyond_limits.mean()]

    def _ground_terms(
        self,
        landmarks_m: Float[Tensor, "frame landmark 3"],
        body: PosedJoints,
        height: Float[Tensor, ""],
        slope: Float[Tensor, ""],
    ) -> list[Tensor]:
        kept = self.window.kept
        w, seen, joints_m = self.weights, self.seen_kept, body.joints_m[kept]
        clearance = torch.nn.functional.pad(self.landmarks.sole_clearance_m[..., None], (1, 1))
        soles = landmarks_m[kept][:, seen.soles] - clearance
        level = energies.on_the_ground(soles, seen.planted, height, slope, w.ground_m)
        up = joints_m[:, joint("neck")] - joints_m[:, [joint("left_ankle"), joint("right_ankle")]].mean(1)
        upright = energies.upright(up, seen.standing, slope, w.lean)
        return [w.ground * level, w.upright * upright]

    def _motion_terms(self, landmarks_m: Float[Tensor, "frame landmark 3"], body: PosedJoints) -> list[Tensor]:
        """The terms of frames and their neighbours."""
        w, seen, window, paired = self.weights, self.seen, self.window, self.window.paired
        depth = torch.nn.functional.pad(body.root_position_m[:, 2:], (2, 0))
        ends_m = torch.stack([body.world_from_rest[:, end, :3, axis] * reach_m for end, axis, reach_m in ENDS], 1)
        accelerations = [
            weight * energies.acceleration(points_m, seen.inner, seen.fps, spread)
            for weight, points_m, spread in (
                (w.acceleration, body.joints_m, w.joint_m_per_s2),
                (w.depth_acceleration, depth, w.depth_m_per_s2),
                (w.end_acceleration, ends_m, w.joint_m_per_s2),
            )
        ]
        feet, pairs = landmarks_m[paired][:, seen.soles], self.seen_paired
        still = energies.planted_feet(feet, pairs.planted, pairs.follows, seen.fps, w.foot_m_per_s)
        turns = energies.rotation_change(body.parent_from_joint[paired], pairs.follows, seen.fps)
        return [
            window.triple_share * USUAL_FPS / seen.fps * torch.stack(accelerations).sum(),
            window.pair_share * w.rotation * turns,
            window.pair_share * w.feet * still,
        ]

    def _surface_terms(self, body: PosedJoints) -> list[Tensor]:
        if self.surface is None or not len(self.surface.targets.frames):
            return []
        targets = self.surface.targets
        pixels, _ = self.camera.project(self.surface.points.skinned(body.world_from_rest[targets.frames]))
        person_px = self.seen.person_px[targets.frames]
        off = energies.reprojection(pixels, targets.xy_px, targets.weights, person_px, self.weights.points_spread)
        share = len(targets.frames) / self.window.frames  # the mean is over all frames of the clip
        return [self.weights.points * share * off]

    def _penetration(self, body: PosedJoints) -> Float[Tensor, ""]:
        """Of elbows, forearms and wrists in the trunk, and of hands in thighs."""
        kept, w = self.window.kept, self.weights
        joints_m, world_from_rest = body.joints_m[kept].detach(), body.world_from_rest[kept].detach()
        _, elbows, wrists, knuckles = arm_driven_joints(joints_m, body.parent_from_joint[kept], world_from_rest)
        forearms = torch.stack([elbows, (elbows + wrists) / 2, wrists], 1)  # frame, point, side, 3
        arms_m, seen = forearms.flatten(1, 2), self.seen_kept.arms_seen.repeat(1, forearms.shape[1])
        at_m = arms_m.detach()
        goal_m = at_m + self.trunk.sight_exits_m(at_m, self.camera.position_m, seen, world_from_rest)
        of_arms = w.arm_penetration * energies.penetration((goal_m - arms_m)[:, :, None], w.penetration_m)
        if self.surface is None:
            return of_arms
        in_thighs_m = self.surface.thighs.penetration_vectors_m(hand_points_m(wrists, knuckles), joints_m)
        return of_arms + w.penetration * energies.penetration(in_thighs_m, w.penetration_m)
