"""Self-collision: the arms of a stouter target in a slim source's pose would penetrate its trunk and thighs.

The trunk is a tube of four elliptic cylinders, each fixed to a joint of the spine. An elbow or forearm inside of one is
pushed out to its rim along the way that it lies off the middle, by turning the shoulder, or the elbow. A hand inside of
a thigh is laid onto it by bending the arm.
"""

from dataclasses import dataclass
from fractions import Fraction

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import PosedBody, ShapedBody
from motion_transfer.body.skeleton import HANDS, PARENTS, SIDES, WRISTS, joint
from motion_transfer.body.thighs import hand_points_m, measure_thighs
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.value import value
from motion_transfer.geometry.rotations import shortest_rotation
from motion_transfer.geometry.smoothing import smooth_over_frames
from motion_transfer.retargeting.state import RetargetingState, check_not_negative
from motion_transfer.retargeting.two_bone_ik import move_end_effector

TRUNK = ("pelvis", "spine1", "spine2", "spine3")
OWNERS = frozenset((*TRUNK, "left_hip", "right_hip"))
BELOW_PELVIS_M, BELOW_NECK_M = 0.1, 0.1  # where the tube ends
ARM_M = 0.035  # radius of an arm that comes to rest on the trunk


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

    def __call__(self, state: RetargetingState) -> RetargetingState:
        """Resolve the collisions of the target's body with itself."""
        body, fps = state.target.body, state.source.fps
        return state.with_pose(resolve_self_collisions(state.pose, body, fps, smoothing_s=self.smoothing_s))


@value
class EllipticCylinder:
    """A piece of the trunk at rest, in body axes: an ellipse between two heights, carried by one joint."""

    joint: int
    heights_m: tuple[float, float]
    middle_m: Float[Tensor, "2"]
    half_m: Float[Tensor, "2"]


def resolve_self_collisions(pose: BodyPose, body: ShapedBody, fps: Fraction | float, *, smoothing_s: float) -> BodyPose:
    """Turn shoulders and elbows so that elbows, forearms and wrists leave the trunk, and hands the thighs.

    Args:
        smoothing_s: width of the filter over the shifts.
    """
    cylinders = trunk_cylinders(body)
    for side in SIDES:
        shoulder, elbow, wrist = (joint(f"{side}_{part}") for part in ("shoulder", "elbow", "wrist"))
        posed = body.posed(pose)
        elbow_m = posed.joints_m[:, elbow]
        shift = smooth_over_frames(penetration_vectors_m(elbow_m, posed, cylinders), fps, sigma_s=smoothing_s)
        pose = _turned(pose, posed, shoulder, elbow, elbow_m + shift)
        posed = body.posed(pose)
        elbow_m, wrist_m = posed.joints_m[:, elbow], posed.joints_m[:, wrist]
        at_wrist = penetration_vectors_m(wrist_m, posed, cylinders)
        # The wrist moves twice as far as the middle of the forearm.
        halfway = 2 * penetration_vectors_m((elbow_m + wrist_m) / 2, posed, cylinders)
        farther = halfway.norm(dim=-1, keepdim=True) > at_wrist.norm(dim=-1, keepdim=True)
        shift = smooth_over_frames(torch.where(farther, halfway, at_wrist), fps, sigma_s=smoothing_s)
        pose = _turned(pose, posed, elbow, wrist, wrist_m + shift)
    return _lay_hands_on_thighs(pose, body, fps, smoothing_s=smoothing_s)


def trunk_cylinders(body: ShapedBody) -> list[EllipticCylinder]:
    """The ellipses around the trunk, clothes included."""
    owner = body.model.weights.argmax(1)
    of_trunk = torch.isin(owner, torch.tensor([joint(name) for name in OWNERS]))
    heights = [float(body.rest_joints_m[joint(name), 1]) for name in TRUNK]
    ends = [heights[0] - BELOW_PELVIS_M, *heights[1:], float(body.rest_joints_m[joint("neck"), 1]) - BELOW_NECK_M]
    cylinders, y = [], body.rest_vertices_m[:, 1]
    for name, low, high in zip(TRUNK, ends, ends[1:], strict=False):
        around = body.rest_vertices_m[of_trunk & (y >= low) & (y <= high)][:, [0, 2]]
        if len(around):
            least, most = torch.quantile(around, torch.tensor([0.02, 0.98]), dim=0)
            cylinders.append(
                EllipticCylinder(
                    joint=joint(name), heights_m=(low, high), middle_m=(least + most) / 2, half_m=(most - least) / 2
                )
            )
    return cylinders


def penetration_vectors_m(
    points_m: Float[Tensor, "frame 3"], posed: PosedBody, cylinders: list[EllipticCylinder]
) -> Float[Tensor, "frame 3"]:
    """The way from each point to where it lies on the trunk; nothing for points outside."""
    shift = torch.zeros_like(points_m)
    for piece in cylinders:
        rotation = posed.world_from_rest[:, piece.joint, :3, :3]
        origin = posed.world_from_rest[:, piece.joint, :3, 3]
        at_rest = (rotation.mT @ (points_m - origin)[..., None])[..., 0]
        off = at_rest[:, [0, 2]] - piece.middle_m
        share = (off / (piece.half_m + ARM_M)).norm(dim=-1, keepdim=True).clamp(min=1e-3)  # of the way to the rim
        low, high = piece.heights_m
        inside = (share[:, 0] < 1) & (at_rest[:, 1] >= low) & (at_rest[:, 1] < high)
        out = off * (1 / share - 1) * inside[:, None]
        shift = shift + (rotation[..., [0, 2]] @ out[..., None])[..., 0]
    return shift


def _lay_hands_on_thighs(pose: BodyPose, body: ShapedBody, fps: Fraction | float, *, smoothing_s: float) -> BodyPose:
    """Bend the arms so that no hand is inside of a thigh; elbows give way backward.

    A hand moves as one, along the mean way of its points and as far as the deepest has to.
    """
    thighs, posed = measure_thighs(body), body.posed(pose)
    joints = posed.joints_m
    hands = hand_points_m(joints[:, WRISTS], joints[:, HANDS]).unflatten(1, (len(SIDES), -1))
    right_to_left = posed.world_from_rest[:, joint("spine3"), :3, 0]
    for number, side in enumerate(SIDES):
        ways = thighs.penetration_vectors_m(hands[:, number], joints).flatten(1, 2)
        way = torch.nn.functional.normalize(ways.sum(1), dim=-1) * ways.norm(dim=-1).amax(1, keepdim=True)
        arm = (joint(f"{side}_shoulder"), joint(f"{side}_elbow"), joint(f"{side}_wrist"))
        shoulder_m, elbow_m, wrist_m = (joints[:, j] for j in arm)
        wanted = wrist_m + smooth_over_frames(way, fps, sigma_s=smoothing_s)
        reach = (elbow_m - shoulder_m).norm(dim=-1) + (wrist_m - elbow_m).norm(dim=-1)
        if (way != 0).any():
            pose = move_end_effector(pose, posed, arm, wanted, -right_to_left, reach)
    return pose


def _turned(pose: BodyPose, posed: PosedBody, near: int, far: int, wanted_m: Float[Tensor, "frame 3"]) -> BodyPose:
    """Turn the near joint so that the far one lies in the direction of the place wanted."""
    start = posed.joints_m[:, near]
    turn = shortest_rotation(posed.joints_m[:, far] - start, wanted_m - start)
    world = posed.world_from_rest[..., :3, :3]
    rotations = pose.parent_from_joint.clone()
    rotations[:, near] = world[:, PARENTS[near]].mT @ turn @ world[:, near]
    return BodyPose(parent_from_joint=rotations, root_position_m=pose.root_position_m)
