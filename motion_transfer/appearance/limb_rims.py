"""How much the rim of what was seen of an arm or a shank tells: poses are not exact, and beside a limb lies background.

A limb is narrow, and of a side that never faces the camera only a rim is seen, at a slant, where shade and the colours
of what lies behind the limb mix in. What goes on from there around the limb would be striped in these colours.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import KDTree

from motion_transfer.appearance.garments import LIMBS, Bands, RestSurface, bands_of, lenders, soft_step
from motion_transfer.appearance.known_surface import NEIGHBOURS

HOLE_M = 0.01  # around a point that was not seen, within which others were: it is no side that was never seen
RIM_M = 0.015  # beside the unseen side, over which the worth falls to nothing
WIDE_M = 0.05  # the same for colours that are not the limb's
NARROW = 0.5  # of the deepest that the seen surface reaches, which a rim may take away
ODD = 0.105, 0.195  # from the limb's usual colour in [0, 1]: from shade to something else
AGREED = 0.8  # `seen` from which another colour is a watch
CORE = 0.3  # of the seen surface, farthest from the unseen, that tells the usual colour


def rim_worth(
    surface: RestSurface, part: Int[np.ndarray, "point"], seen: Float[np.ndarray, "point"], known: float
) -> Float[np.ndarray, "point"]:
    """What the colours of points are worth, in [0, 1]: 1 everywhere but beside the unseen sides of limbs.

    Args:
        seen: how well each point was seen, in [0, 1].
        known: `seen` above which a point counts as seen.
    """
    worth = np.ones(len(part))
    for garment in LIMBS:
        of_limb = np.isin(part, lenders(garment.parts[0]))
        shown, unseen = np.flatnonzero(of_limb & (seen > known)), np.flatnonzero(of_limb & (seen <= known))
        inward_m = _inward_m(surface.points_m[shown], surface.points_m[unseen])
        if inward_m is None:
            continue
        worth[shown] = soft_step(inward_m / min(RIM_M, NARROW * float(inward_m.max())))
        core = shown[inward_m >= np.quantile(inward_m, 1 - CORE)]
        bands = bands_of(surface.at(core), garment)
        if bands is not None:
            odd = _oddness(surface.at(shown), bands) * (seen[shown] < AGREED)
            worth[shown] *= 1 - odd * (1 - soft_step(inward_m / WIDE_M))
    return worth


def _inward_m(
    shown_m: Float[np.ndarray, "shown 3"], unseen_m: Float[np.ndarray, "unseen 3"]
) -> Float[np.ndarray, "shown"] | None:
    """How far points that were seen lie from the sides that were not; None where there is no such side."""
    if min(len(shown_m), len(unseen_m)) < NEIGHBOURS:
        return None
    outward_m, _ = KDTree(shown_m).query(unseen_m, workers=-1)
    side_m = unseen_m[np.asarray(outward_m) > HOLE_M]
    if not len(side_m):
        return None
    apart_m, _ = KDTree(side_m).query(shown_m, workers=-1)
    return np.asarray(apart_m) - HOLE_M


def _oddness(seen: RestSurface, bands: Bands) -> Float[np.ndarray, "point"]:
    """How far points have another colour than the limb has there, in [0, 1]; 0 on cloth with a pattern."""
    apart = np.linalg.norm(seen.rgb - bands.colours(seen.points_m), axis=1)
    least, most = ODD
    return soft_step((apart - least) / (most - least)) * (1 - bands.pattern(seen.points_m))
