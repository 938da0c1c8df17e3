"""Dances out of nothing: smooth motions of a whole body whose planted feet never slide.

Feet are planned first (`footwork`), the pelvis follows above them, and the legs are solved for in closed form.
"""

from fractions import Fraction

import numpy as np
import torch
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.skeleton import JOINTS, PARTS
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape
from motion_transfer.synthetic.footwork import Footwork, FootworkPlan
from motion_transfer.synthetic.gestures import about, arm_angles, arm_rotations, trunk_rotations
from motion_transfer.synthetic.leg_kinematics import leg_joints, place_foot

FEET_MOVES = ("steps", "turns", "squats", "jumps", "sways")
ARM_MOVES = ("waves", "reaches")
SIDES = ("left", "right")
STRAIGHTEST = 0.985  # share of the leg's length that a standing leg spans
TOE_DROP_PER_M = 2.0  # how far the toes of a lifted foot point down, radians per metre: never below the ground


def dance(
    model: BodyModel, shape: BodyShape, *, seconds: float, fps: Fraction, seed: int, moves: tuple[str, ...]
) -> BodyMotion:
    """Make up a dance around the origin that starts facing the camera (+z).

    Args:
        moves: what it consists of, of `steps`, `turns` (up to full turns), `squats`, `jumps`, `sways` for the feet and
            `waves`, `reaches` for the arms; arms that do neither swing at the sides.

    Raises:
        ValueError: a move is unknown.
    """
    unknown = [move for move in moves if move not in FEET_MOVES + ARM_MOVES]
    if unknown:
        raise ValueError(f"expected moves among {', '.join(FEET_MOVES + ARM_MOVES)}, got {', '.join(unknown)}")
    generator = np.random.default_rng(seed)
    shaped = shape_body(model, shape)
    rest = shaped.rest_joints_m.double()
    feet_moves = [move for move in moves if move in FEET_MOVES] or ["sways"]
    plan = FootworkPlan(seconds, fps, generator, float((rest[1] - rest[2]).norm()))
    order: list[str] = []
    while not plan.finished:  # all moves in changing order, again and again
        order = order or [feet_moves[i] for i in generator.permutation(len(feet_moves))]
        plan.add(order.pop())
    feet = plan.result()
    clock_s = np.arange(len(feet.crouch_m)) / float(fps)

    rotations = torch.eye(3, dtype=torch.float64).repeat(len(clock_s), len(JOINTS), 1, 1)
    gestures = tuple(move for move in moves if move in ARM_MOVES) or ("rest",)
    sway = generator.uniform(0.12, 0.3) if "sways" in moves else 0.1
    found = arm_rotations(arm_angles(clock_s, generator, gestures))
    found |= trunk_rotations(clock_s, generator, 1.2 * feet.crouch_m, sway)
    for index, rotation in found.items():
        rotations[:, index] = rotation
    rotations[:, 0] = _pelvis(feet, clock_s, generator, sway, fps)
    root = _solve_legs(shaped, feet, rotations, fps)
    return BodyMotion(
        shape=shape,
        pose=BodyPose(parent_from_joint=rotations.float(), root_position_m=root.float()),
        fps=fps,
        confidence=torch.ones(len(clock_s)),
        foot_contacts=torch.tensor(feet.planted),
    )


def sole_height_m(shaped: ShapedBody, side: str) -> float:
    """How far a side's ankle stands above the sole of its foot at rest, clothes included."""
    foot = shaped.model.part_of_vertex == PARTS.index(f"{side}_foot")
    return float(shaped.rest_joints_m[leg_joints(side)[2], 1] - shaped.rest_vertices_m[foot, 1].min())


def _pelvis(
    feet: Footwork, clock_s: np.ndarray, generator: np.random.Generator, sway: float, fps: Fraction
) -> Float[Tensor, "frame 3 3"]:
    yaw = torch.tensor(gaussian_filter1d(feet.body_yaw, 0.12 * float(fps), mode="nearest"))
    roll = 0.4 * sway * np.sin(2 * np.pi * clock_s * generator.uniform(0.7, 1.0))
    return about("y", yaw) @ about("x", torch.tensor(0.6 * feet.crouch_m)) @ about("z", torch.tensor(roll))


def _solve_legs(
    shaped: ShapedBody, feet: Footwork, rotations: Float[Tensor, "frame joint 3 3"], fps: Fraction
) -> Float[Tensor, "frame 3"]:
    """Fill in the legs' rotations; gives the root's path."""
    rest = shaped.rest_joints_m.double()
    pelvis = rotations[:, 0]
    weight = np.where(feet.planted, 1.0, 0.35)[..., None]
    support = (feet.place_m[..., [0, 2]] * weight).sum(1) / weight.sum(1)
    middle = torch.tensor(gaussian_filter1d(support, 0.12 * float(fps), axis=0, mode="nearest"))
    ankles, hips, highest = [], [], []
    for number, side in enumerate(SIDES):
        hip, knee, ankle = leg_joints(side)
        target = torch.tensor(feet.place_m[:, number])
        target[:, 1] += sole_height_m(shaped, side)
        offset = pelvis @ (rest[hip] - rest[0])
        away = middle + offset[:, [0, 2]] - target[:, [0, 2]]
        span = STRAIGHTEST * ((rest[hip] - rest[knee]).norm() + (rest[knee] - rest[ankle]).norm())
        highest.append(target[:, 1] - offset[:, 1] + (span**2 - away.square().sum(-1)).clamp(min=0.01).sqrt())
        ankles.append(target)
        hips.append(offset)
    sharpness = 60.0  # soft minimum: both legs reach the ground, without a kink where the other one becomes decisive
    height = -torch.logsumexp(-sharpness * torch.stack(highest), 0) / sharpness - torch.tensor(feet.crouch_m)
    root = torch.stack([middle[:, 0], height, middle[:, 1]], -1)
    for number, side in enumerate(SIDES):
        lifted = torch.tensor(feet.place_m[:, number, 1])
        turned = about("y", torch.tensor(feet.yaw[:, number])) @ about("x", TOE_DROP_PER_M * lifted)
        joints = leg_joints(side)
        solved = place_foot(rest[list(joints)], pelvis, root + hips[number], ankles[number], turned)
        for index, rotation in zip(joints, (solved.hip, solved.knee, solved.ankle), strict=True):
            rotations[:, index] = rotation
    return root
