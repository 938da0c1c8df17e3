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

from motion_transfer.appearance.known_surface import Colours, Points, nearest_within
from motion_transfer.body.skeleton import PARTS
from motion_transfer.domain.value import value

BAND_M, REACH_M = 0.006, 0.012  # from band to band along the body, and how far each reaches to both sides
LEAST_POINTS = 24  # of a band
LEAST_OF_USUAL = 0.33  # of the usual band's points: narrower ones, such as a throat's, take their neighbour's colour
INNER = 0.65  # of a trunk's points: the flanks lie in the shade of the arms
PLAIN = 0.8  # of these: the rest are buttons, badges and what else is rare
MIDDLE_M = 0.04  # to both sides of a trunk's middle, where it has buttons and openings
EVEN_M, ALIKE, ROUNDS = 0.06, 0.09, 6  # shades along the body are evened out where colours, in [0, 1], are so alike
OTHER_HUE, OTHER_SHADE = 0.4, 3.0  # of colours over their brightness, and ratio of brightness: more is no light
NECKLINE_M = 0.16  # below a trunk's top, where a front may be bare: there the back looks as the shoulders do
ODD, FEW_ODD, MANY_ODD = 0.15, 0.1, 0.18  # from the usual colour in [0, 1]; shares of such points, plain and patterned
PATTERN_M = 0.2  # to both sides along the body, over which cloth is judged to be plain or patterned
DARKEST, LIGHTEST = 0.75, 1.25
CELL_M, SHADE_CELLS = 0.01, 9  # folds are what differs from the mean of so many cells around
FOLD_REACH_M, FOLDS = 0.01, 0.7  # folds are less than they were, so that they are not recognized
BESIDE_M, AWAY_M = 0.02, 0.07  # from the seen surface, whose colours go on up to there, and from where cloth is new


@value
class RestSurface:
    """Points of the body at rest, and what they show as far as they were seen.

    Attributes:
        normals: of unit length.
        rgb: colours in [0, 1].
    """

    points_m: Float[np.ndarray, "point 3"]
    normals: Float[np.ndarray, "point 3"]
    rgb: Float[np.ndarray, "point 3"]

    def at(self, chosen: np.ndarray) -> "RestSurface":
        """Some of the points."""
        return RestSurface(points_m=self.points_m[chosen], normals=self.normals[chosen], rgb=self.rgb[chosen])


@value
class Garment:
    """Parts of the body that cloth covers alike.

    Attributes:
        along: the axis that they lie along at rest.
        trunk: whether the trunk is one of them.
    """

    parts: tuple[str, ...]
    along: int = 1
    trunk: bool = False


GARMENTS = (
    Garment(parts=("torso", "left_thigh", "right_thigh"), trunk=True),
    *(Garment(parts=(f"{side}_{part}",), along=0) for side in ("left", "right") for part in ("upper_arm", "forearm")),
    *(Garment(parts=(f"{side}_shank",)) for side in ("left", "right")),
)


def lenders(name: str) -> Int[np.ndarray, "lender"]:
    """Indices of the parts that one part takes colours from: all that the same cloth may cover, or itself."""
    names = next((garment.parts for garment in GARMENTS if name in garment.parts), (name,))
    return np.array([PARTS.index(each) for each in names])


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
    bands = list(_bands(seen, garment))
    if not bands or not len(unseen.points_m):
        return None
    places_m = np.array([band.place_m for band in bands])
    colours = _evened(places_m, np.array([band.rgb for band in bands]))
    plain = seen.at(np.unique(np.concatenate([band.plain for band in bands])))

    def around(points_m: Points) -> Colours:
        return np.stack([np.interp(points_m[:, garment.along], places_m, channel) for channel in colours.T], 1)

    cloth = around(unseen.points_m)
    if garment.trunk:
        cloth = cloth * _light(plain, around(plain.points_m), unseen.normals)[:, None]
    patterned = _patterned(bands, NECKLINE_M if garment.trunk else 0.0)
    return PlainCloth(
        rgb=(cloth + FOLDS * _folds(plain, unseen.points_m)).clip(0, 1),
        plainness=1 - np.interp(unseen.points_m[:, garment.along], places_m, patterned),
    )


def _patterned(bands: "list[_Band]", bare_m: float) -> Float[np.ndarray, "band"]:
    """Whether the cloth has a pattern around each band, in [0, 1]; the last bands, where it may end, do not tell."""
    places_m, odd = np.array([band.place_m for band in bands]), np.array([band.odd for band in bands])
    telling = places_m <= max(places_m[0], places_m[-1] - bare_m)
    near = np.abs(places_m[:, None] - places_m) < PATTERN_M
    share = np.array([np.median(odd[row & telling]) if (row & telling).any() else 0.0 for row in near])
    return soft_step((share - FEW_ODD) / (MANY_ODD - FEW_ODD))


@value
class _Band:
    """What goes around the body at one place along it.

    Attributes:
        rgb: its usual colour.
        plain: the points that have about that colour.
        odd: share of the points that have quite another one.
    """

    place_m: float
    rgb: Float[np.ndarray, "3"]
    plain: Int[np.ndarray, "row"]
    odd: float


def _bands(seen: RestSurface, garment: Garment) -> Iterator[_Band]:
    """Bands around the body, in order."""
    place_m, across_m = seen.points_m[:, garment.along], seen.points_m[:, 1 - garment.along]
    if not len(place_m):
        return
    order = np.argsort(place_m)
    places_m = np.arange(place_m.min(), place_m.max() + BAND_M, BAND_M)
    firsts, stops = np.searchsorted(place_m[order], (places_m - REACH_M, places_m + REACH_M))
    least = max(LEAST_POINTS, LEAST_OF_USUAL * np.median(stops - firsts))
    for middle_m, first, stop in zip(places_m, firsts, stops, strict=True):
        if stop - first < least:
            continue
        rows = order[first:stop]
        off_m = np.abs(across_m[rows] - np.median(across_m[rows]))
        if garment.trunk and middle_m > place_m.max() - NECKLINE_M:
            rows = rows[off_m >= np.quantile(off_m, INNER)]
        elif garment.trunk:
            rows = rows[off_m <= np.quantile(off_m, INNER)]
        sides = rows[across_m[rows] > 0], rows[across_m[rows] <= 0]  # one may be in the light, and the other in shade
        plain = [_usual(side, seen.rgb[side]) for side in sides if len(side)]
        colour = np.mean([seen.rgb[side].mean(0) for side in plain], 0)
        odd = np.mean([np.mean(_apart(seen.rgb[side]) > ODD) for side in sides if len(side)])
        yield _Band(place_m=float(middle_m), rgb=colour, plain=np.concatenate(plain), odd=float(odd))


def _usual(rows: Int[np.ndarray, "row"], rgb: Float[np.ndarray, "row 3"]) -> Int[np.ndarray, "usual"]:
    """Those of the rows whose colours are nearest to the median."""
    apart = _apart(rgb)
    return rows[apart <= np.quantile(apart, PLAIN)]


def _apart(rgb: Colours) -> Float[np.ndarray, "point"]:
    """How far colours are from their median."""
    return np.linalg.norm(rgb - np.median(rgb, 0), axis=1)


def _evened(place_m: Float[np.ndarray, "band"], rgb: Float[np.ndarray, "band 3"]) -> Float[np.ndarray, "band 3"]:
    """Colours along the body without the shades of arms, but with the borders of clothes: a bilateral filter."""
    near = np.exp(-0.5 * ((place_m[:, None] - place_m) / EVEN_M) ** 2)
    for _ in range(ROUNDS):
        apart = np.linalg.norm(rgb[:, None] - rgb, axis=2)
        weight = near * np.exp(-0.5 * (apart / ALIKE) ** 2)
        rgb = weight @ rgb / weight.sum(1, keepdims=True)
    return rgb


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


def soft_step(place: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """From 0 at 0 to 1 at 1, without corners."""
    place = np.clip(place, 0, 1)
    return place * place * (3 - 2 * place)
