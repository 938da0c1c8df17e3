"""Joint positions of a motion file -> joint rotations of an SMPL body.

Only positions are used, never a file's own joint rotations: every exporter has its own rest pose and joint axes, but
where the joints are is the same in all of them. What positions do not determine (the twist of the forearm, where the
hand points) stays at rest relative to its parent.

Notation: F is a frame of three unit columns. A bone with rest frame F0 and posed frame F turns in the world by F F0^T.
"""

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import JOINTS, PARENTS
from motion_transfer.domain.value import value
from motion_transfer.geometry.gaps import fill_linear
from motion_transfer.geometry.rotations import shortest_rotation
from motion_transfer.geometry.smoothing import smooth_over_frames

HINGE_S = 0.08  # width of the filter over the axes about which elbows and knees bend
STRAIGHT_SINE = 0.15  # a limb that is bent by less does not show about which axis it bends
Frames = Float[Tensor, "frame 3 3"]
Track = Float[Tensor, "frame 3"]


@value
class Hinge:
    """An elbow or a knee.

    Attributes:
        axis: about which it bends at rest.
        max_twist_rad: how far the axis may twist about the bone above.
    """

    axis: tuple[float, float, float]
    max_twist_rad: float


ELBOWS = {
    "left": Hinge(axis=(0.0, -1.0, 0.0), max_twist_rad=2.6),
    "right": Hinge(axis=(0.0, 1.0, 0.0), max_twist_rad=2.6),
}
KNEE = Hinge(axis=(1.0, 0.0, 0.0), max_twist_rad=1.7)


def solve_rotations(
    positions: dict[str, Track], rest_joints_m: Float[Tensor, "joint 3"], fps: float, *, foot_slope_rad: float
) -> Float[Tensor, "frame joint 3 3"]:
    """Positions -> local joint rotations that point every bone of the body as the positions show.

    Args:
        positions: by the names of `joint_names.ROLES`; any unit of length, world axes. Head and toes may be
            missing: they then stay at rest against neck and shanks.
        rest_joints_m: the body's joints in the T-pose.
        foot_slope_rad: how steeply the line from ankle to toes rises in the positions where a foot stands flat.
    """
    rest = {name: rest_joints_m[index] for index, name in enumerate(JOINTS)}
    turned: dict[str, Frames] = {}
    trunk, rest_trunk = positions["neck"] - positions["pelvis"], rest["neck"] - rest["pelvis"]
    for name, line in (("pelvis", "hip"), ("spine3", "shoulder")):
        across = positions[f"left_{line}"] - positions[f"right_{line}"]
        # along the trunk first: the line of the shoulders shrugs, that of the hips sways
        turned[name] = _frame(trunk, across) @ _frame(rest_trunk, rest[f"left_{line}"] - rest[f"right_{line}"]).mT
    for name, fraction in (("spine1", 1 / 3), ("spine2", 2 / 3)):
        turned[name] = _between(turned["pelvis"], turned["spine3"], fraction)
    turned["neck"] = turned["spine3"]
    if "head" in positions:
        turned["neck"] = _aim(turned["spine3"], rest["head"] - rest["neck"], positions["head"] - positions["neck"])
    turned["head"] = _between(turned["spine3"], turned["neck"], 0.5)
    for side in ("left", "right"):
        _solve_arm(side, positions, rest, turned, fps)
        _solve_leg(side, positions, rest, turned, fps, foot_slope_rad)
    world = torch.stack([turned[name] for name in JOINTS], 1)
    local = world[:, [max(parent, 0) for parent in PARENTS]].mT @ world
    return torch.cat([world[:, :1], local[:, 1:]], 1)


def _solve_arm(
    side: str, positions: dict[str, Track], rest: dict[str, Tensor], turned: dict[str, Frames], fps: float
) -> None:
    shoulder, elbow, wrist = (positions[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist"))
    upper_rest = rest[f"{side}_elbow"] - rest[f"{side}_shoulder"]
    lower_rest = rest[f"{side}_wrist"] - rest[f"{side}_elbow"]
    collar = turned["spine3"]  # the shoulder girdle's own motion is within the noise of where exporters put it
    upper = _aim_with_hinge(collar, upper_rest, ELBOWS[side], elbow - shoulder, wrist - elbow, fps)
    turned[f"{side}_collar"], turned[f"{side}_shoulder"] = collar, upper
    turned[f"{side}_elbow"] = _aim(upper, lower_rest, wrist - elbow)
    turned[f"{side}_wrist"] = turned[f"{side}_hand"] = turned[f"{side}_elbow"]


def _solve_leg(
    side: str,
    positions: dict[str, Track],
    rest: dict[str, Tensor],
    turned: dict[str, Frames],
    fps: float,
    foot_slope_rad: float,
) -> None:
    hip, knee, ankle = (positions[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
    thigh_rest = rest[f"{side}_knee"] - rest[f"{side}_hip"]
    shank_rest = rest[f"{side}_ankle"] - rest[f"{side}_knee"]
    upper = _aim_with_hinge(turned["pelvis"], thigh_rest, KNEE, knee - hip, ankle - knee, fps)
    lower = _aim(upper, shank_rest, ankle - knee)
    turned[f"{side}_hip"], turned[f"{side}_knee"] = upper, lower
    foot = lower
    if f"{side}_toe" in positions:
        foot_rest = with_slope(rest[f"{side}_foot"] - rest[f"{side}_ankle"], foot_slope_rad)
        foot = _aim(lower, foot_rest, positions[f"{side}_toe"] - ankle)
    turned[f"{side}_ankle"] = turned[f"{side}_foot"] = foot


def with_slope(direction: Float[Tensor, "3"], slope_rad: float) -> Float[Tensor, "3"]:
    """The unit vector over the same ground direction that rises by the given angle."""
    slope = direction.new_tensor(slope_rad)
    level = torch.nn.functional.normalize(direction * direction.new_tensor([1.0, 0.0, 1.0]), dim=-1)
    return level * slope.cos() + direction.new_tensor([0.0, 1.0, 0.0]) * slope.sin()


def _aim(parent: Frames, rest_bone: Float[Tensor, "3"], bone: Track) -> Frames:
    """Turn with the parent, then by the shortest rotation that points the bone as wanted."""
    return shortest_rotation(parent @ rest_bone, bone) @ parent


def _aim_with_hinge(
    parent: Frames, rest_bone: Float[Tensor, "3"], hinge: Hinge, bone: Track, next_bone: Track, fps: float
) -> Frames:
    """As `_aim`, and twist about the bone until the hinge at its end lies as the next bone bends.

    The twist is an angle over time: measured where the limb is bent plausibly, interpolated between, and smoothed, so
    that a limb that is stretched for a moment, or that the capture bends the wrong way, does not flip.
    """
    aimed = _aim(parent, rest_bone, bone)
    along = torch.nn.functional.normalize(bone, dim=-1)
    bent = torch.linalg.cross(along, torch.nn.functional.normalize(next_bone, dim=-1))
    untwisted = _frame(along, (aimed @ rest_bone.new_tensor(hinge.axis)).expand_as(along))
    twist = torch.atan2((bent * untwisted[..., 2]).sum(-1), (bent * untwisted[..., 1]).sum(-1))
    bends = (bent.norm(dim=-1) > STRAIGHT_SINE) & (twist.abs() < hinge.max_twist_rad)
    if not bool(bends.any()):
        return aimed
    twist = smooth_over_frames(fill_linear(twist, bends), fps, sigma_s=HINGE_S)
    return roma.rotvec_to_rotmat(along * twist[:, None]) @ aimed


def _frame(first: Float[Tensor, "*batch 3"], second: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3 3"]:
    """A right-handed frame whose first column is `first` and whose second is `second` made perpendicular to it."""
    x = torch.nn.functional.normalize(first, dim=-1)
    y = torch.nn.functional.normalize(second - (second * x).sum(-1, keepdim=True) * x, dim=-1)
    return torch.stack([x, y, torch.linalg.cross(x, y)], -1)


def _between(first: Frames, last: Frames, fraction: float) -> Frames:
    """The rotation at a fraction of the way from first to last on the shortest arc."""
    return first @ roma.rotvec_to_rotmat(fraction * roma.rotmat_to_rotvec(first.mT @ last))
