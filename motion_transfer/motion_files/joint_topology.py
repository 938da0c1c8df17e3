"""The joints of a person by the shape of the tree alone: two pairs of equal limbs, and a head between the arms.

A limb is a chain of joints below a fork that has an equal one beside it. The pair nearer to the root is the legs.
In a limb the two longest bones that follow each other are thigh and shank, or upper arm and forearm.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from motion_transfer.motion_files.skeleton_clip import SkeletonClip

EQUAL = 0.15  # bones of two equal limbs differ by at most this fraction of the limb's length
LEAST_LIMB = 0.2  # of the longest chain from the root
UNEQUAL_BONES = 2.0  # thigh and shank, or upper arm and forearm, differ by less than this factor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """Two equal limbs below one joint: their joints and their length."""

    fork: int
    limbs: tuple[tuple[int, ...], tuple[int, ...]]
    length: float


def guess_joints(
    clip: SkeletonClip, sides: tuple[str, ...], lengths: Float[np.ndarray, "joint"]
) -> tuple[dict[str, int], str] | None:
    """The joints of legs, arms, neck and head, and how left and right were told apart; None where none is found.

    Args:
        sides: what each joint's name says of its side; may be empty.
        lengths: of the bone from each joint's parent to it.
    """
    pairs = sorted(_pairs(clip, lengths), key=lambda pair: -pair.length)
    legs, arms = _legs_and_arms(clip, pairs)
    if legs is None or arms is None:
        return None
    found: dict[str, int] = {}
    for pair, parts in ((legs, ("hip", "knee", "ankle", "toe")), (arms, ("shoulder", "elbow", "wrist"))):
        for place, limb in zip(("first", "second"), pair.limbs, strict=True):
            bones = _two_long_bones(limb, lengths)
            if bones is None:
                return None
            found |= {f"{place}_{part}": joint for part, joint in zip(parts, limb[bones:], strict=False)}
    found |= _neck_and_head(clip, arms, lengths)
    first_is_left, how = _first_is_left(clip, found, sides)
    names = {"first": "left", "second": "right"} if first_is_left else {"first": "right", "second": "left"}
    named = {name: joint for name, joint in found.items() if name in ("neck", "head")}
    for name, joint in found.items():
        place, _, part = name.partition("_")
        if part:
            named[f"{names[place]}_{part}"] = joint
    return named, how


def _pairs(clip: SkeletonClip, lengths: Float[np.ndarray, "joint"]) -> list[_Pair]:
    longest = _longest_chains(clip, lengths)
    total = {joint: float(lengths[list(chain)].sum()) for joint, chain in longest.items()}
    whole = max(total.values(), default=0.0)
    found = []
    for fork in range(len(clip.names)):
        below = [child for child in clip.children(fork) if total[child] >= LEAST_LIMB * whole]
        options = [(one, other) for at, one in enumerate(below) for other in below[at + 1 :]]
        scored = [(_difference(longest[one], longest[other], lengths), one, other) for one, other in options]
        best = min(scored, default=(np.inf, 0, 0))
        if best[0] <= EQUAL:
            limbs = (longest[best[1]], longest[best[2]])
            found.append(_Pair(fork=fork, limbs=limbs, length=total[best[1]]))
    return found


def _longest_chains(clip: SkeletonClip, lengths: Float[np.ndarray, "joint"]) -> dict[int, tuple[int, ...]]:
    """For every joint the longest chain of joints that begins with it."""
    chains: dict[int, tuple[int, ...]] = {}
    for joint in reversed(range(len(clip.names))):
        below = [chains[child] for child in clip.children(joint)]
        chains[joint] = (joint, *max(below, key=lambda chain: lengths[list(chain)].sum(), default=()))
    return chains


def _difference(one: tuple[int, ...], other: tuple[int, ...], lengths: Float[np.ndarray, "joint"]) -> float:
    """The greatest difference of two chains' bones, as a fraction of the chain; infinite for other numbers of bones."""
    if len(one) != len(other) or len(one) < 3:
        return np.inf
    first, second = lengths[list(one)], lengths[list(other)]
    return float(np.abs(first - second).max() / max(first.sum(), second.sum(), 1e-9))


def _legs_and_arms(clip: SkeletonClip, pairs: list[_Pair]) -> tuple[_Pair | None, _Pair | None]:
    """The two longest pairs that do not lie within each other; the legs fork above the arms, or are longer."""
    for at, one in enumerate(pairs):
        for other in pairs[at + 1 :]:
            if one.fork == other.fork or any(other.fork in limb for limb in one.limbs):
                continue
            if other.fork in clip.ancestors(one.fork):
                return other, one
            return one, other
    return None, None


def _two_long_bones(limb: tuple[int, ...], lengths: Float[np.ndarray, "joint"]) -> int | None:
    """Where in a limb the joint above its two longest neighbouring bones stands."""
    sums = []
    for at in range(len(limb) - 2):
        upper, lower = lengths[limb[at + 1]], lengths[limb[at + 2]]
        if 0 < max(upper, lower) < UNEQUAL_BONES * min(upper, lower):
            sums.append((upper + lower, at))
    return max(sums)[1] if sums else None


def _neck_and_head(clip: SkeletonClip, arms: _Pair, lengths: Float[np.ndarray, "joint"]) -> dict[str, int]:
    chains = _longest_chains(clip, lengths)
    used = {limb[0] for limb in arms.limbs}
    others = [chains[child] for child in clip.children(arms.fork) if child not in used]
    others = [chain for chain in others if lengths[list(chain)].sum() > 0]
    if not others:
        return {}
    return dict(zip(("neck", "head"), max(others, key=lambda chain: lengths[list(chain)].sum()), strict=False))


def _first_is_left(clip: SkeletonClip, found: Mapping[str, int], sides: tuple[str, ...]) -> tuple[bool, str]:
    votes = 0
    for name, joint in found.items():
        if sides[joint] and name not in ("neck", "head"):
            votes += 1 if (sides[joint] == "left") == name.startswith("first") else -1
    if votes:
        return votes > 0, "left and right by the names"
    pose = clip.positions[0] if clip.rest is None else clip.rest
    if all(f"{place}_toe" in found for place in ("first", "second")):
        forward = sum(pose[found[f"{place}_toe"]] - pose[found[f"{place}_ankle"]] for place in ("first", "second"))
        upward = sum(pose[found[f"{place}_hip"]] - pose[found[f"{place}_ankle"]] for place in ("first", "second"))
        across = pose[found["first_hip"]] - pose[found["second_hip"]]
        return float(np.cross(upward, forward) @ across) > 0, "left and right by where the feet point"
    return True, "the limbs that come first in the file as the left ones"
