"""Surface of limbs that lies in shade, under an arm or inside of a sleeve: cloth does not go on in its colours."""

import numpy as np
from jaxtyping import Bool, Float, Int

from motion_transfer.appearance.garments import LIMBS
from motion_transfer.body.skeleton import PARTS

RING_M, LEAST_POINTS = 0.02, 24  # around a limb: its length along it, and the points that say how bright it is
LIGHT, SHADED = 75, 0.5  # per cent of a ring's points that are no brighter than its light; of that light: less is shade


def in_shade(
    points_m: Float[np.ndarray, "point 3"],
    rgb: Float[np.ndarray, "point 3"],
    part: Int[np.ndarray, "point"],
    known: Bool[np.ndarray, "point"],
) -> Bool[np.ndarray, "point"]:
    """Known points of limbs that are much darker than what lies around the limb beside them.

    Dark rings around a limb, such as stripes and cuffs, are no shade.

    Args:
        points_m: of the body at rest.
        rgb: colours in [0, 1].
        part: index of each point's part of the body.
    """
    shaded = np.zeros(len(points_m), bool)
    for limb in LIMBS:
        rows = np.flatnonzero(known & np.isin(part, [PARTS.index(name) for name in limb.parts]))
        brightness, ring = rgb[rows].mean(1), (points_m[rows, limb.along] / RING_M).round()
        for place in np.unique(ring):
            around = ring == place
            if around.sum() >= LEAST_POINTS:
                shaded[rows[around]] = brightness[around] < SHADED * np.percentile(brightness[around], LIGHT)
    return shaded
