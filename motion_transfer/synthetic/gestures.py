"""What the arms and the trunk do in a dance: eased keyframes of anatomical angles."""

import numpy as np
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import JOINTS, joint
from motion_transfer.synthetic.footwork import ease

# Angles of an arm in degrees, from the T-pose: raised above the horizontal, turned forward about the vertical, swung
# forward about the line through both shoulders, upper arm turned about itself (negative: forearm upward), elbow bent.
HANGING = (-72, 0, 0, 0, 15)
ARM_POSES = {
    "rest": (HANGING, (-70, 0, 18, 0, 35), (-70, 0, -18, 0, 15)),
    "waves": (
        (0, 8, 0, 0, 12),
        (58, 15, 0, 0, 15),
        (5, 15, 0, -75, 85),
        (35, 25, 0, -20, 35),
        (-20, 10, 0, -60, 70),
        (62, 20, 0, -10, 50),
    ),
    "reaches": (HANGING, (-55, 45, 20, 0, 80), (-58, 10, 30, 0, 95), (-45, 10, 0, 0, 40), (-30, 40, 0, 0, 60)),
}


def arm_angles(
    clock_s: Float[np.ndarray, "frame"], generator: np.random.Generator, gestures: tuple[str, ...]
) -> Float[np.ndarray, "frame 2 5"]:
    """Left and right arm: a new pose about every second, often the same on both sides; radians."""
    poses = np.array([pose for gesture in gestures for pose in ARM_POSES[gesture]], float)
    now = np.array([HANGING, HANGING], float)
    angles = np.broadcast_to(now, (len(clock_s), 2, 5)).copy()
    time_s = 0.2
    while time_s < clock_s[-1]:
        both = generator.integers(len(poses), size=2)
        target = poses[[both[0], both[0]] if generator.random() < 0.5 else both] + generator.normal(0, 3, (2, 5))
        target[:, 4] = target[:, 4].clip(5, 130)
        length_s = generator.uniform(0.6, 1.0)
        angles += ease((clock_s - time_s) / length_s)[:, None, None] * (target - now)
        now = target
        time_s += length_s + generator.uniform(0.0, 0.4)
    if "waves" in gestures:  # forearms never rest in a wave
        angles[..., 4] += 12 * np.sin(2 * np.pi * clock_s * generator.uniform(0.8, 1.3))[:, None]
    angles[..., 4] = angles[..., 4].clip(3, 140)
    return np.radians(angles)


def arm_rotations(angles: Float[np.ndarray, "frame 2 5"]) -> dict[int, Float[Tensor, "frame 3 3"]]:
    """Rotations of collars, shoulders, elbows and wrists."""
    rotations = {}
    for number, (side, sign) in enumerate((("left", 1.0), ("right", -1.0))):
        raised, forward, swung, turned, bent = torch.tensor(angles[:, number]).unbind(-1)
        shrug = 0.2 * raised.clamp(min=0)  # the shoulder girdle takes part of a raised arm
        rotations[joint(f"{side}_collar")] = about("z", sign * shrug)
        shoulder = about("x", -swung) @ about("y", -sign * forward) @ about("z", sign * (raised - shrug))
        rotations[joint(f"{side}_shoulder")] = shoulder @ about("x", turned)
        rotations[joint(f"{side}_elbow")] = about("y", -sign * bent)
        rotations[joint(f"{side}_wrist")] = about("z", -sign * 0.15 * bent)
    return rotations


def trunk_rotations(
    clock_s: Float[np.ndarray, "frame"],
    generator: np.random.Generator,
    bow: Float[np.ndarray, "frame"],
    sway: float,
) -> dict[int, Float[Tensor, "frame 3 3"]]:
    """Spine, neck and head: slow swinging of the given amplitude (radians), and a bow shared by the spine's joints."""
    wave = [
        torch.tensor(np.sin(2 * np.pi * clock_s * generator.uniform(0.35, 0.7) + generator.uniform(0, 2 * np.pi)))
        for _ in range(5)
    ]
    spine = about("x", torch.tensor(bow) / 3) @ about("y", sway * 0.5 * wave[0]) @ about("z", sway * 0.4 * wave[1])
    rotations = {joint(name): spine for name in JOINTS if name.startswith("spine")}
    rotations[joint("neck")] = about("x", -0.3 * torch.tensor(bow)) @ about("y", 0.15 * wave[2])
    rotations[joint("head")] = about("y", 0.15 * wave[3]) @ about("z", 0.1 * wave[4])
    return rotations


def about(axis: str, angle: Float[Tensor, "frame"]) -> Float[Tensor, "frame 3 3"]:
    """Rotation about one axis, right-handed."""
    vector = angle.new_zeros(len(angle), 3)
    vector[:, "xyz".index(axis)] = angle
    return roma.rotvec_to_rotmat(vector)
