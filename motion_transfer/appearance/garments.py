"""Clothes as bands around the body: which parts one garment covers, and the colours that it has along them."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int

from motion_transfer.appearance.known_surface import Colours, Points
from motion_transfer.body.skeleton import PARTS
from motion_transfer.domain.value import value

BAND_M, REACH_M = 0.006, 0.012  # from band to band along the body, and how far each reaches to both sides
LEAST_POINTS = 24  # of a band
LEAST_OF_USUAL = 0.33  # of the usual band's points: narrower ones, such as a throat's, take their neighbour's colour
INNER = 0.65  # of a trunk's points: the flanks lie in the shade of the arms
PLAIN = 0.8  # of these: the rest are buttons, badges and what else is rare
EVEN_M, ALIKE, ROUNDS = 0.06, 0.09, 6  # shades along the body are evened out where colours, in [0, 1], are so alike
NECKLINE_M = 0.16  # below a trunk's top, where a front may be bare: there the back looks as the shoulders do
ODD, FEW_ODD, MANY_ODD = 0.15, 0.1, 0.18  # from the usual colour in [0, 1]; shares of such points, plain and patterned
PATTERN_M = 0.2  # to both sides along the body, over which cloth is judged to be plain or patterned


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


LIMBS = (
    *(Garment(parts=(f"{side}_{part}",), along=0) for side in ("left", "right") for part in ("upper_arm", "forearm")),
    *(Garment(parts=(f"{side}_shank",)) for side in ("left", "right")),
)
GARMENTS = (Garment(parts=("torso", "left_thigh", "right_thigh"), trunk=True), *LIMBS)


def lenders(name: str) -> Int[np.ndarray, "lender"]:
    """Indices of the parts that one part takes colours from: all that the same cloth may cover, or itself."""
    names = next((garment.parts for garment in GARMENTS if name in garment.parts), (name,))
    return np.array([PARTS.index(each) for each in names])


@value
class Bands:
    """A garment's colours along the body, in order.

    Attributes:
        places_m: of each band along the garment's axis.
        rgb: its usual colour in [0, 1], without the shades of arms.
        plain: the points, of those that were seen, that have about that colour somewhere.
        patterned: whether the cloth has a pattern there, in [0, 1].
    """

    garment: Garment
    places_m: Float[np.ndarray, "band"]
    rgb: Float[np.ndarray, "band 3"]
    plain: Int[np.ndarray, "plain"]
    patterned: Float[np.ndarray, "band"]

    def colours(self, points_m: Points) -> Colours:
        """The usual colours around the body at some points."""
        along_m = points_m[:, self.garment.along]
        return np.stack([np.interp(along_m, self.places_m, channel) for channel in self.rgb.T], 1)

    def pattern(self, points_m: Points) -> Float[np.ndarray, "point"]:
        """Whether the cloth has a pattern at some points, in [0, 1]."""
        return np.interp(points_m[:, self.garment.along], self.places_m, self.patterned)


def bands_of(seen: RestSurface, garment: Garment) -> Bands | None:
    """The bands of a garment; None where too little of it was seen."""
    bands = list(_bands(seen, garment))
    if not bands:
        return None
    places_m = np.array([band.place_m for band in bands])
    return Bands(
        garment=garment,
        places_m=places_m,
        rgb=_evened(places_m, np.array([band.rgb for band in bands])),
        plain=np.unique(np.concatenate([band.plain for band in bands])),
        patterned=_patterned(bands, NECKLINE_M if garment.trunk else 0.0),
    )


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


def _patterned(bands: list[_Band], bare_m: float) -> Float[np.ndarray, "band"]:
    """Whether the cloth has a pattern around each band, in [0, 1]; the last bands, where it may end, do not tell."""
    places_m, odd = np.array([band.place_m for band in bands]), np.array([band.odd for band in bands])
    telling = places_m <= max(places_m[0], places_m[-1] - bare_m)
    near = np.abs(places_m[:, None] - places_m) < PATTERN_M
    share = np.array([np.median(odd[row & telling]) if (row & telling).any() else 0.0 for row in near])
    return soft_step((share - FEW_ODD) / (MANY_ODD - FEW_ODD))


def soft_step(place: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """From 0 at 0 to 1 at 1, without corners."""
    place = np.clip(place, 0, 1)
    return place * place * (3 - 2 * place)
