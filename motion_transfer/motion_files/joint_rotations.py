"""Joint positions of a motion file -> joint rotations of an SMPL body.

Only positions are used, never a file's own joint rotations: every exporter has its own rest pose and joint axes, but
where the joints are is the same in all of them. What positions do not determine (the twist of the forearm, where the
hand points) stays at rest relative to its parent.

Notation: F is a frame of three unit columns. A bone with rest frame F0 and posed frame F turns in the world by F F0^T.
"""

import roma
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.body.skeleton import JOINTS, PARENTS, SIDES
from motion_transfer.domain.value import value
from motion_transfer.geometry.gaps import fill_linear
from motion_transfer.geometry.rotations import shortest_rotation
from motion_transfer.geometry.smoothing import smooth_over_frames

AT_ONCE = 256  # frames that are solved at once
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


@value
class Limb:
    """Two bones with a hinge between them: from joint to joint, and what the first turns with."""

    parent: str
    upper: str
    middle: str
    lower: str
    hinge: Hinge


LIMBS = tuple(
    limb
    for side in SIDES
    for limb in (
        Limb(
            parent="spine3",
            upper=f"{side}_shoulder",
            middle=f"{side}_elbow",
            lower=f"{side}_wrist",
            hinge=ELBOWS[side],
        ),
        Limb(parent="pelvis", upper=f"{side}_hip", middle=f"{side}_knee", lower=f"{side}_ankle", hinge=KNEE),
    )
)


def solve_rotations(
    positions: dict[str, Track], rest_joints_m: Float[Tensor, "joint 3"], fps: float, *, foot_slope_rad: float
) -> Float[Tensor, "frame joint 3 3"]:
    """Positions -> local joint rotations that point every bone of the body as the positions show.

    A piece at a time is solved; only the twists of upper arms and thighs depend on other frames, and come first.

    Args:
        positions: by the names of `joint_names.ROLES`; any unit of length, world axes. Head and toes may be
            missing: they then stay at rest against neck and shanks.
        rest_joints_m: the body's joints in the T-pose.
        foot_slope_rad: how steeply the line from ankle to toes rises in the positions where a foot stands flat.
    """
    rest = {name: rest_joints_m[index] for index, name in enumerate(JOINTS)}
    pieces = [slice(start, start + AT_ONCE) for start in range(0, len(positions["pelvis"]), AT_ONCE)]
    twists = _limb_twists(positions, rest, fps, pieces)
    local = rest_joints_m.new_empty(len(positions["pelvis"]), len(JOINTS), 3, 3)
    for piece in pieces:
        some = {name: track[piece] for name, track in positions.items()}
        turned = _solve_trunk(some, rest)
        for side in SIDES:
            _solve_arm(side, some, rest, turned, twists[f"{side}_shoulder"][piece])
            _solve_leg(side, some, rest, turned, twists[f"{side}_hip"][piece], foot_slope_rad)
        local[piece] = local_rotations(torch.stack([turned[name] for name in JOINTS], 1))
    return local


def local_rotations(world: Float[Tensor, "frame joint 3 3"]) -> Float[Tensor, "frame joint 3 3"]:
    """World rotations of the body's joints -> those against their parents."""
    local = world[:, [max(parent, 0) for parent in PARENTS]].mT @ world
    return torch.cat([world[:, :1], local[:, 1:]], 1)


def _solve_trunk(positions: dict[str, Track], rest: dict[str, Tensor]) -> dict[str, Frames]:
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
    return turned


def _limb_twists(
    positions: dict[str, Track], rest: dict[str, Tensor], fps: float, pieces: list[slice]
) -> dict[str, Float[Tensor, "frame"]]:
    """How far upper arms and thighs twist about themselves, over time.

    Measured where the limb is bent plausibly, interpolated between, and smoothed, so that a limb that is stretched for
    a moment, or that the capture bends the wrong way, does not flip.
    """
    count = len(positions["pelvis"])
    twists = {limb.upper: rest["pelvis"].new_empty(count) for limb in LIMBS}
    shown = {limb.upper: torch.empty(count, dtype=torch.bool) for limb in LIMBS}
    for piece in pieces:
        some = {name: track[piece] for name, track in positions.items()}
        turned = _solve_trunk(some, rest)
        for limb in LIMBS:
            upper, middle, lower = (some[name] for name in (limb.upper, limb.middle, limb.lower))
            aimed = _aim(turned[limb.parent], rest[limb.middle] - rest[limb.upper], middle - upper)
            found = _measured_twist(aimed, limb.hinge, middle - upper, lower - middle)
            twists[limb.upper][piece], shown[limb.upper][piece] = found
    return {name: _filled(twist, shown[name], fps) for name, twist in twists.items()}


def _measured_twist(
    aimed: Frames, hinge: Hinge, bone: Track, next_bone: Track
) -> tuple[Float[Tensor, "frame"], Bool[Tensor, "frame"]]:
    """The twist about the bone that lays the hinge at its end as the next bone bends, and whether that shows."""
    along = torch.nn.functional.normalize(bone, dim=-1)
    bent = torch.linalg.cross(along, torch.nn.functional.normalize(next_bone, dim=-1))
    untwisted = _frame(along, (aimed @ aimed.new_tensor(hinge.axis)).expand_as(along))
    twist = torch.atan2((bent * untwisted[..., 2]).sum(-1), (bent * untwisted[..., 1]).sum(-1))
    return twist, (bent.norm(dim=-1) > STRAIGHT_SINE) & (twist.abs() < hinge.max_twist_rad)


def _filled(twist: Float[Tensor, "frame"], shown: Bool[Tensor, "frame"], fps: float) -> Float[Tensor, "frame"]:
    """Twists of all frames; none where no frame shows one."""
    if not bool(shown.any()):
        return torch.zeros_like(twist)
    return smooth_over_frames(fill_linear(twist, shown), fps, sigma_s=HINGE_S)


def _solve_arm(
    side: str,
    positions: dict[str, Track],
    rest: dict[str, Tensor],
    turned: dict[str, Frames],
    twist: Float[Tensor, "frame"],
) -> None:
    shoulder, elbow, wrist = (positions[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist"))
    upper_rest = rest[f"{side}_elbow"] - rest[f"{side}_shoulder"]
    lower_rest = rest[f"{side}_wrist"] - rest[f"{side}_elbow"]
    collar = turned["spine3"]  # the shoulder girdle's own motion is within the noise of where exporters put it
    upper = _twisted(_aim(collar, upper_rest, elbow - shoulder), elbow - shoulder, twist)
    turned[f"{side}_collar"], turned[f"{side}_shoulder"] = collar, upper
    turned[f"{side}_elbow"] = _aim(upper, lower_rest, wrist - elbow)
    turned[f"{side}_wrist"] = turned[f"{side}_hand"] = turned[f"{side}_elbow"]


def _solve_leg(
    side: str,
    positions: dict[str, Track],
    rest: dict[str, Tensor],
    turned: dict[str, Frames],
    twist: Float[Tensor, "frame"],
    foot_slope_rad: float,
) -> None:
    hip, knee, ankle = (positions[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
    thigh_rest = rest[f"{side}_knee"] - rest[f"{side}_hip"]
    shank_rest = rest[f"{side}_ankle"] - rest[f"{side}_knee"]
    upper = _twisted(_aim(turned["pelvis"], thigh_rest, knee - hip), knee - hip, twist)
    lower = _aim(upper, shank_rest, ankle - knee)
    turned[f"{side}_hip"], turned[f"{side}_knee"] = upper, lower
    foot = lower
    if f"{side}_toe" in positions:
        foot_rest = with_slope(rest[f"{side}_foot"] - rest[f"{side}_ankle"], foot_slope_rad)
        foot = _aim(lower, foot_rest, positions[f"{side}_toe"] - ankle)
    turned[f"{side}_ankle"] = turned[f"{side}_foot"] = foot


def _twisted(aimed: Frames, bone: Track, twist: Float[Tensor, "frame"]) -> Frames:
    """Turned about the bone as well."""
    along = torch.nn.functional.normalize(bone, dim=-1)
    return roma.rotvec_to_rotmat(along * twist[:, None]) @ aimed


def with_slope(direction: Float[Tensor, "3"], slope_rad: float) -> Float[Tensor, "3"]:
    """The unit vector over the same ground direction that rises by the given angle."""
    slope = direction.new_tensor(slope_rad)
    level = torch.nn.functional.normalize(direction * direction.new_tensor([1.0, 0.0, 1.0]), dim=-1)
    return level * slope.cos() + direction.new_tensor([0.0, 1.0, 0.0]) * slope.sin()


def _aim(parent: Frames, rest_bone: Float[Tensor, "3"], bone: Track) -> Frames:
    """Turn with the parent, then by the shortest rotation that points the bone as wanted."""
    return shortest_rotation(parent @ rest_bone, bone) @ parent


def _frame(first: Float[Tensor, "*batch 3"], second: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3 3"]:
    """A right-handed frame whose first column is `first` and whose second is `second` made perpendicular to it."""
    x = torch.nn.functional.normalize(first, dim=-1)
    y = torch.nn.functional.normalize(second - (second * x).sum(-1, keepdim=True) * x, dim=-1)
    return torch.stack([x, y, torch.linalg.cross(x, y)], -1)


def _between(first: Frames, last: Frames, fraction: float) -> Frames:
    """The rotation at a fraction of the way from first to last on the shortest arc."""
    return first @ roma.rotvec_to_rotmat(fraction * roma.rotmat_to_rotvec(first.mT @ last))
