"""Whether what was found in a file is a person: bones of some length, two hips, and a trunk in line with the legs."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from motion_transfer.files.reading import UnreadableFileError
from motion_transfer.motion_files.joint_mapping import JointMapping
from motion_transfer.motion_files.skeleton_clip import SkeletonClip
from motion_transfer.motion_files.up_axis import leg_length

LEAST = 0.02  # of a leg's length, which every bone has
ACROSS = 0.5  # cosine of trunk and legs below which an animal goes on four legs
ALONG = 0.6  # cosine of arms and legs above which they hang side by side
BONES = (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
Places = Mapping[str, Float[np.ndarray, "_ 3"]]


def check_person(clip: SkeletonClip, joints: JointMapping, moving: Places, rest: Places | None) -> None:
    """Refuse what has no person's proportions.

    Raises:
        UnreadableFileError: with the joints that coincide, or where trunk and limbs lie as those of an animal.
    """
    leg = leg_length(moving)
    lines = [(f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for a, b in BONES]
    lines += [("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"), ("pelvis", "neck")]
    for start, end in lines:
        length = np.median(np.linalg.norm(moving[start] - moving[end], axis=-1))
        if not length > LEAST * leg:
            names = [" and ".join(clip.names[one] for one in joints.joints[role]) for role in (start, end)]
            raise UnreadableFileError(
                f"expected bones of some length, got {names[0]} ({_said(start)}) and {names[1]} ({_said(end)}) at one "
                "place; name other joints in a file, mapping=FILE, or export it again"
            )
    if _on_all_fours(moving) and (rest is None or _on_all_fours(rest) or not _has_length(rest)):
        raise UnreadableFileError(
            "expected the skeleton of a person, got one whose trunk lies across its legs and whose arms hang beside "
            "them, as those of an animal on four legs do; use the motion of a person"
        )


def _said(role: str) -> str:
    return role.replace("_", " ")


def _has_length(places: Places) -> bool:
    return leg_length(places) > 0


def _on_all_fours(places: Places) -> bool:
    trunk = _unit(places["neck"] - places["pelvis"])
    legs = _unit(_middle(places, "ankle") - _middle(places, "hip"))
    arms = _unit(_middle(places, "wrist") - _middle(places, "shoulder"))
    across = np.median(np.abs((trunk * legs).sum(-1))) < ACROSS
    return bool(across and np.median((arms * legs).sum(-1)) > ALONG)


def _middle(places: Places, part: str) -> Float[np.ndarray, "frame 3"]:
    return (places[f"left_{part}"] + places[f"right_{part}"]) / 2


def _unit(lines: Float[np.ndarray, "frame 3"]) -> Float[np.ndarray, "frame 3"]:
    return lines / np.linalg.norm(lines, axis=-1, keepdims=True).clip(1e-12)
