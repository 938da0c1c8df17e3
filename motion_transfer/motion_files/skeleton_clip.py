"""What every motion file becomes first: a tree of named joints and where they are in every frame."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from jaxtyping import Float, Int

END = "_end"  # follows the name of a joint whose end site is meant


@dataclass(frozen=True, slots=True, kw_only=True)
class SkeletonClip:
    """Joints in motion, in the file's own axes and unit of length.

    Attributes:
        names: of the joints; an end site has its parent's name with `_end`.
        parents: index of every joint's parent; -1 for a root. Parents come before their children.
        rest: the joints where no rotation is applied; None for markers, which have no rest.
        rotations: world_from_joint, the identity at rest; None where a file holds positions alone.
        seconds_per_frame: the file's frame time.
        up: the axis that points up where the format says so, such as `z` or `-y`.
        notes: what was odd in the file, each in one sentence.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    rest: Float[np.ndarray, "joint 3"] | None
    positions: Float[np.ndarray, "frame joint 3"]
    rotations: Float[np.ndarray, "frame joint 3 3"] | None
    seconds_per_frame: float
    up: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def fps(self) -> Fraction:
        """Frames a second."""
        return Fraction(1 / self.seconds_per_frame).limit_denominator(1001)

    def ancestors(self, joint: int) -> tuple[int, ...]:
        """The joint's parent, its parent and so on up to the root."""
        found: list[int] = []
        while (joint := self.parents[joint]) >= 0:
            found.append(joint)
        return tuple(found)

    def children(self, joint: int) -> tuple[int, ...]:
        """The joints right below one."""
        return tuple(index for index, parent in enumerate(self.parents) if parent == joint)


def chained(
    parents: tuple[int, ...],
    offsets: Float[np.ndarray, "frame joint 3"],
    parent_from_joint: Float[np.ndarray, "frame joint 3 3"],
) -> tuple[Float[np.ndarray, "frame joint 3"], Float[np.ndarray, "frame joint 3 3"]]:
    """Forward kinematics of any tree: positions of all joints in the world, and world_from_joint.

    Args:
        offsets: of every joint from its parent, in the parent's axes; of a root, its place in the world.
    """
    positions, rotations = np.empty_like(offsets), np.empty_like(parent_from_joint)
    for joint, parent in enumerate(parents):
        if parent < 0:
            positions[:, joint], rotations[:, joint] = offsets[:, joint], parent_from_joint[:, joint]
            continue
        above = rotations[:, parent]
        positions[:, joint] = positions[:, parent] + (above @ offsets[:, joint, :, None])[..., 0]
        rotations[:, joint] = above @ parent_from_joint[:, joint]
    return positions, rotations


def euler_matrices(axes: str, degrees: Float[np.ndarray, "frame angle"]) -> Float[np.ndarray, "frame 3 3"]:
    """Rotations about the moving axes, applied in the order of `axes`, such as `ZXY`: R = R_Z R_X R_Y."""
    whole = np.broadcast_to(np.eye(3), (len(degrees), 3, 3))
    for axis, angle in zip(axes, np.radians(degrees).T, strict=True):
        whole = whole @ _about("XYZ".index(axis), angle)
    return whole


def _about(axis: int, angle: Float[np.ndarray, "frame"]) -> Float[np.ndarray, "frame 3 3"]:
    first, second = (axis + 1) % 3, (axis + 2) % 3
    matrices = np.zeros((len(angle), 3, 3))
    cosine, sine = np.cos(angle), np.sin(angle)
    matrices[:, axis, axis] = 1
    matrices[:, first, first] = matrices[:, second, second] = cosine
    matrices[:, first, second], matrices[:, second, first] = -sine, sine
    return matrices


def common_ancestor(clip: SkeletonClip, joints: tuple[int, ...]) -> int | None:
    """The lowest joint that lies above all of some joints, or is one of them; None where they hang on two roots."""
    paths = [(joint, *clip.ancestors(joint)) for joint in joints]
    return next((joint for joint in paths[0] if all(joint in path for path in paths)), None)


def depths(clip: SkeletonClip) -> Int[np.ndarray, "joint"]:
    """How many joints lie above each."""
    deep = np.zeros(len(clip.parents), int)
    for joint, parent in enumerate(clip.parents):
        deep[joint] = 0 if parent < 0 else deep[parent] + 1
    return deep
