"""Stick figures: the 2D condition of Everybody Dance Now, drawn from the projected 3D joints."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from motion_transfer.body.skeleton import JOINTS, PARENTS
from motion_transfer.domain.video import ImageSize

THICKNESS = 0.012  # of the picture's height
_SUBPIXEL_BITS = 4


def _limb_colours() -> list[tuple[int, int, int]]:
    """Well separated hues, one a limb."""
    hues = (np.arange(len(JOINTS)) * 180 / len(JOINTS)).astype(np.uint8)
    hsv = np.stack([hues, np.full_like(hues, 255), np.full_like(hues, 255)], -1)[None]
    return [(int(r), int(g), int(b)) for r, g, b in cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0]]


COLOURS = _limb_colours()


def draw_stick_figure(
    joints_px: Float[np.ndarray, "joint 2"], face_px: Float[np.ndarray, "point 2"], size: ImageSize
) -> UInt8[np.ndarray, "height width 3"]:
    """Limbs between joints and dots on the face; black where there is nothing. Pixel centres at +0.5."""
    picture = np.zeros((size.height, size.width, 3), np.uint8)
    width = max(1, round(THICKNESS * size.height))
    points = np.clip((joints_px - 0.5) * 2**_SUBPIXEL_BITS, -(2**20), 2**20).astype(np.int32)
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            start, stop = points[parent].tolist(), points[joint].tolist()
            cv2.line(picture, start, stop, COLOURS[joint], width, cv2.LINE_AA, _SUBPIXEL_BITS)
    for index, (x, y) in enumerate(np.clip((face_px - 0.5) * 2**_SUBPIXEL_BITS, -(2**20), 2**20).astype(np.int32)):
        grey = 120 + 15 * index
        radius = width * 2**_SUBPIXEL_BITS // 2
        cv2.circle(picture, (int(x), int(y)), radius, (grey, grey, grey), -1, cv2.LINE_AA, _SUBPIXEL_BITS)
    return picture
