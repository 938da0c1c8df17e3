"""Self-collision: the arms of a stouter target in a slim source's pose would penetrate its trunk and thighs.

An elbow or forearm inside of the trunk swings out of it about the line from shoulder to wrist, which leaves the hand
where it is. What is still inside is pushed out to the surface by rotating the shoulder or the elbow. A hand inside of a
thigh is laid onto it by two-bone IK of the arm.
"""

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.arms import hand_points_m
from motion_transfer.body.posing import PosedBody, ShapedBody
from motion_transfer.body.skeleton import ELBOWS, HANDS, PARENTS, SHOULDERS, SIDES, WRISTS, joint
from motion_transfer.body.thighs import measure_thighs
from motion_transfer.body.trunk import Trunk, measure_trunk
from motion_transfer.body.two_bone_ik import move_end_effector
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.geometry.rotations import shortest_rotation
from motion_transfer.geometry.smoothing import smooth_over_frames
from motion_transfer.retargeting.shots import shot_by_shot
from motion_transfer.retargeting.state import RetargetingState, check_not_negative

SWINGS, PUSHES = 4, 3  # each sees the trunk at another place of the arm
MOST_SWING_RAD = math.radians(25)  # in one swing
LEAST_BEND_M = 0.02  # of the elbow from the line that it swings about; less bends count as this


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCollisionResolver:
    """Turns the joints of the arms so that the arms leave the trunk, and the hands the thighs.

    Attributes:
        smoothing_s: width of the filter over the shifts of elbows and wrists.

    Raises:
        ValueError: a setting is negative.
    """

    smoothing_s: float

    def __post_init__(self) -> None:
        check_not_negative(smoothing_s=self.smoothing_s)

    @shot_by_shot
    def __call__(self, state: RetargetingState) -> RetargetingState:
        """Resolve the collisions of the target's body with itself."""
        body, fps = state.target.body, state.source.fps
        return state.with_pose(resolve_self_collisions(state.pose, body, fps, smoothing_s=self.smoothing_s))


def resolve_self_collisions(pose: BodyPose, body: ShapedBody, fps: Fraction | float, *, smoothing_s: float) -> BodyPose:
    """Rotate shoulders and elbows so that elbows, forearms and wrists leave the trunk, and hands the thighs.

    Args:
        smoothing_s: width of the filter over the shifts.
    """
    return _lay_hands_on_thighs(arms_out_of_trunk(pose, body, fps, smoothing_s=smoothing_s), body, fps, smoothing_s)


def arms_out_of_trunk(
    pose: BodyPose, body: ShapedBody, fps: Fraction | float, *, smoothing_s: float, sunk_m: float = 0.0
) -> BodyPose:
    """Rotate shoulders and elbows so that elbows, forearms and wrists leave the trunk.

    Args:
        smoothing_s: width of the filter over the shifts.
        sunk_m: how deep an arm may stay where only moving the hand would bring it out.
    """
    trunk = measure_trunk(body)
    for arm in zip(SHOULDERS, ELBOWS, WRISTS, strict=True):
        for _ in range(SWINGS):
            pose = _swung_out(pose, body.posed(pose), trunk, arm, fps, smoothing_s)
        for _ in range(PUSHES):
            pose = _pushed_out(pose, body, trunk, arm, fps, smoothing_s, sunk_m)
    return pose


def _pushed_out(
    pose: BodyPose,
    body: ShapedBody,
    trunk: Trunk,
    arm: tuple[int, int, int],
    fps: Fraction | float,
    smoothing_s: float,
    sunk_m: float,
) -> BodyPose:
    """Rotate a shoulder for its elbow, and then the elbow for forearm and wrist."""
    shoulder, elbow, wrist = arm
    posed = body.posed(pose)
    elbow_m = posed.joints_m[:, elbow]
    vectors = _beyond(trunk.penetration_vectors_m(elbow_m, posed.world_from_rest), sunk_m)
    target_m = elbow_m + smooth_over_frames(vectors, fps, sigma_s=smoothing_s)
    pose = _aimed(pose, posed, shoulder, elbow, target_m)
    posed = body.posed(pose)
    vectors = _forearm_vectors_m(trunk, posed, elbow, wrist, sunk_m)
    target_m = posed.joints_m[:, wrist] + smooth_over_frames(vectors, fps, sigma_s=smoothing_s)
    return _aimed(pose, posed, elbow, wrist, target_m)


def _swung_out(
    pose: BodyPose,
    posed: PosedBody,
    trunk: Trunk,
    arm: tuple[int, int, int],
    fps: Fraction | float,
    smoothing_s: float,
) -> BodyPose:
    """Turn an arm about the line from shoulder to wrist, elbow and forearm out of the trunk; the hand stays."""
    shoulder, elbow, wrist = arm
    start_m, middle_m, end_m = (posed.joints_m[:, j] for j in arm)
    axis = torch.nn.functional.normalize(end_m - start_m, dim=-1)
    bend = middle_m - start_m
    bend = bend - (bend * axis).sum(-1, keepdim=True) * axis
    radius_m = bend.norm(dim=-1, keepdim=True).clamp(min=LEAST_BEND_M)
    ahead = torch.linalg.cross(axis, bend / radius_m)
    at_elbow, halfway = (
        (trunk.penetration_vectors_m(point, posed.world_from_rest) * ahead).sum(-1, keepdim=True) / radius_m
        for point in (middle_m, (middle_m + end_m) / 2)
    )
    # The middle of the forearm moves half as far as the elbow.
    angle = torch.where(2 * halfway.abs() > at_elbow.abs(), 2 * halfway, at_elbow)
    angle = smooth_over_frames(angle.clamp(-MOST_SWING_RAD, MOST_SWING_RAD), fps, sigma_s=smoothing_s)
    turned = angle[:, 0] != 0
    rotations = pose.parent_from_joint.clone()
    for turning, parent, turn in ((shoulder, PARENTS[shoulder], angle), (wrist, elbow, -angle)):
        seen_from_parent = posed.world_from_rest[:, parent, :3, :3].mT @ axis[..., None]
        about = torch.nn.functional.normalize(seen_from_parent[..., 0], dim=-1)
        rotations[turned, turning] = (roma.rotvec_to_rotmat(turn * about) @ rotations[:, turning])[turned]
    return replace(pose, parent_from_joint=rotations)


def _forearm_vectors_m(
    trunk: Trunk, posed: PosedBody, elbow: int, wrist: int, sunk_m: float
) -> Float[Tensor, "frame 3"]:
    """The shift of the wrist that brings out the wrist and the middle of the forearm."""
    elbow_m, wrist_m = posed.joints_m[:, elbow], posed.joints_m[:, wrist]
    at_wrist, halfway = (
        _beyond(trunk.penetration_vectors_m(point, posed.world_from_rest), sunk_m)
        for point in (wrist_m, (elbow_m + wrist_m) / 2)
    )
    # The wrist moves twice as far as the middle of the forearm.
    farther = 2 * halfway.norm(dim=-1, keepdim=True) > at_wrist.norm(dim=-1, keepdim=True)
    return torch.where(farther, 2 * halfway, at_wrist)


def _beyond(vectors_m: Float[Tensor, "frame 3"], length_m: float) -> Float[Tensor, "frame 3"]:
    """Vectors, shorter by a length."""
    lengths = vectors_m.norm(dim=-1, keepdim=True).clamp(min=1e-9)
    return vectors_m * (1 - length_m / lengths).clamp(min=0)


def _lay_hands_on_thighs(pose: BodyPose, body: ShapedBody, fps: Fraction | float, smoothing_s: float) -> BodyPose:
    """Bend the arms so that no hand penetrates a thigh; elbows move backward.

    A hand moves as a whole, along the mean penetration vector of its points and as far as the deepest of them.
    """
    thighs, posed = measure_thighs(body), body.posed(pose)
    joints = posed.joints_m
    hands = hand_points_m(joints[:, WRISTS], joints[:, HANDS]).unflatten(1, (len(SIDES), -1))
    right_to_left = posed.world_from_rest[:, joint("spine3"), :3, 0]
    for index, arm in enumerate(zip(SHOULDERS, ELBOWS, WRISTS, strict=True)):
        vectors = thighs.penetration_vectors_m(hands[:, index], joints).flatten(1, 2)
        shift = torch.nn.functional.normalize(vectors.sum(1), dim=-1) * vectors.norm(dim=-1).amax(1, keepdim=True)
        if (shift != 0).any():
            shoulder_m, elbow_m, wrist_m = (joints[:, j] for j in arm)
            target_m = wrist_m + smooth_over_frames(shift, fps, sigma_s=smoothing_s)
            reach_m = (elbow_m - shoulder_m).norm(dim=-1) + (wrist_m - elbow_m).norm(dim=-1)
            pose = move_end_effector(pose, posed, arm, target_m, -right_to_left, reach_m)
    return pose


def _aimed(pose: BodyPose, posed: PosedBody, near: int, far: int, target_m: Float[Tensor, "frame 3"]) -> BodyPose:
    """Rotate the near joint so that the far one lies in the direction of its target."""
    start_m = posed.joints_m[:, near]
    turn = shortest_rotation(posed.joints_m[:, far] - start_m, target_m - start_m)
    world = posed.world_from_rest[..., :3, :3]
    rotations = pose.parent_from_joint.clone()
    rotations[:, near] = world[:, PARENTS[near]].mT @ turn @ world[:, near]
    return replace(pose, parent_from_joint=rotations)
