"""Occluders: things that the person holds or that pass before the person, which look like neither body nor plate."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from motion_transfer.rendering.outlines import disc

MIN_DIFFERENCE = 48  # grey levels, largest channel
KNOWN_TEXTURE = 0.4  # `seen` above which the texture is compared
# All of these are fractions of the person's height:
MIN_AREA = 0.0012  # of its square; smaller spots are creases and highlights
MARGIN = 0.018
INSIDE = 0.010  # nearer to the outline the fit's error looks like an object
BESIDE = 0.035  # mask farther than this from the body is no clothing
OPENING, CLOSING = 0.008, 0.02  # spots that are dropped, and gaps that are closed


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
        plate: the background without the person.
        alpha: the person's matte, which may contain the object.
    """
    rows = np.nonzero(covered.any(1))[0]
    if not len(rows):
        return np.zeros(covered.shape, bool)
    person_px = float(rows[-1] - rows[0] + 1)
    unlike_body, unlike_plate = _differs(frame, textured), _differs(frame, plate)
    inside = cv2.distanceTransform(covered.astype(np.uint8), cv2.DIST_L2, 3) > INSIDE * person_px
    beside = cv2.distanceTransform((~covered).astype(np.uint8), cv2.DIST_L2, 3) > BESIDE * person_px
    before_body = inside & (seen > KNOWN_TEXTURE) & unlike_body & unlike_plate
    before_plate = beside & (alpha > 0.5) & unlike_plate
    spots = (before_body | before_plate).astype(np.uint8)
    spots = cv2.morphologyEx(spots, cv2.MORPH_OPEN, disc(max(1, round(OPENING * person_px))))
    spots = cv2.morphologyEx(spots, cv2.MORPH_CLOSE, disc(max(1, round(CLOSING * person_px))))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(spots, connectivity=8)
    large = [i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] > MIN_AREA * person_px**2]
    found = np.isin(labels, large).astype(np.uint8)
    return cv2.dilate(found, disc(max(1, round(MARGIN * person_px)))) > 0


def _differs(
    a: UInt8[np.ndarray, "height width 3"], b: UInt8[np.ndarray, "height width 3"]
) -> Bool[np.ndarray, "height width"]:
    """Pixels of `a` that differ from all nearby ones of `b`, so that small shifts do not count."""
    low, high = cv2.erode(b, np.ones((5, 5), np.uint8)), cv2.dilate(b, np.ones((5, 5), np.uint8))
    above = cv2.subtract(a, high)
    below = cv2.subtract(low, a)
    return np.maximum(above, below).max(2) > MIN_DIFFERENCE
