"""From the grid that a warp was computed on to the pixels of the frame."""

from collections.abc import Iterator

import cv2
import numpy as np
from jaxtyping import Float, Shaped

from motion_transfer.domain.value import value
from motion_transfer.references.frames import ReferencePicture
from motion_transfer.references.sampling import Blend, sample
from motion_transfer.references.warping import Warp

TILE_PX = 96
LEAST = 0.03  # weight below which a reference is not sampled
JUMP_PX = 2.0  # apart, from which two neighbouring cells lie on different surfaces


@value
class Place:
    """A reference picture in the full frame.

    Attributes:
        corner_px: of the picture (x, y).
        gain: what its colours are multiplied by.
    """

    picture: ReferencePicture
    corner_px: Float[np.ndarray, "2"]
    gain: Float[np.ndarray, "3"]


def enlarged_blend(
    warp: Warp,
    weights: Float[np.ndarray, "reference height width"],
    places: list[Place],
    width: int,
    height: int,
    px_per_cell: float,
) -> Blend:
    """Sample the references at the frame's own pixels and mix them by their weights.

    Args:
        width, height: of the result in pixels of the frame.
        px_per_cell: pixels of the frame per cell of the warp.
    """
    rgb, alpha = np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32)
    share = np.zeros((height, width), np.float32)
    for row, place in enumerate(places):
        corner, gain = place.corner_px.astype(np.float32), place.gain.astype(np.float32)
        for area in _tiles(weights[row] > LEAST, width, height, px_per_cell):
            weight = enlarged(weights[row], area, px_per_cell)
            colours, matte = sample(place.picture, enlarged_position(warp.position_px[row], area, px_per_cell) - corner)
            rgb[area] += colours * (weight[..., None] * gain)
            alpha[area] += matte * weight
            share[area] += weight
    return Blend(rgb=rgb, alpha=alpha, share=share)


def enlarged(
    values: Shaped[np.ndarray, "height width *channel"], area: tuple[slice, slice], px_per_cell: float
) -> Shaped[np.ndarray, "tall wide *channel"]:
    """Values of the cells at the pixels of an area of the frame, bilinearly."""
    return _at_pixels(values, area, px_per_cell, cv2.INTER_LINEAR)


def enlarged_position(
    position_px: Float[np.ndarray, "height width 2"], area: tuple[slice, slice], px_per_cell: float
) -> Float[np.ndarray, "tall wide 2"]:
    """Positions at the pixels of an area: bilinearly on a surface; the nearest cell's where two surfaces meet."""
    if px_per_cell == 1:
        return position_px[area]
    smooth = _at_pixels(position_px, area, px_per_cell, cv2.INTER_LINEAR)
    crisp = _at_pixels(position_px, area, px_per_cell, cv2.INTER_NEAREST)
    y, x = (_within_cell(part, px_per_cell) for part in area)
    crisp[..., 0] += x[None]
    crisp[..., 1] += y[:, None]
    apart = cv2.absdiff(smooth, crisp)
    jump = (apart[..., 0] > JUMP_PX) | (apart[..., 1] > JUMP_PX)
    if jump.any():
        smooth[jump] = crisp[jump]
    return smooth


def _within_cell(pixels: slice, px_per_cell: float) -> np.ndarray:
    """Distance of each pixel's centre from the centre of the cell that it lies in, in pixels."""
    centre = np.arange(pixels.start, pixels.stop) + 0.5
    return (centre - (np.floor(centre / px_per_cell) + 0.5) * px_per_cell).astype(np.float32)


def _at_pixels(values: np.ndarray, area: tuple[slice, slice], px_per_cell: float, how: int) -> np.ndarray:
    rows, columns = area
    # Centres lie at +0.5 here, and at whole numbers in OpenCV.
    cells_from_pixels = np.array(
        [
            [1 / px_per_cell, 0, (columns.start + 0.5) / px_per_cell - 0.5],
            [0, 1 / px_per_cell, (rows.start + 0.5) / px_per_cell - 0.5],
        ]
    )
    size = (columns.stop - columns.start, rows.stop - rows.start)
    return cv2.warpAffine(
        values, cells_from_pixels, size, flags=how | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )


def _tiles(wanted: np.ndarray, width: int, height: int, px_per_cell: float) -> Iterator[tuple[slice, slice]]:
    """Areas of the frame that hold all wanted cells and those beside them, each no wider than a tile."""
    if not wanted.any():
        return
    near = cv2.dilate(wanted.astype(np.uint8), np.ones((3, 3), np.uint8))
    for top in range(0, height, TILE_PX):
        rows = slice(top, min(height, top + TILE_PX))
        strip = near[int(rows.start / px_per_cell) : int(np.ceil(rows.stop / px_per_cell))].any(0)
        cells = np.nonzero(strip)[0]
        if not len(cells):
            continue
        left, right = int(cells[0] * px_per_cell), min(width, int(np.ceil((cells[-1] + 1) * px_per_cell)))
        for start in range(left, right, TILE_PX):
            stop = min(right, start + TILE_PX)
            if strip[int(start / px_per_cell) : int(np.ceil(stop / px_per_cell))].any():
                yield rows, slice(start, stop)
