"""The SMPL skeleton: 24 joints, their parents, and the larger parts that they are grouped into.

Body axes at rest: x to the body's left, y up, z to where it faces; metres.
"""

JOINTS = (
    "pelvis",
    "left_hip",
    "right_hip",
    "spine1",
    "left_knee",
    "right_knee",
    "spine2",
    "left_ankle",
    "right_ankle",
    "spine3",
    "left_foot",
    "right_foot",
    "neck",
    "left_collar",
    "right_collar",
    "head",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hand",
    "right_hand",
)
SIDES = ("left", "right")
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)

# Dominant joints make ragged borders between spine joints and a tiny collar, so the parts are larger than the joints.
PARTS = (
    "head",
    "torso",
    "left_upper_arm",
    "left_forearm",
    "left_hand",
    "right_upper_arm",
    "right_forearm",
    "right_hand",
    "left_thigh",
    "left_shank",
    "left_foot",
    "right_thigh",
    "right_shank",
    "right_foot",
)
_PART_OF_JOINT_NAME = {
    "head": "head",
    "shoulder": "upper_arm",
    "elbow": "forearm",
    "wrist": "hand",
    "hand": "hand",
    "hip": "thigh",
    "knee": "shank",
    "ankle": "foot",
    "foot": "foot",
}


def _part_index(joint: str) -> int:
    side, _, name = joint.rpartition("_")
    part = _PART_OF_JOINT_NAME.get(name)
    if part is None:
        return PARTS.index("torso")
    return PARTS.index(f"{side}_{part}" if side else part)


PART_OF_JOINT = tuple(_part_index(joint) for joint in JOINTS)


def joint(name: str) -> int:
    """Index of a joint by its name."""
    return JOINTS.index(name)


def joint_pair(name: str) -> list[int]:
    """Indices of a left joint and of its right partner, as in joints_m[:, joint_pair("knee")]."""
    return [joint(f"{side}_{name}") for side in SIDES]


HIPS, KNEES, ANKLES = map(joint_pair, ("hip", "knee", "ankle"))
COLLARS, SHOULDERS, ELBOWS, WRISTS, HANDS = map(joint_pair, ("collar", "shoulder", "elbow", "wrist", "hand"))


def mirrored(names: tuple[str, ...]) -> tuple[int, ...]:
    """For every name the index of its left-right partner; itself where it has none."""
    swap = {"left": "right", "right": "left"}
    partners = ("_".join(swap.get(word, word) for word in name.split("_")) for name in names)
    return tuple(names.index(partner) for partner in partners)
