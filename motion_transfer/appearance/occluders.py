"""Things that the person holds or that pass before the person: pixels that look like neither body nor background."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

UNLIKE = 48  # grey levels, largest channel
SMALLEST = 0.0012  # of the person's height squared; smaller spots are creases and highlights
MARGIN = 0.018  # of the person's height
INSIDE = 0.010  # of the person's height: nearer to the outline the fit's error looks like an object
BESIDE = 0.035  # of the person's height: mask farther than this from the body is no clothing


def find_occluders(
    frame: UInt8[np.ndarray, "height width 3"],
    textured: UInt8[np.ndarray, "height width 3"],
    covered: Bool[np.ndarray, "height width"],
    seen: Float[np.ndarray, "height width"],
    plate: UInt8[np.ndarray, "height width 3"],
    alpha: Float[np.ndarray, "height width"],
) -> Bool[np.ndarray, "height width"]:
    """Mark whole objects with a margin.

    Args:
        textured: the body with its baked texture; anything where it is not.
        covered: where the body is.
        seen: how well the texture is known.
        alpha: the person's matte, which may contain the object.
    """
    rows = np.nonzero(covered.any(1))[0]
    if not len(rows):
        return np.zeros(covered.shape, bool)
    person = float(rows[-1] - rows[0] + 1)
    from_body = _unlike(frame, textured)
    from_plate = _unlike(frame, plate)
    inside = cv2.distanceTransform(covered.astype(np.uint8), cv2.DIST_L2, 3) > INSIDE * person
    beside = cv2.distanceTransform((~covered).astype(np.uint8), cv2.DIST_L2, 3) > BESIDE * person
    before_body = inside & (seen > 0.4) & from_body & from_plate
    before_plate = beside & (alpha > 0.5) & from_plate
    spots = (before_body | before_plate).astype(np.uint8)
    spots = cv2.morphologyEx(spots, cv2.MORPH_OPEN, _disc(max(1, round(0.008 * person))))
    spots = cv2.morphologyEx(spots, cv2.MORPH_CLOSE, _disc(max(1, round(0.02 * person))))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(spots, connectivity=8)
    large = [i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] > SMALLEST * person**2]
    found = np.isin(labels, large).astype(np.uint8)
    return cv2.dilate(found, _disc(max(1, round(MARGIN * person)))) > 0


def _unlike(a: UInt8[np.ndarray, "h w 3"], b: UInt8[np.ndarray, "h w 3"]) -> Bool[np.ndarray, "h w"]:
    """Pixels that differ from all of the other picture's nearby ones, so that small shifts do not count."""
    low, high = cv2.erode(b, np.ones((5, 5), np.uint8)), cv2.dilate(b, np.ones((5, 5), np.uint8))
    above = cv2.subtract(a, high)
    below = cv2.subtract(low, a)
    return np.maximum(above, below).max(2) > UNLIKE


def _disc(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
