"""Poses at random within the usual ranges of people's joints: sitting, crouching, reaching, whatever no dance shows."""

import numpy as np
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import JOINTS

# Radians about x, y and z from the T-pose, of the middle and the left side; y and z are opposite on the right.
RANGES_RAD = {
    "pelvis": ((-0.2, 0.5), (-0.2, 0.2), (-0.2, 0.2)),
    "spine1": ((-0.1, 0.45), (-0.25, 0.25), (-0.2, 0.2)),
    "spine2": ((-0.1, 0.35), (-0.25, 0.25), (-0.2, 0.2)),
    "spine3": ((-0.1, 0.25), (-0.2, 0.2), (-0.15, 0.15)),
    "neck": ((-0.3, 0.4), (-0.4, 0.4), (-0.25, 0.25)),
    "head": ((-0.3, 0.3), (-0.4, 0.4), (-0.2, 0.2)),
    "collar": ((-0.05, 0.05), (-0.15, 0.1), (-0.1, 0.25)),
    "shoulder": ((-0.9, 0.9), (-1.6, 0.6), (-1.4, 1.2)),
    "elbow": ((-0.7, 0.7), (-2.4, 0.0), (-0.05, 0.05)),
    "wrist": ((-0.4, 0.4), (-0.3, 0.3), (-0.7, 0.7)),
    "hip": ((-2.0, 0.5), (-0.6, 0.6), (-0.3, 0.9)),
    "knee": ((0.0, 2.3), (-0.1, 0.1), (-0.05, 0.05)),
    "ankle": ((-0.4, 0.7), (-0.3, 0.3), (-0.2, 0.2)),
}


def random_poses(generator: np.random.Generator, count: int) -> Float[Tensor, "pose joint 3 3"]:
    """Poses within the ranges, some near the T-pose's end of them and some anywhere; the pelvis hardly turned."""
    low, high = _limits()
    share = generator.random((count, len(JOINTS), 1)) ** generator.uniform(0, 1.5, (count, 1, 1))
    angles = generator.uniform(low, high, (count, len(JOINTS), 3)) * share
    return roma.euler_to_rotmat("ZYX", torch.tensor(angles[..., ::-1].copy(), dtype=torch.float32))


def _limits() -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest angles of all joints; hands and toes stay as they are."""
    limits = np.zeros((2, len(JOINTS), 3))
    for number, name in enumerate(JOINTS):
        side, _, kind = name.rpartition("_")
        if (kind or name) not in RANGES_RAD:
            continue
        limits[:, number] = np.transpose(RANGES_RAD[kind or name])
        if side == "right":
            limits[:, number, 1:] = -limits[::-1, number, 1:]
    return limits[0], limits[1]
