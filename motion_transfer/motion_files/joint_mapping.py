"""The joints of a file -> those of a person: by name, by the tree's shape where names fail, or as the user says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from jaxtyping import Float

from motion_transfer.body.skeleton import SIDES
from motion_transfer.files.reading import UnreadableFileError, reading
from motion_transfer.motion_files.joint_names import ARM, LEG, ROLES, candidates, plain_names
from motion_transfer.motion_files.joint_topology import guess_joints
from motion_transfer.motion_files.skeleton_clip import SkeletonClip, common_ancestor, depths

NEEDED = tuple(f"{side}_{part}" for side in SIDES for part in (*LEG[:3], *ARM))
SAMPLES = 60  # frames that lengths are measured in
LEAST_BONE = 0.01  # of a leg's length
MOST_BYTES = 1 << 20
Chosen = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JointMapping:
    """Which joints of a file stand for those of a person.

    Attributes:
        joints: for each role, such as `left_knee`, the joints whose mean is its place.
        notes: what was guessed, each in one sentence.
    """

    joints: Mapping[str, tuple[int, ...]]
    notes: tuple[str, ...]

    def tracks(self, clip: SkeletonClip) -> dict[str, Float[np.ndarray, "frame 3"]]:
        """Positions by role."""
        return {role: clip.positions[:, list(joints)].mean(1) for role, joints in self.joints.items()}


def read_mapping(path: Path) -> dict[str, str]:
    """A JSON file of the user's, `{"left_knee": "Bone12", ...}` -> names of joints by role.

    Raises:
        ValueError: it is no such file, or names a role that does not exist.
    """
    with reading("a file of joint names", path, remedy='write {"left_knee": "NAME", ...}', most_bytes=MOST_BYTES):
        found = json.loads(path.read_text(encoding="utf-8-sig"))
        if not isinstance(found, dict) or not all(isinstance(name, str) for name in found.values()):
            raise ValueError("expected names of joints by the names of a person's joints")
        unknown = [role for role in found if role not in ROLES]
        if unknown:
            raise UnreadableFileError(
                f"expected roles out of {', '.join(ROLES)}, got {', '.join(unknown)[:80]} in {path}; correct it"
            )
        return found


def map_joints(clip: SkeletonClip, given: Mapping[str, str]) -> JointMapping:
    """Find every joint of a person in a skeleton.

    Args:
        given: names of joints that the user chose, by role.

    Raises:
        UnreadableFileError: joints that cannot be inferred are missing, all of which are named.
    """
    plain = plain_names(clip.names)
    chosen = _given(clip, given)
    for side in SIDES:
        for parts in (LEG, ARM):
            chosen |= _limb_by_name(clip, plain, side, parts, chosen)
    notes: list[str] = []
    lengths = bone_lengths(clip)
    if any(role not in chosen for role in NEEDED) and clip.rest is not None:
        chosen = _by_end_sites(clip, chosen, lengths, notes)
    if any(role not in chosen for role in NEEDED) and clip.rest is not None:
        chosen = _by_topology(clip, plain, chosen, lengths, notes)
    missing = [role for role in NEEDED if role not in chosen]
    if missing:
        raise UnreadableFileError(
            f"expected joints for {', '.join(role.replace('_', ' ') for role in missing)}, got "
            f"{', '.join(clip.names[:12])}{', ...' if len(clip.names) > 12 else ''}; "
            f'name them in a file, mapping=FILE, such as {{"{missing[0]}": "NAME"}}'
        )
    chosen = _with_trunk(clip, plain, chosen, lengths, notes)
    chosen = _with_toes(clip, chosen, lengths, notes)
    return JointMapping(joints=chosen, notes=tuple(notes))


def bone_lengths(clip: SkeletonClip) -> Float[np.ndarray, "joint"]:
    """The median length of the bone from each joint's parent; 0 for roots."""
    frames = np.linspace(0, len(clip.positions) - 1, min(SAMPLES, len(clip.positions))).round().astype(int)
    positions = clip.positions[frames]
    parents = [max(parent, 0) for parent in clip.parents]
    lengths = np.median(np.linalg.norm(positions - positions[:, parents], axis=-1), axis=0)
    return np.where(np.array(clip.parents) < 0, 0.0, lengths)


def _given(clip: SkeletonClip, given: Mapping[str, str]) -> Chosen:
    unknown = [name for name in given.values() if name not in clip.names]
    if unknown:
        raise UnreadableFileError(
            f"expected joints of the file in the mapping, got {', '.join(unknown)}; it has {', '.join(clip.names[:40])}"
        )
    return {role: (clip.names.index(name),) for role, name in given.items()}


def _limb_by_name(
    clip: SkeletonClip, plain: list[tuple[str, str]], side: str, parts: tuple[str, ...], chosen: Chosen
) -> Chosen:
    """The first choice of names whose joints lie below each other; of several joints of one name, the lowest."""
    deep = depths(clip)
    roles = [f"{side}_{part}" for part in parts]
    options: list[list[tuple[int, int]]] = []
    for role in roles:
        if role in chosen:
            options.append([(0, chosen[role][0])])
            continue
        found = sorted(candidates(plain, role), key=lambda one: (one[0], -deep[one[1]], one[1]))[:6]
        options.append(found if role != f"{side}_toe" else [*found, (99, -1)])
    complete = [[one for _, one in chain] for chain in product(*options) if _nested(clip, [one for _, one in chain])]
    if complete:
        return {role: (joint,) for role, joint in zip(roles, complete[0], strict=True) if joint >= 0}
    for shorter in (roles[:-1], roles[:-2]):  # at least the upper part of the limb
        chains = [list(chain) for chain in product(*options[: len(shorter)])]
        nested = [chain for chain in chains if _nested(clip, [one for _, one in chain])]
        if nested and len(shorter) > 1:
            return {role: (one[1],) for role, one in zip(shorter, nested[0], strict=True) if one[1] >= 0}
    return {}


def _nested(clip: SkeletonClip, joints: list[int]) -> bool:
    """Whether each joint lies below the one before it; markers have no such order."""
    real = [joint for joint in joints if joint >= 0]
    if clip.rest is None:
        return len(set(real)) == len(real)
    return all(upper in clip.ancestors(lower) for upper, lower in zip(real, real[1:], strict=False))


def _by_end_sites(clip: SkeletonClip, chosen: Chosen, lengths: Float[np.ndarray, "joint"], notes: list[str]) -> Chosen:
    """A limb whose last joint has no name of its own ends in what hangs below: a wrist or an ankle."""
    chosen = dict(chosen)
    for side in SIDES:
        for above, below in (("elbow", "wrist"), ("knee", "ankle")):
            upper, lower = f"{side}_{above}", f"{side}_{below}"
            if upper in chosen and lower not in chosen:
                end = _longest_child(clip, chosen[upper][0], lengths)
                if end is not None:
                    chosen[lower] = (end,)
                    notes.append(f"{clip.names[end]} was taken for the {side} {below}.")
    return chosen


def _by_topology(
    clip: SkeletonClip,
    plain: list[tuple[str, str]],
    chosen: Chosen,
    lengths: Float[np.ndarray, "joint"],
    notes: list[str],
) -> Chosen:
    guessed = guess_joints(clip, tuple(side for side, _ in plain), lengths)
    if guessed is None:
        return chosen
    found, how = guessed
    added = {role: (joint,) for role, joint in found.items() if role not in chosen}
    told = ", ".join(f"{role.replace('_', ' ')}: {clip.names[joint]}" for role, (joint,) in sorted(added.items()))
    notes.append(f"Joints were guessed from the shape of the skeleton, {how} ({told}); mapping=FILE overrides it.")
    return {**added, **chosen}


def _longest_child(clip: SkeletonClip, joint: int, lengths: Float[np.ndarray, "joint"]) -> int | None:
    below = [child for child in clip.children(joint) if lengths[child] > 0]
    return max(below, key=lambda child: lengths[child], default=None)


def _with_trunk(
    clip: SkeletonClip,
    plain: list[tuple[str, str]],
    chosen: Chosen,
    lengths: Float[np.ndarray, "joint"],
    notes: list[str],
) -> Chosen:
    """Pelvis, neck and head: by name, else what lies between the limbs."""
    chosen = dict(chosen)
    for role, limbs in (("pelvis", "hip"), ("neck", "shoulder")):
        pair = tuple(chosen[f"{side}_{limbs}"][0] for side in SIDES)
        named = [index for _, index in candidates(plain, role)]
        if role not in chosen and role == "pelvis":
            above = [one for one in named if clip.rest is None or all(one in clip.ancestors(joint) for joint in pair)]
            fork = common_ancestor(clip, pair)
            chosen[role] = (above[0],) if above else pair if fork is None or not _between(clip, fork, pair) else (fork,)
        elif role not in chosen:
            free = [one for one in named if not any(one in clip.ancestors(joint) for joint in pair)]
            chosen[role] = (free[0],) if free else ()
    heads = [index for _, index in candidates(plain, "head")]
    if "head" not in chosen and heads:
        chosen["head"] = (heads[0],)
    shoulders = tuple(chosen[f"{side}_shoulder"][0] for side in SIDES)
    if not chosen["neck"] and "head" in chosen:
        parent = clip.parents[chosen["head"][0]]
        apart = parent >= 0 and not any(parent in (joint, *clip.ancestors(joint)) for joint in shoulders)
        chosen["neck"] = (parent,) if apart else ()
    if not chosen["neck"]:
        chosen["neck"] = shoulders
        notes.append("It has no joint for the neck: the middle of the shoulders was taken.")
    elif "head" not in chosen and clip.rest is not None:
        end = _longest_child(clip, chosen["neck"][0], lengths)
        if end is not None:
            chosen["head"] = (end,)
            notes.append(f"{clip.names[end]} was taken for the head.")
    if "head" not in chosen:
        notes.append("It has no joint for the head, which was left in line with the trunk.")
    return chosen


def _between(clip: SkeletonClip, fork: int, pair: tuple[int, ...]) -> bool:
    """Whether the joint above both hips lies near them: some files have a root on the ground."""
    pose = clip.positions[0]
    middle, width = pose[list(pair)].mean(0), np.linalg.norm(pose[pair[0]] - pose[pair[1]])
    return bool(np.linalg.norm(pose[fork] - middle) < 1.5 * width)


def _with_toes(clip: SkeletonClip, chosen: Chosen, lengths: Float[np.ndarray, "joint"], notes: list[str]) -> Chosen:
    lacking = [side for side in SIDES if f"{side}_toe" not in chosen]
    found: Chosen = {}
    for side in lacking:
        end = None if clip.rest is None else _longest_child(clip, chosen[f"{side}_ankle"][0], lengths)
        if end is not None:
            found[f"{side}_toe"] = (end,)
    if len(found) < len(lacking):
        notes.append("It has no joints for the toes: the feet were left at right angles to the shanks.")
        return {role: joints for role, joints in chosen.items() if not role.endswith("_toe")}
    if found:
        notes.append(f"{' and '.join(clip.names[joint] for (joint,) in found.values())} were taken for the toes.")
    return {**chosen, **found}
