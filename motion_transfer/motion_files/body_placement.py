"""A body in motion -> the same in our world: y up, facing the camera in the first frame, on the ground."""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.support import find_support
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape
from motion_transfer.geometry.contacts import detect_contacts
from motion_transfer.geometry.ground import height_correction_m

GROUND_SMOOTHING_S = 0.3  # of the body's height
LEVEL = 0.5  # the least level part of a direction that says where a body faces


def facing_rotation(
    tracks: Mapping[str, Float[np.ndarray, "frame 3"]], up: Float[np.ndarray, "3"]
) -> Float[np.ndarray, "3 3"]:
    """world_from_file: up becomes y, and the body faces +z in the first frame.

    It faces where its front does, however it leans; a body that lies on its back or its front, where its left is on
    the left; and one that stands for neither, along its trunk.
    """
    first = {role: track[0] for role, track in tracks.items()}
    to_left = first["left_hip"] - first["right_hip"]
    trunk = first["neck"] - first["pelvis"]
    front = np.cross(to_left, trunk)
    options = [_level(front, up), _level(np.cross(to_left, up), up), _level(trunk, up)]
    forward = next((line for line in options if np.linalg.norm(line) > LEVEL), max(options, key=np.linalg.norm))
    forward = forward / max(np.linalg.norm(forward), 1e-12)
    return np.stack([np.cross(up, forward), up, forward])


def _level(line: Float[np.ndarray, "3"], up: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3"]:
    """The level part of a direction."""
    line = line / max(np.linalg.norm(line), 1e-12)
    return line - (line @ up) * up


def on_the_ground(
    shape: BodyShape,
    body: ShapedBody,
    rotations: Float[Tensor, "frame joint 3 3"],
    root_m: Float[Tensor, "frame 3"],
    fps: Fraction,
    seeds: Bool[Tensor, "frame 2"] | None,
) -> BodyMotion:
    """A motion that starts over the world's origin, and whose planted feet, or what else carries it, stand at y = 0.

    Args:
        seeds: foot contacts that are known from the file's own feet.
    """
    root = root_m - root_m[:1] * root_m.new_tensor([1.0, 0.0, 1.0])
    found = find_support(body, BodyPose(parent_from_joint=rotations, root_position_m=root))
    seeds = (detect_contacts(found.ankles_m, fps) if seeds is None else seeds) & found.carrying
    up = height_correction_m(found.soles_m, seeds, fps, smoothing_s=GROUND_SMOOTHING_S, lowest_of_body_m=found.lowest_m)
    shift = torch.stack([torch.zeros_like(up), up, torch.zeros_like(up)], -1)
    contacts = detect_contacts(found.ankles_m + shift[:, None], fps, seeds=seeds)
    return BodyMotion(
        shape=shape,
        pose=BodyPose(parent_from_joint=rotations, root_position_m=root + shift),
        fps=fps,
        confidence=torch.ones(len(root)),
        foot_contacts=contacts & found.carrying,
    )
