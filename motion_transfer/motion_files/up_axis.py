"""Which axis of a file points up: from its rest pose and from the floor that it keeps, never from its mean pose.

A person who lies, or stands on their hands, for a whole clip does so in the result. The axis along which a body at
rest stands is believed, unless the motion keeps no level floor along it and does along the axis that bodies stand on
most of the time: so it is in files whose skeleton has y up and whose world has z up.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

AXES = ("x", "y", "z")
UPS = (*AXES, *(f"-{axis}" for axis in AXES))
ALONG, STRAIGHT = 0.7, 0.5  # cosines: of the body with an axis, and of legs with trunk, from which an axis is believed
LEVEL, AT_ZERO = 0.12, 0.15  # of a leg's length: how far a floor may vary, and how far it may be from the origin
FLOOR = (0.05, 0.5)  # quantiles of the lowest point of a frame, between which a floor is level: jumps lie above
Places = Mapping[str, Float[np.ndarray, "_ 3"]]


def check_up(up: str) -> None:
    """Refuse what is no axis.

    Raises:
        ValueError: it is neither `auto` nor an axis.
    """
    if up not in ("auto", *UPS):
        raise ValueError(f"expected up to be auto or one of {', '.join(UPS)}, got {up!r}; choose one of them")


def axis_vector(up: str) -> Float[np.ndarray, "3"]:
    """`-y` -> (0, -1, 0)."""
    vector = np.zeros(3)
    vector[AXES.index(up[-1])] = -1 if up.startswith("-") else 1
    return vector


def find_up(
    moving: Places, everything: Float[np.ndarray, "frame joint 3"], rest: Places | None, stated: str | None, asked: str
) -> tuple[str, tuple[str, ...]]:
    """The axis that points up, and what was guessed.

    Args:
        moving: positions by role.
        everything: positions of all joints.
        rest: the roles where no rotation is applied; None for files without.
        stated: what the format says, if it does.
        asked: what the user says, or `auto`.
    """
    standing = body_axis(moving)
    if asked != "auto":
        return asked, ()
    at_rest = None if rest is None else body_axis(rest)
    believed = stated or at_rest or "y"
    if standing is None or standing == believed:
        return believed, _told(believed)
    leg = leg_length(moving)
    level = {axis: _floor(everything, axis)[1] < LEVEL * leg for axis in (standing, believed)}
    near = {axis: abs(_floor(everything, axis)[0]) < AT_ZERO * leg for axis in (standing, believed)}
    better = (level[standing], near[standing]) > (level[believed], near[believed])
    if better or (at_rest is None and stated is None and level[standing] >= level[believed] and not near[believed]):
        return standing, (f"{standing} was taken for up, because the motion keeps a floor along it (up=... sets it).",)
    return believed, (
        f"{believed} was taken for up, as the skeleton stands at rest, although the body points along {standing} "
        f"most of the time: it lies, hangs or stands on its hands (up={standing} stands it up).",
    )


def body_axis(places: Places) -> str | None:
    """The axis that legs and trunk point along together; None where they agree with none."""
    trunk = _directions(places["neck"] - places["pelvis"])
    ankles = (places["left_ankle"] + places["right_ankle"]) / 2
    legs = _directions((places["left_hip"] + places["right_hip"]) / 2 - ankles)
    mean = ((trunk + legs) / 2).mean(0)
    axis = int(np.abs(mean).argmax())
    straight = float((trunk * legs).sum(-1).mean())
    if abs(mean[axis]) < ALONG or straight < STRAIGHT:
        return None
    return ("" if mean[axis] > 0 else "-") + AXES[axis]


def leg_length(places: Places) -> float:
    """From hip to knee to ankle, the median over the frames and the mean of both legs."""
    total = 0.0
    for side in ("left", "right"):
        hip, knee, ankle = (places[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
        total += float(np.median(np.linalg.norm(hip - knee, axis=-1) + np.linalg.norm(knee - ankle, axis=-1))) / 2
    return total


def _told(axis: str) -> tuple[str, ...]:
    return () if axis == "y" else (f"{axis} was taken for up (up=... sets it).",)


def _floor(everything: Float[np.ndarray, "frame joint 3"], axis: str) -> tuple[float, float]:
    """The height of the floor along an axis, and how far it varies."""
    lowest = (everything @ axis_vector(axis)).min(1)
    low, middle = np.quantile(lowest, FLOOR)
    return float(low), float(middle - low)


def _directions(vectors: Float[np.ndarray, "frame 3"]) -> Float[np.ndarray, "frame 3"]:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True).clip(1e-12)
