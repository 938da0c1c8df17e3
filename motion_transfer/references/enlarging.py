"""From the grid that a warp was computed on to the pixels of the frame."""

from collections.abc import Iterator

import cv2
import numpy as np
from jaxtyping import Bool, Float, Shaped

from motion_transfer.domain.value import value
from motion_transfer.references.atlas import ReferenceAtlas
from motion_transfer.references.sampling import Blend, sample
from motion_transfer.references.warping import Warp

TILE_PX = 96
LAYERS = 4  # references that are mixed in a cell
LEAST = 0.03  # weight below which a reference is not sampled
OUTSIDE_PX = -1e4  # a place where no picture is
JUMP_PX = 2.0  # apart, from which two neighbouring cells lie on different surfaces


@value
class Layers:
    """The references that count most in each cell: the first, the second and so on.

    Attributes:
        position_px: of each cell in the atlas.
        weight: in [0, 1]; their sum is 1 where a reference is believed.
    """

    position_px: Float[np.ndarray, "layer height width 2"]
    weight: Float[np.ndarray, "layer height width"]


def layers(warp: Warp, weights: Float[np.ndarray, "reference pixel"], atlas: ReferenceAtlas) -> Layers:
    """Keep the few references of greatest weight in each cell.

    Args:
        weights: of the warp's pixels; elsewhere no reference counts.
    """
    rest, each, whole = weights.copy(), np.arange(len(warp.pixels)), weights.sum(0)
    kept = list[tuple[np.ndarray, np.ndarray]]()
    for _ in range(min(LAYERS, len(weights))):
        row = rest.argmax(0)
        kept.append((row, rest[row, each]))
        rest[row, each] = 0
    scale = whole / np.maximum(sum(share for _, share in kept), 1e-6)
    return Layers(
        position_px=np.stack(
            [warp.on_grid(warp.position_px[row, each] + atlas.origin_px[row], OUTSIDE_PX) for row, _ in kept]
        ),
        weight=np.stack([warp.on_grid(share * scale, 0.0) for _, share in kept]),
    )


def enlarged_blend(mixed: Layers, atlas: ReferenceAtlas, area: tuple[slice, slice], px_per_cell: float) -> Blend:
    """Sample the references at the frame's own pixels and mix them by their weights.

    Args:
        area: rows and columns of the result, in pixels of the frame.
        px_per_cell: pixels of the frame per cell of the layers.
    """
    rows, columns = area
    height, width = rows.stop - rows.start, columns.stop - columns.start
    rgb, alpha = np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32)
    share = np.zeros((height, width), np.float32)
    for position, weights in zip(mixed.position_px, mixed.weight, strict=True):
        for tile in _tiles(weights > LEAST, area, px_per_cell):
            at = tuple(
                slice(of.start - edge, of.stop - edge)
                for of, edge in zip(tile, (rows.start, columns.start), strict=True)
            )
            weight = enlarged(weights, tile, px_per_cell)
            place, jump = enlarged_position(position, tile, px_per_cell)
            colours, matte = sample(atlas.foreground, atlas.matte, place)
            lit, shown = colours * weight[..., None], matte * weight
            if jump.any():
                lit[jump], shown[jump], weight[jump] = _mixed_at(jump, position, weights, atlas, tile, px_per_cell)
            rgb[at] += lit
            alpha[at] += shown
            share[at] += weight
    return Blend(rgb=rgb, alpha=alpha, share=share)


def _mixed_at(
    jump: Bool[np.ndarray, "tall wide"],
    position_px: Float[np.ndarray, "height width 2"],
    weights: Float[np.ndarray, "height width"],
    atlas: ReferenceAtlas,
    tile: tuple[slice, slice],
    px_per_cell: float,
) -> tuple[Float[np.ndarray, "pixel 3"], Float[np.ndarray, "pixel"], Float[np.ndarray, "pixel"]]:
    """Colours, alpha and weight where surfaces meet: each pixel mixes what the four cells around it show there.

    So the border of two surfaces is as smooth as an edge that was drawn with antialiasing.
    """
    y, x = (at + of.start + 0.5 for at, of in zip(np.nonzero(jump), tile, strict=True))
    down, across = y / px_per_cell - 0.5, x / px_per_cell - 0.5
    top, left = np.floor(down).astype(int), np.floor(across).astype(int)
    rgb, alpha, total = np.zeros((len(y), 3), np.float32), np.zeros(len(y), np.float32), np.zeros(len(y), np.float32)
    height, width = weights.shape
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        near = (1 - np.abs(down - top - row)) * (1 - np.abs(across - left - column))
        cell = (top + row).clip(0, height - 1), (left + column).clip(0, width - 1)
        beside = np.stack([x - (cell[1] + 0.5) * px_per_cell, y - (cell[0] + 0.5) * px_per_cell], 1)
        place = position_px[cell] + beside.astype(np.float32)
        colours, matte = sample(atlas.foreground, atlas.matte, place[None])
        weight = (near * weights[cell]).astype(np.float32)
        rgb += colours[0] * weight[:, None]
        alpha += matte[0] * weight
        total += weight
    return rgb, alpha, total


def enlarged(
    values: Shaped[np.ndarray, "height width *channel"], area: tuple[slice, slice], px_per_cell: float
) -> Shaped[np.ndarray, "tall wide *channel"]:
    """Values of the cells at the pixels of an area of the frame, bilinearly."""
    return _at_pixels(values, area, px_per_cell, cv2.INTER_LINEAR)


def enlarged_position(
    position_px: Float[np.ndarray, "height width 2"], area: tuple[slice, slice], px_per_cell: float
) -> tuple[Float[np.ndarray, "tall wide 2"], Bool[np.ndarray, "tall wide"]]:
    """Positions at the pixels of an area, bilinearly, and where that has no meaning because two surfaces meet."""
    smooth = _at_pixels(position_px, area, px_per_cell, cv2.INTER_LINEAR)
    crisp = _at_pixels(position_px, area, px_per_cell, cv2.INTER_NEAREST)
    y, x = (_within_cell(part, px_per_cell) for part in area)
    crisp[..., 0] += x[None]
    crisp[..., 1] += y[:, None]
    apart = cv2.absdiff(smooth, crisp)
    return smooth, (apart[..., 0] > JUMP_PX) | (apart[..., 1] > JUMP_PX)


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


def _tiles(wanted: np.ndarray, area: tuple[slice, slice], px_per_cell: float) -> Iterator[tuple[slice, slice]]:
    """Parts of an area of the frame that hold all wanted cells and those beside them, each no wider than a tile."""
    if not wanted.any():
        return
    rows, columns = area
    near = cv2.dilate(wanted.astype(np.uint8), np.ones((3, 3), np.uint8))
    for top in range(rows.start, rows.stop, TILE_PX):
        tall = slice(top, min(rows.stop, top + TILE_PX))
        strip = near[int(tall.start / px_per_cell) : int(np.ceil(tall.stop / px_per_cell))].any(0)
        cells = np.nonzero(strip)[0]
        if not len(cells):
            continue
        left = max(columns.start, int(cells[0] * px_per_cell))
        right = min(columns.stop, int(np.ceil((cells[-1] + 1) * px_per_cell)))
        for start in range(left, right, TILE_PX):
            stop = min(right, start + TILE_PX)
            if strip[int(start / px_per_cell) : int(np.ceil(stop / px_per_cell))].any():
                yield tall, slice(start, stop)
