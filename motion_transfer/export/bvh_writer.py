"""A body in motion as the text of a BVH file, under the joint names of CMU, Mixamo or SMPL.

The pose at rest is the body's T-pose with all rotations zero, so that the rotations are the body's own, against their
parents. Notation: Q turns our axes into the file's; a rotation R of ours is Q R Q^T there.
"""

from collections.abc import Iterator
from itertools import permutations

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import JOINTS, PARENTS
from motion_transfer.domain.body_motion import BodyMotion

ORDERS = tuple("".join(order) for order in permutations("XYZ"))
MIXAMO = {
    "pelvis": "Hips", "spine1": "Spine", "spine2": "Spine1", "spine3": "Spine2", "neck": "Neck", "head": "Head",
    "collar": "Shoulder", "shoulder": "Arm", "elbow": "ForeArm", "wrist": "Hand", "hand": "HandMiddle1",
    "hip": "UpLeg", "knee": "Leg", "ankle": "Foot", "foot": "ToeBase",
}  # fmt: skip
CMU = MIXAMO | {"spine1": "LowerBack", "spine2": "Spine", "spine3": "Spine1", "hand": "FingerBase"}
SMPL = {
    "pelvis": "Pelvis", "spine1": "Spine1", "spine2": "Spine2", "spine3": "Spine3", "neck": "Neck", "head": "Head",
    "collar": "Collar", "shoulder": "Shoulder", "elbow": "Elbow", "wrist": "Wrist", "hand": "Hand",
    "hip": "Hip", "knee": "Knee", "ankle": "Ankle", "foot": "Foot",
}  # fmt: skip
NAMINGS = ("cmu", "mixamo", "smpl")
# Where the last bones end: metres at rest from the joint, of the left side.
TIPS_M = {"head": (0.0, 0.18, 0.02), "left_hand": (0.10, 0.0, 0.0), "left_foot": (0.0, -0.01, 0.07)}


def joint_name(name: str, naming: str) -> str:
    """What a joint of the body is called: `left_knee` -> `mixamorig:LeftLeg`, `LeftLeg` or `L_Knee`."""
    side, _, part = name.rpartition("_")
    table = {"cmu": CMU, "mixamo": MIXAMO, "smpl": SMPL}[naming]
    if naming == "smpl":
        return f"{side[:1].upper()}_{table[part]}" if side else table[part]
    prefix = "mixamorig:" if naming == "mixamo" else ""
    return f"{prefix}{side.capitalize()}{table[part]}"


def bvh_text(
    motion: BodyMotion,
    body: ShapedBody,
    *,
    naming: str,
    order: str,
    units_per_m: float,
    file_from_world: Float[np.ndarray, "3 3"],
) -> Iterator[str]:
    """The lines of the file.

    Args:
        order: of the rotation channels, such as `ZXY`.
        file_from_world: Q.
    """
    rest = body.rest_joints_m.double().numpy() @ file_from_world.T * units_per_m
    sequence = _depth_first()
    yield "HIERARCHY"
    yield from _described(0, 0, rest, naming, order, units_per_m, file_from_world)
    yield "MOTION"
    yield f"Frames: {len(motion)}"
    yield f"Frame Time: {float(1 / motion.fps):.10f}"
    rotations = motion.pose.parent_from_joint.double().numpy()
    turned = file_from_world @ rotations @ file_from_world.T
    columns = [motion.pose.root_position_m.double().numpy() @ file_from_world.T * units_per_m]
    columns += [_angles(turned[:, index], order) for index in sequence]
    pattern = " ".join(["%.6f"] * (3 + 3 * len(sequence)))
    for row in np.concatenate(columns, 1):
        yield pattern % tuple(row)


def _depth_first(index: int = 0) -> list[int]:
    below = [child for child, parent in enumerate(PARENTS) if parent == index]
    return [index, *(found for child in below for found in _depth_first(child))]


def _described(
    index: int,
    depth: int,
    rest: Float[np.ndarray, "joint 3"],
    naming: str,
    order: str,
    units_per_m: float,
    file_from_world: Float[np.ndarray, "3 3"],
) -> Iterator[str]:
    pad, name = "\t" * depth, JOINTS[index]
    turning = " ".join(f"{axis}rotation" for axis in order)
    offset = rest[index] - rest[PARENTS[index]] if index else np.zeros(3)
    yield f"{pad}{'JOINT' if index else 'ROOT'} {joint_name(name, naming)}"
    yield f"{pad}{{"
    yield f"{pad}\tOFFSET {_spelt(offset)}"
    yield f"{pad}\tCHANNELS {3 if index else 6} {'' if index else 'Xposition Yposition Zposition '}{turning}"
    below = [child for child, parent in enumerate(PARENTS) if parent == index]
    for child in below:
        yield from _described(child, depth + 1, rest, naming, order, units_per_m, file_from_world)
    if not below:
        x, y, z = TIPS_M[name.replace("right", "left")]
        tip = np.array([-x if name.startswith("right") else x, y, z])
        end = file_from_world @ tip * units_per_m
        yield from (f"{pad}\tEnd Site", f"{pad}\t{{", f"{pad}\t\tOFFSET {_spelt(end)}", f"{pad}\t}}")
    yield f"{pad}}}"


def _spelt(vector: Float[np.ndarray, "3"]) -> str:
    return " ".join(f"{value:.6f}" for value in vector)


def _angles(rotations: Float[np.ndarray, "frame 3 3"], order: str) -> Float[np.ndarray, "frame 3"]:
    """Euler angles in degrees without jumps by whole turns."""
    return np.degrees(np.unwrap(Rotation.from_matrix(rotations).as_euler(order), axis=0))
