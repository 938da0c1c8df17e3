"""Cloth for the sides of the body that no frame shows.

A front as it is gives no back: it has buttons, a neck opening, a print, and a hem that is cut in a curve. Cloth goes
around the body. So an unseen side takes, at each place along the body, the colour that most of the seen surface has
there, which makes hems straight; light that falls off to the side; and the small folds of the surface opposite.
Cloth whose pattern that would lose is left as it was completed before, from the front.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial import KDTree

from motion_transfer.appearance.garments import GARMENTS, Garment, RestSurface, bands_of, lenders, soft_step
from motion_transfer.appearance.known_surface import Colours, nearest_within
from motion_transfer.domain.value import value

MIDDLE_M = 0.04  # to both sides of a trunk's middle, where it has buttons and openings
OTHER_HUE, OTHER_SHADE = 0.4, 3.0  # of colours over their brightness, and ratio of brightness: more is no light
DARKEST, LIGHTEST = 0.75, 1.25
CELL_M, SHADE_CELLS = 0.01, 9  # folds are what differs from the mean of so many cells around
FOLD_REACH_M, FOLDS = 0.01, 0.7  # folds are less than they were, so that they are not recognized
BESIDE_M, AWAY_M = 0.02, 0.07  # from the seen surface, whose colours go on up to there, and from where cloth is new


def clothe_unseen_sides(
    completed: Colours,
    surface: RestSurface,
    part: Int[np.ndarray, "point"],
    known: Bool[np.ndarray, "point"],
    missing: Bool[np.ndarray, "point"],
) -> None:
    """Give points far from all that was seen the colours of cloth, in place; hands, feet and head stay.

    Args:
        completed: colours in [0, 1] that go on from the seen surface.
    """
    for garment in GARMENTS:
        covered = np.isin(part, lenders(garment.parts[0]))
        seen, unseen = surface.at(known & covered), np.flatnonzero(missing & covered)
        if not len(seen.points_m) or not len(unseen):
            continue
        apart_m, _ = nearest_within(KDTree(seen.points_m), surface.points_m[unseen], AWAY_M)
        share = soft_step((apart_m - BESIDE_M) / (AWAY_M - BESIDE_M))
        unseen, share = unseen[share > 0], share[share > 0, None]
        for piece, of_unseen in _pieces(seen, surface.points_m[unseen], garment):
            rows, new = unseen[of_unseen], share[of_unseen]
            found = plain_cloth(piece, surface.at(rows), garment)
            if found is not None:
                new = new * found.plainness[:, None]
                completed[rows] = new * found.rgb + (1 - new) * completed[rows]


def _pieces(
    seen: RestSurface, unseen_m: Float[np.ndarray, "unseen 3"], garment: Garment
) -> Iterator[tuple[RestSurface, Bool[np.ndarray, "unseen"]]]:
    """What is seen of a garment, and which unseen points it covers: the left and the right half where they differ."""
    left = seen.points_m[:, 0] > 0
    halves = [np.median(seen.rgb[half], 0) for half in (left, ~left) if half.any()]
    if garment.trunk and len(halves) == 2 and is_other_cloth(*halves):
        yield seen.at(left), unseen_m[:, 0] > 0
        yield seen.at(~left), unseen_m[:, 0] <= 0
    else:
        yield seen, np.ones(len(unseen_m), bool)


def is_other_cloth(one: Float[np.ndarray, "*pair 3"], other: Float[np.ndarray, "*pair 3"]) -> Bool[np.ndarray, "*pair"]:
    """Whether two colours differ by more than light from one side does."""
    brightness, other_brightness = one.mean(-1) + 0.05, other.mean(-1) + 0.05
    hue_apart = np.linalg.norm(one / brightness[..., None] - other / other_brightness[..., None], axis=-1)
    ratio = np.maximum(brightness / other_brightness, other_brightness / brightness)
    return np.asarray((hue_apart > OTHER_HUE) | (ratio > OTHER_SHADE))


@value
class PlainCloth:
    """A garment at unseen points.

    Attributes:
        rgb: colours in [0, 1].
        plainness: 1 where the cloth has one colour around the body, 0 where it has a pattern, which these colours lack.
    """

    rgb: Float[np.ndarray, "point 3"]
    plainness: Float[np.ndarray, "point"]


def plain_cloth(seen: RestSurface, unseen: RestSurface, garment: Garment) -> PlainCloth | None:
    """A garment at unseen points; None where too little of it was seen."""
    if garment.trunk:
        seen = seen.at(np.abs(seen.points_m[:, 0]) > MIDDLE_M)
    bands = bands_of(seen, garment)
    if bands is None or not len(unseen.points_m):
        return None
    plain = seen.at(bands.plain)
    cloth = bands.colours(unseen.points_m)
    if garment.trunk:
        cloth = cloth * _light(plain, bands.colours(plain.points_m), unseen.normals)[:, None]
    return PlainCloth(
        rgb=(cloth + FOLDS * _folds(plain, unseen.points_m)).clip(0, 1),
        plainness=1 - bands.pattern(unseen.points_m),
    )


def _light(seen: RestSurface, usual: Colours, normals: Float[np.ndarray, "unseen 3"]) -> Float[np.ndarray, "unseen"]:
    """How much lighter surface is by how it is turned to the side and up: a plane fitted to the logarithm of the seen.

    Nothing is said of light from front or back, because only one of them was seen.
    """
    ratio = np.log((seen.rgb.mean(1) + 0.02) / (usual.mean(1) + 0.02))
    plane, *_ = np.linalg.lstsq(np.column_stack([seen.normals[:, :2], np.ones(len(ratio))]), ratio, rcond=None)
    return np.exp(normals[:, :2] @ plane[:2]).clip(DARKEST, LIGHTEST)


def _folds(seen: RestSurface, points_m: Float[np.ndarray, "unseen 3"]) -> Float[np.ndarray, "unseen 3"]:
    """What the seen points opposite differ in from the shade around them; 0 where none is opposite."""
    cell, counts = np.unique((seen.points_m / CELL_M).round(), axis=0, return_inverse=True, return_counts=True)[1:]
    shade = np.zeros((len(counts), 3))
    np.add.at(shade, cell.ravel(), seen.rgb / counts[cell.ravel(), None])
    middle_m = np.zeros((len(counts), 3))
    np.add.at(middle_m, cell.ravel(), seen.points_m / counts[cell.ravel(), None])
    index = np.asarray(KDTree(middle_m).query(seen.points_m, k=min(SHADE_CELLS, len(counts)), workers=-1)[1])
    folds = seen.rgb - shade[index.reshape(len(seen.rgb), -1)].mean(1)
    apart_m, nearest = nearest_within(KDTree(seen.points_m[:, :2]), points_m[:, :2], FOLD_REACH_M)
    return np.where(np.isfinite(apart_m)[:, None], folds[nearest], 0)
