"""Colours of the mirror-image side of the body in the light of this side."""

import numpy as np
from jaxtyping import Float
from scipy.spatial import KDTree

from motion_transfer.appearance.garments import soft_step
from motion_transfer.appearance.known_surface import NEIGHBOURS, Colours, KnownSurface, Points, nearest_within
from motion_transfer.appearance.plain_cloth import is_other_cloth

MIRROR_IMAGE = [-1, 1, 1]
MIRROR_REACH_M = 0.02
CELL_M = 0.03  # over which the difference of light is averaged
LIGHT_REACH_M = 0.06  # from where both sides are known: farther away nothing tells how this side is lit


def mirrored_colours(
    points_m: Points, own_m: Float[np.ndarray, "own 3"], own_rgb: Float[np.ndarray, "own 3"], twin: KnownSurface
) -> tuple[Float[np.ndarray, "point"], Colours]:
    """What the mirrored side shows at some points, and how much that counts, in [0, 1].

    Light comes from one side mostly. Where both sides are known, their colours tell the difference, and near these
    places the mirrored colours take it on, so that nothing ends at an edge. Farther away they stay as they are.

    Args:
        points_m: of this side at rest, whose colours are not known.
        own_m, own_rgb: points of this side whose colours are known.
        twin: the known surface of the other side, mirrored onto this one.
    """
    apart_m, nearest = twin.nearest(points_m, MIRROR_REACH_M)
    share = np.clip(2 - 2 * apart_m / MIRROR_REACH_M, 0, 1)
    colours = twin.rgb[nearest].copy()
    both, mirrored = twin.within(own_m, MIRROR_REACH_M)
    alike = ~is_other_cloth(own_rgb[both], mirrored)  # a badge, and hair over one shoulder, are no light
    light = _averaged(own_m[both][alike], (own_rgb[both] - mirrored)[alike])
    if light is not None:
        away_m, _ = nearest_within(KDTree(own_m[both][alike]), points_m, LIGHT_REACH_M)
        lit = (share > 0) & np.isfinite(away_m)
        fade = 1 - soft_step(away_m[lit, None] / LIGHT_REACH_M)
        colours[lit] += fade * light.colours(points_m[lit])
    return share, colours.clip(0, 1)


def _averaged(points_m: Points, difference: Colours) -> KnownSurface | None:
    """Means over the cells of a grid; None where it has too few."""
    _, cell = np.unique(np.floor(points_m / CELL_M).astype(np.int64), axis=0, return_inverse=True)
    count = np.bincount(cell.ravel())
    if len(count) < NEIGHBOURS:
        return None
    mean_m, mean = (
        np.stack([np.bincount(cell.ravel(), values) for values in of.T], 1) / count[:, None]
        for of in (points_m, difference)
    )
    return KnownSurface(mean_m, mean, depth_weight=1)
