"""Read motion capture in the BVH format: a skeleton of offsets and, per frame, the Euler angles of every joint."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from motion_transfer.files.reading import reading

AXES = "XYZ"
MOST_BYTES, MOST_POSITIONS = 1 << 28, 40_000_000
LARGEST = 1e7  # in the file's unit of length, or degrees
SHORTEST_S, LONGEST_S = 1e-4, 10.0
CHANNEL = re.compile(r"([XYZ])(position|rotation)", re.IGNORECASE)


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
    """Channels are pairs of an axis, X, Y or Z, and `position` or `rotation`."""

    name: str
    parent: int
    offset: np.ndarray
    channels: tuple[tuple[str, str], ...] = ()


def read_bvh(path: Path) -> BvhClip:
    """BVH file -> positions of every joint in every frame.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not a BVH file, is cut short, or holds numbers beyond all measure.
    """
    with reading("a BVH motion file", path, remedy="export it again", most_bytes=MOST_BYTES):
        return _parse(path.read_text(errors="replace").split())


def _parse(tokens: list[str]) -> BvhClip:
    if not tokens or tokens[0].upper() != "HIERARCHY":
        raise ValueError(f"expected HIERARCHY at its beginning, got {' '.join(tokens[:1])[:20] or 'nothing'}")
    try:
        joints, after = _parse_hierarchy(tokens)
        frames, seconds, first = _parse_motion_header(tokens, after)
    except IndexError as end:
        raise ValueError("it is cut short or malformed") from end
    width = sum(len(joint.channels) for joint in joints)
    if not (frames >= 1 and width >= 1 and SHORTEST_S <= seconds <= LONGEST_S):
        raise ValueError(
            f"expected frames, channels and a frame time from {SHORTEST_S:g} to {LONGEST_S:g} s, "
            f"got {frames}, {width} and {seconds:g}"
        )
    if len(tokens) - first < frames * width:
        raise ValueError(f"expected {frames} frames of {width} numbers, got {len(tokens) - first} numbers")
    if frames * len(joints) > MOST_POSITIONS:
        raise ValueError(f"expected at most {MOST_POSITIONS} positions, got {frames} frames of {len(joints)} joints")
    values = _numbers(tokens[first : first + frames * width]).reshape(frames, width)
    return BvhClip(
        names=tuple(joint.name for joint in joints), positions=_positions(joints, values), seconds_per_frame=seconds
    )


def _numbers(tokens: list[str]) -> Float[np.ndarray, "number"]:
    numbers = np.array(tokens, np.float64)
    if not (np.abs(numbers) <= LARGEST).all():
        odd = numbers[~(np.abs(numbers) <= LARGEST)][0]
        raise ValueError(f"expected numbers up to {LARGEST:g}, got {odd}")
    return numbers


def _parse_hierarchy(tokens: list[str]) -> tuple[list[_Joint], int]:
    """The joints, and the index of the token MOTION."""
    joints: list[_Joint] = []
    stack: list[int] = []
    at = 1
    while (token := tokens[at].upper()) != "MOTION":
        if token in ("ROOT", "JOINT"):
            joints.append(_Joint(tokens[at + 1], stack[-1] if stack else -1, np.zeros(3)))
            at += 2
        elif token == "END":
            joints.append(_Joint(f"{joints[stack[-1]].name}_end", stack[-1], np.zeros(3)))
            at += 2
        elif token == "{":
            stack.append(len(joints) - 1)
            at += 1
        elif token == "}":
            stack.pop()
            at += 1
        elif token == "OFFSET":
            joints[stack[-1]].offset = _numbers(tokens[at + 1 : at + 4])
            at += 4
        elif token == "CHANNELS":
            count = int(tokens[at + 1])
            joints[stack[-1]].channels = _parse_channels(tokens[at + 2 : at + 2 + count], count)
            at += 2 + count
        else:
            raise ValueError(f"expected a word of the hierarchy, got {token[:20]}")
    return joints, at


def _parse_channels(tokens: list[str], count: int) -> tuple[tuple[str, str], ...]:
    matches = [CHANNEL.fullmatch(token) for token in tokens]
    channels = tuple((match[1].upper(), match[2].lower()) for match in matches if match is not None)
    if not len(set(channels)) == len(tokens) == count:
        raise ValueError(f"expected {count} positions and rotations, got {' '.join(tokens)[:80]}")
    return channels


def _parse_motion_header(tokens: list[str], at: int) -> tuple[int, float, int]:
    """Number of frames, frame time, and the index of the first number."""
    found = [token.upper() for token in (tokens[at + 1], tokens[at + 3], tokens[at + 4])]
    if found != ["FRAMES:", "FRAME", "TIME:"]:
        raise ValueError(f"expected Frames: and Frame Time: behind MOTION, got {' '.join(found)[:80]}")
    return int(tokens[at + 2]), float(tokens[at + 5]), at + 6


def _positions(joints: list[_Joint], values: Float[np.ndarray, "frame channel"]) -> Float[np.ndarray, "frame joint 3"]:
    """Forward kinematics: rotations are applied in the order in which the file lists them, about the moving axes."""
    positions = np.empty((len(values), len(joints), 3))
    world_from_joint: list[Rotation] = []
    first = 0
    for index, joint in enumerate(joints):
        columns = values[:, first : first + len(joint.channels)]
        first += len(joint.channels)
        offset = np.broadcast_to(joint.offset, (len(values), 3)).copy()
        for (axis, kind), column in zip(joint.channels, columns.T, strict=True):
            if kind == "position":  # it replaces the offset, as every exporter writes it
                offset[:, AXES.index(axis)] = column
        parent_from_joint = _rotation(joint, columns)
        if joint.parent < 0:
            positions[:, index] = offset
            world_from_joint.append(parent_from_joint)
        else:
            world_from_parent = world_from_joint[joint.parent]
            positions[:, index] = positions[:, joint.parent] + world_from_parent.apply(offset)
            world_from_joint.append(world_from_parent * parent_from_joint)
    return positions


def _rotation(joint: _Joint, columns: Float[np.ndarray, "frame channel"]) -> Rotation:
    turning = [kind == "rotation" for _, kind in joint.channels]
    if not any(turning):
        return Rotation.identity(len(columns))
    axes = "".join(axis for axis, kind in joint.channels if kind == "rotation")
    return Rotation.from_euler(axes, columns[:, turning], degrees=True)  # capitals mean moving axes
