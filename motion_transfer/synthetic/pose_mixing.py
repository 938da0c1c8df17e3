"""A library of poses -> ever new ones: turned, between two, put together from two, perturbed, or random."""

import numpy as np
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import JOINTS, PARENTS, joint
from motion_transfer.domain.value import value
from motion_transfer.synthetic.random_poses import random_poses

RANDOM, BETWEEN, EXCHANGED, PERTURBED, ANY_WAY_UP = 0.2, 0.25, 0.4, 0.5, 0.05  # shares of the poses
LARGEST_NOISE_RAD = 0.3
LEAN_RAD = 0.12  # usual, of the whole body
HALVES = ("spine2", "left_shoulder", "right_shoulder", "left_hip", "right_hip", "head")  # whose limbs are exchanged


@value
class PoseLibrary:
    """Poses of people in motion.

    Attributes:
        parent_from_joint: the pelvis' against a world whose y axis points up.
    """

    parent_from_joint: Float[Tensor, "pose joint 3 3"]

    def draw(self, generator: np.random.Generator, count: int) -> Float[Tensor, "drawn joint 3 3"]:
        """Poses that face every way; most stand upright, and one in twenty is turned any way up."""
        pose = self._some(generator, count)
        other = self._some(generator, count)
        mixed = _between(pose, other, generator)
        pose = torch.where(_chosen(generator, count, BETWEEN), mixed, pose)
        pose = torch.where(_limb(generator, count)[..., None, None], other, pose)
        pose = torch.where(_chosen(generator, count, PERTURBED), _perturbed(pose, generator), pose)
        pose[:, 0] = _turns(generator, count) @ pose[:, 0]
        return pose

    def _some(self, generator: np.random.Generator, count: int) -> Float[Tensor, "drawn joint 3 3"]:
        chosen = torch.from_numpy(generator.integers(len(self.parent_from_joint), size=count))
        found = self.parent_from_joint[chosen].float()
        return torch.where(_chosen(generator, count, RANDOM), random_poses(generator, count), found)


def _chosen(generator: np.random.Generator, count: int, share: float) -> Tensor:
    return torch.from_numpy(generator.random((count, 1, 1, 1)) < share)


def _normal(generator: np.random.Generator, *shape: int) -> Tensor:
    return torch.from_numpy(generator.standard_normal(shape, dtype=np.float32))


def _between(pose: Tensor, other: Tensor, generator: np.random.Generator) -> Tensor:
    """Part of the way to another pose, for every joint along the shortest rotation."""
    share = torch.from_numpy(generator.random((len(pose), 1, 1), dtype=np.float32))
    mixed = pose @ roma.rotvec_to_rotmat(share * roma.rotmat_to_rotvec(pose.mT @ other))
    mixed[:, 0] = pose[:, 0]
    return mixed


def _limb(generator: np.random.Generator, count: int) -> Tensor:
    """Joints that are taken from another pose: a limb, or everything above the waist."""
    taken = torch.zeros(count, len(JOINTS), dtype=torch.bool)
    for row in np.flatnonzero(generator.random(count) < EXCHANGED):
        taken[row, _below(joint(HALVES[generator.integers(len(HALVES))]))] = True
    return taken


def _below(start: int) -> list[int]:
    """A joint and all that hang on it."""
    found = [start]
    for number, parent in enumerate(PARENTS):
        if parent in found:
            found.append(number)
    return found


def _perturbed(pose: Tensor, generator: np.random.Generator) -> Tensor:
    spread = LARGEST_NOISE_RAD * torch.from_numpy(generator.random((len(pose), 1, 1), dtype=np.float32))
    return pose @ roma.rotvec_to_rotmat(spread * _normal(generator, len(pose), len(JOINTS), 3))


def _turns(generator: np.random.Generator, count: int) -> Float[Tensor, "drawn 3 3"]:
    """Any turn about the vertical, then a little lean; for a few any rotation."""
    yaw = torch.zeros(count, 3)
    yaw[:, 1] = torch.from_numpy(generator.uniform(-np.pi, np.pi, count)).float()
    leaning = roma.rotvec_to_rotmat(LEAN_RAD * _normal(generator, count, 3)) @ roma.rotvec_to_rotmat(yaw)
    anyhow = roma.special_gramschmidt(_normal(generator, count, 3, 2))
    return torch.where(_chosen(generator, count, ANY_WAY_UP)[:, 0], anyhow, leaning)
