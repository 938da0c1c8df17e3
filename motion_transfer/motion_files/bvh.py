"""Read motion capture in the BVH format: a skeleton of offsets and, per frame, the Euler angles of every joint."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

AXES = {"X": 0, "Y": 1, "Z": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class BvhClip:
    """A parsed file, in its own axes and length unit.

    Attributes:
        names: joints in the file's order; an end site has its parent's name with `_end`.
        positions: of every joint in the file's world.
        seconds_per_frame: the file's frame time.
    """

    names: tuple[str, ...]
    positions: Float[np.ndarray, "frame joint 3"]
    seconds_per_frame: float


@dataclass(slots=True)
class _Joint:
    name: str
    parent: int
    offset: np.ndarray
    channels: tuple[str, ...] = ()


def read_bvh(path: Path) -> BvhClip:
    """Parse a BVH file and compute where every joint is in every frame.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not a BVH file or is cut short; the message says where.
    """
    if not path.is_file():
        raise FileNotFoundError(f"expected a .bvh motion file, found nothing at {path}")
    words = path.read_text(errors="replace").split()
    if not words or words[0].upper() != "HIERARCHY":
        raise ValueError(f"{path}: expected a BVH file that begins with HIERARCHY, got {words[:1]}")
    try:
        joints, after = _parse_hierarchy(words)
        frames, frame_time, first = _parse_motion_header(words, after)
    except (IndexError, KeyError, StopIteration) as error:
        raise ValueError(f"{path}: expected a whole BVH file, got one that is cut short or malformed") from error
    width = sum(len(joint.channels) for joint in joints)
    if frames < 1 or frame_time <= 0:
        raise ValueError(f"{path}: expected at least one frame and a positive frame time, got {frames}, {frame_time}")
    if len(words) - first < frames * width:
        raise ValueError(f"{path}: expected {frames} frames of {width} numbers, got {len(words) - first} numbers")
    values = np.array(words[first : first + frames * width], np.float64).reshape(frames, width)
    return BvhClip(
        names=tuple(joint.name for joint in joints),
        positions=_positions(joints, values),
        seconds_per_frame=frame_time,
    )


def _parse_hierarchy(words: list[str]) -> tuple[list[_Joint], int]:
    joints: list[_Joint] = []
    stack: list[int] = []
    at = 1
    while words[at].upper() != "MOTION":
        word = words[at].upper()
        if word in ("ROOT", "JOINT"):
            joints.append(_Joint(words[at + 1], stack[-1] if stack else -1, np.zeros(3)))
            at += 2
        elif word == "END":
            joints.append(_Joint(f"{joints[stack[-1]].name}_end", stack[-1], np.zeros(3)))
            at += 2
        elif word == "{":
            stack.append(len(joints) - 1)
            at += 1
        elif word == "}":
            stack.pop()
            at += 1
        elif word == "OFFSET":
            joints[stack[-1]].offset = np.array(words[at + 1 : at + 4], np.float64)
            at += 4
        elif word == "CHANNELS":
            count = int(words[at + 1])
            joints[stack[-1]].channels = tuple(words[at + 2 : at + 2 + count])
            at += 2 + count
        else:
            raise KeyError(word)
    return joints, at


def _parse_motion_header(words: list[str], at: int) -> tuple[int, float, int]:
    if words[at + 1].upper() != "FRAMES:" or words[at + 3].upper() != "FRAME" or words[at + 4].upper() != "TIME:":
        raise KeyError("MOTION")
    return int(words[at + 2]), float(words[at + 5]), at + 6


def _positions(joints: list[_Joint], values: Float[np.ndarray, "frame channel"]) -> Float[np.ndarray, "frame joint 3"]:
    """Forward kinematics: rotations are applied in the order in which the file lists them, about the moving axes."""
    frames = len(values)
    rotations = np.empty((frames, len(joints), 3, 3))
    positions = np.empty((frames, len(joints), 3))
    column = 0
    for index, joint in enumerate(joints):
        local = np.broadcast_to(np.eye(3), (frames, 3, 3))
        offset = np.broadcast_to(joint.offset, (frames, 3)).copy()
        for channel in joint.channels:
            axis = AXES[channel[0].upper()]
            if channel.lower().endswith("position"):
                # a position replaces the root's offset, as every exporter writes it
                offset[:, axis] = values[:, column]
            else:
                local = local @ _rotation(axis, np.radians(values[:, column]))
            column += 1
        if joint.parent < 0:
            rotations[:, index], positions[:, index] = local, offset
        else:
            above = rotations[:, joint.parent]
            rotations[:, index] = above @ local
            positions[:, index] = positions[:, joint.parent] + np.einsum("fij,fj->fi", above, offset)
    return positions


def _rotation(axis: int, angle: Float[np.ndarray, "frame"]) -> Float[np.ndarray, "frame 3 3"]:
    cosine, sine = np.cos(angle), np.sin(angle)
    matrix = np.zeros((len(angle), 3, 3))
    first, second = (axis + 1) % 3, (axis + 2) % 3
    matrix[:, axis, axis] = 1
    matrix[:, first, first] = matrix[:, second, second] = cosine
    matrix[:, first, second], matrix[:, second, first] = -sine, sine
    return matrix
