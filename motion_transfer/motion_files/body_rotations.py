"""The joint rotations of a file as they are, where its skeleton is the body's own: same joints, same pose at rest.

Notation: A turns the file's axes at rest into the body's, B the file's world into ours. A joint that the file turns by
W in its world then turns the body by B W A^T. So the twist of forearms and the pose of hands come along, which
positions do not show.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import JOINTS, joint
from motion_transfer.motion_files.joint_rotations import local_rotations
from motion_transfer.motion_files.skeleton_clip import SkeletonClip

BONES = (("hip", "knee"), ("knee", "ankle"), ("ankle", "foot"), ("shoulder", "elbow"), ("elbow", "wrist"))
COMPARED = (("pelvis", "neck"), *((f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for a, b in BONES))
LARGEST_DEG = 8.0  # between the directions of a bone at rest


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRest:
    """A file whose rest pose is the body's.

    Attributes:
        joints: the file's joint of each joint of the body.
        body_from_rest: A.
    """

    joints: tuple[int, ...]
    body_from_rest: Float[np.ndarray, "3 3"]

    def rotations(
        self, clip: SkeletonClip, world_from_file: Float[np.ndarray, "3 3"]
    ) -> Float[Tensor, "frame joint 3 3"]:
        """Local joint rotations of the body.

        Args:
            world_from_file: B.
        """
        assert clip.rotations is not None
        world = world_from_file @ clip.rotations[:, list(self.joints)] @ self.body_from_rest.T
        return local_rotations(torch.from_numpy(world).float())


def find_own_rest(
    clip: SkeletonClip, chosen: Mapping[str, tuple[int, ...]], rest_joints_m: Float[np.ndarray, "joint 3"]
) -> OwnRest | None:
    """Whether a file has all joints of the body, and its rest pose; None where not."""
    if clip.rest is None or clip.rotations is None:
        return None
    joints = _body_joints(clip, chosen)
    if joints is None:
        return None
    theirs = _bones(clip.rest[list(joints)])
    ours = _bones(rest_joints_m)
    left, _, right = np.linalg.svd(ours.T @ theirs)
    turn = left @ np.diag([1, 1, np.linalg.det(left @ right)]) @ right
    cosines = ((theirs @ turn.T) * ours).sum(-1)
    if not cosines.min() > np.cos(np.radians(LARGEST_DEG)):
        return None
    return OwnRest(joints=joints, body_from_rest=_rounded(turn))


def _rounded(turn: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3 3"]:
    """The axes themselves where the turn is nearly one of them: people differ, and axes do not."""
    axes = np.round(turn)
    exact = np.allclose(axes @ axes.T, np.eye(3)) and np.linalg.det(axes) > 0
    return axes if exact else turn


def _body_joints(clip: SkeletonClip, chosen: Mapping[str, tuple[int, ...]]) -> tuple[int, ...] | None:
    named = {role.replace("toe", "foot"): joints[0] for role, joints in chosen.items() if len(joints) == 1}
    if not {"pelvis", "neck", "head", "left_foot", "right_foot"} <= set(named):
        return None
    spine = [one for one in reversed(clip.ancestors(named["neck"])) if named["pelvis"] in clip.ancestors(one)]
    spine = (
        [one for one in spine if np.any(clip.rest[one] != clip.rest[clip.parents[one]])]
        if clip.rest is not None
        else []
    )
    if len(spine) != 3:
        return None
    named |= dict(zip(("spine1", "spine2", "spine3"), spine, strict=True))
    for side in ("left", "right"):
        collar = clip.parents[named[f"{side}_shoulder"]]
        if clip.parents[collar] != spine[-1]:
            return None
        named[f"{side}_collar"] = collar
        below = clip.children(named[f"{side}_wrist"])
        named[f"{side}_hand"] = below[0] if len(below) == 1 else named[f"{side}_wrist"]
    return tuple(named[name] for name in JOINTS)


def _bones(joints: Float[np.ndarray, "joint 3"]) -> Float[np.ndarray, "bone 3"]:
    lines = np.stack([joints[joint(end)] - joints[joint(start)] for start, end in COMPARED])
    return lines / np.linalg.norm(lines, axis=-1, keepdims=True).clip(1e-12)
