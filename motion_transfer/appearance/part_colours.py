"""Which colours each part of the body has, stretch by stretch along its bone: a sleeve ends all around the arm.

Poses are not exact, and arms swing before the trunk: a few frames show on each part what lies before or behind it.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int

from motion_transfer.appearance.texel_map import TexelMap
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS, joint

HANDS = ("left_hand", "right_hand")  # of one colour, skin or glove
MANY_COLOURS = ("head",)  # small things on it, as eyes and glasses, are its own
STRETCHES = 8  # of trunk and limbs along their bones; hands and feet are a single one
BONES = {"upper_arm": ("shoulder", "elbow"), "forearm": ("elbow", "wrist")}
BONES |= {"thigh": ("hip", "knee"), "shank": ("knee", "ankle")}
LEAST_POINTS = 60  # that tell colours
LEVELS = 12  # of each channel, into which colours are sorted
HAND_APART = 0.3  # the same from the median of a hand, which is round and shines
TINT_APART = 0.07  # the same in shares of red, green and blue: light and shadow change these hardly at all
DARK = 0.15  # sum of the channels below which the tint is noise

Colours = Float[np.ndarray, "point 3"]
Palettes = Mapping[int, Float[np.ndarray, "colour 3"]]


@lru_cache(maxsize=4)
def stretch_of_vertex(model: BodyModel) -> Int[np.ndarray, "vertex"]:
    """Number of each vertex's stretch: its part times `STRETCHES`, and how far along the bone it lies at rest."""
    part = model.part_of_vertex.numpy()
    stretch, rest_m = part * STRETCHES, model.template_m.numpy()
    joints_m = (model.joint_regressor @ model.template_m).numpy()
    for number, name in enumerate(PARTS):
        side, _, limb = name.partition("_")
        ends = ("pelvis", "neck") if name == "torso" else tuple(f"{side}_{end}" for end in BONES.get(limb, ()))
        if not ends:
            continue
        start, end = (joints_m[joint(name)] for name in ends)
        along = (rest_m[part == number] - start) @ (end - start) / ((end - start) ** 2).sum()
        stretch[part == number] += (along * STRETCHES).astype(int).clip(0, STRETCHES - 1)
    return stretch


def stretch_of_texel(texels: TexelMap, model: BodyModel) -> Int[np.ndarray, "texel"]:
    """That of each texel's nearest vertex."""
    corner = texels.barycentric.argmax(1, keepdim=True)
    return stretch_of_vertex(model)[model.faces[texels.face].gather(1, corner)[:, 0].numpy()]


def palettes(rgb: Colours, stretch: Int[np.ndarray, "point"], least_fraction: float) -> Palettes:
    """The colours of each stretch that enough of its points show, or of its part where it has few; of a hand one alone.

    Args:
        rgb: in [0, 1], of points that were well seen.
        least_fraction: of a stretch's points that have a colour which counts as its own.
    """
    found = {}
    for number in np.unique(stretch):
        part = number // STRETCHES
        points = rgb[stretch == number]
        if len(points) < LEAST_POINTS:
            points = rgb[stretch // STRETCHES == part]
        if PARTS[part] not in MANY_COLOURS and len(points) >= LEAST_POINTS:
            found[int(number)] = (
                np.median(points, 0, keepdims=True) if PARTS[part] in HANDS else _frequent(points, least_fraction)
            )
    return found


def is_foreign(
    rgb: Colours, stretch: Int[np.ndarray, "point"], known: Palettes, apart: float
) -> Bool[np.ndarray, "point"]:
    """Which points show a colour that is none of their stretch's or its neighbours'; none where these are not known.

    Args:
        apart: distance in colours of [0, 1] from all of these.
    """
    foreign = np.zeros(len(rgb), bool)
    for number in np.unique(stretch):
        part = number // STRETCHES
        near = [known[at] for at in (number - 1, number, number + 1) if at in known and at // STRETCHES == part]
        if not near:
            continue
        chosen, palette = stretch == number, np.concatenate(near)
        if PARTS[part] in HANDS:
            foreign[chosen] = _is_no_hand(rgb[chosen], palette[0])
        else:
            foreign[chosen] = np.linalg.norm(rgb[chosen][:, None] - palette, axis=-1).min(1) >= apart
    return foreign


def _frequent(rgb: Colours, least_fraction: float) -> Float[np.ndarray, "colour 3"]:
    """Means of the colours that are not rare."""
    bins = (rgb.clip(0, 1) * (LEVELS - 1)).round().astype(np.int64) @ np.array([LEVELS**2, LEVELS, 1])
    _, which, count = np.unique(bins, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(which, rgb[:, channel]) for channel in range(3)], 1)
    means = sums / count[:, None]
    often = count >= least_fraction * len(rgb)
    return means[often] if often.any() else means


def _is_no_hand(rgb: Colours, hand_rgb: Float[np.ndarray, "3"]) -> Bool[np.ndarray, "point"]:
    """A sleeve, a window, grass between fingers: of another brightness or tint than the hand."""
    total = rgb.sum(-1)
    tint = rgb / np.maximum(total, DARK)[:, None]
    hand_tint = hand_rgb / max(float(hand_rgb.sum()), DARK)
    tinted = (np.linalg.norm(tint - hand_tint, axis=-1) > TINT_APART) & (total > DARK)
    return (np.linalg.norm(rgb - hand_rgb, axis=-1) > HAND_APART) | tinted
