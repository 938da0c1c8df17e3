"""From the grid that a warp was computed on to the pixels of the frame."""

import cv2
import numpy as np
from jaxtyping import Float, Shaped

from motion_transfer.compiled import compiled
from motion_transfer.references.atlas import ReferenceAtlas
from motion_transfer.references.sampling import Blend, sample_at
from motion_transfer.references.warping import Warp

MIXED = 4  # references in a cell
LEAST = 0.01  # weight below which a reference is not sampled
OUTSIDE_PX = -1e4  # a place where no picture is
JUMP_PX = 2.0  # apart, from which two neighbouring cells lie on different surfaces


def strongest(weights: Float[np.ndarray, "reference pixel"]) -> Float[np.ndarray, "reference pixel"]:
    """Weights of the few references that count most at each pixel, and 0 for the others; their sum stays."""
    kept = np.zeros(weights.shape, np.float32)
    _keep_strongest(np.ascontiguousarray(weights, np.float32), MIXED, kept)
    return kept


def enlarged_blend(
    warp: Warp,
    weights: Float[np.ndarray, "reference pixel"],
    atlas: ReferenceAtlas,
    area: tuple[slice, slice],
    px_per_cell: float,
) -> Blend:
    """Sample the references at the frame's own pixels and mix them by their weights.

    Args:
        weights: of the references at the warp's pixels; elsewhere none counts.
        area: rows and columns of the result, in pixels of the frame.
        px_per_cell: pixels of the frame per cell of the warp.
    """
    rows, columns = area
    size = rows.stop - rows.start, columns.stop - columns.start
    rgb, alpha, share = np.zeros((*size, 3), np.float32), np.zeros(size, np.float32), np.zeros(size, np.float32)
    place_of_cell = np.full((warp.size.height, warp.size.width), -1, np.int64)
    place_of_cell.ravel()[warp.pixels] = np.arange(len(warp.pixels))
    corner_px = (rows.start, columns.start)
    position_px, origin_px = warp.position_px, atlas.origin_px
    _blend(
        place_of_cell, position_px, origin_px, weights, atlas.foreground, atlas.matte, corner_px, px_per_cell,
        rgb, alpha, share,
    )  # fmt: skip
    return Blend(rgb=rgb, alpha=alpha, share=share)


@compiled
def _keep_strongest(weights: np.ndarray, count: int, kept: np.ndarray) -> None:
    references, pixels = weights.shape
    for pixel in range(pixels):
        whole, sum_kept = 0.0, 0.0
        for reference in range(references):
            whole += weights[reference, pixel]
        for _ in range(min(count, references)):
            best, greatest = -1, 0.0
            for reference in range(references):
                if kept[reference, pixel] == 0 and weights[reference, pixel] > greatest:
                    best, greatest = reference, weights[reference, pixel]
            if best < 0:
                break
            kept[best, pixel] = greatest
            sum_kept += greatest
        for reference in range(references):
            if kept[reference, pixel] > 0:
                kept[reference, pixel] *= whole / sum_kept


@compiled
def _between(
    position_px: np.ndarray, cells: np.ndarray, near: np.ndarray, beside_px: tuple[float, float], nearest: int
) -> tuple[bool, float, float]:
    """Whether the places of four cells in one reference go together, and the place (x, y) between them if they do.

    Args:
        cells: rows of `position_px`; -1 for a cell that has no place.
        near: their weights.
        nearest, beside_px: the cell that the pixel lies in, and how far from its centre.
    """
    x, y = 0.0, 0.0
    for corner in range(4):
        if cells[corner] < 0:
            return False, x, y
        x += near[corner] * position_px[cells[corner], 0]
        y += near[corner] * position_px[cells[corner], 1]
    apart_x = x - position_px[cells[nearest], 0] - beside_px[0]
    apart_y = y - position_px[cells[nearest], 1] - beside_px[1]
    return abs(apart_x) <= JUMP_PX and abs(apart_y) <= JUMP_PX, x, y


@compiled
def _blend(
    place_of_cell: np.ndarray,
    position_px: np.ndarray,
    origin_px: np.ndarray,
    weights: np.ndarray,
    foreground: np.ndarray,
    matte: np.ndarray,
    corner_px: tuple[int, int],
    px_per_cell: float,
    rgb: np.ndarray,
    alpha: np.ndarray,
    share: np.ndarray,
) -> None:
    """Each pixel of the frame lies between four cells, of which each has its place in each reference.

    Where these four places go together, the pixel's own lies between them. Where surfaces meet they do not: there the
    pixel mixes what the four show, each on its own, so that the border is as smooth as an antialiased edge.
    """
    height, width = place_of_cell.shape
    cells = np.empty(4, np.int64)
    near, parts, beside_x, beside_y = np.empty(4), np.empty(4), np.empty(4), np.empty(4)
    for row in range(share.shape[0]):
        y = (corner_px[0] + row + 0.5) / px_per_cell - 0.5
        top = int(np.floor(y))
        for column in range(share.shape[1]):
            x = (corner_px[1] + column + 0.5) / px_per_cell - 0.5
            left = int(np.floor(x))
            known = 0
            for corner in range(4):
                down, across = top + corner // 2, left + corner % 2
                cell = place_of_cell[min(max(down, 0), height - 1), min(max(across, 0), width - 1)]
                cells[corner] = cell
                known += cell >= 0
                near[corner] = (1 - abs(y - down)) * (1 - abs(x - across))
                # From the centre of the cell, which at the window's edge stands for its outer neighbour.
                beside_x[corner] = (x - min(max(across, 0), width - 1)) * px_per_cell
                beside_y[corner] = (y - min(max(down, 0), height - 1)) * px_per_cell
            if known == 0:
                continue
            nearest = 2 * (y - top >= 0.5) + (x - left >= 0.5)
            for reference in range(weights.shape[0]):
                total = 0.0
                for corner in range(4):
                    part = near[corner] * weights[reference, cells[corner]] if cells[corner] >= 0 else 0.0
                    parts[corner] = part
                    total += part
                if total < LEAST:
                    continue
                together, between_x, between_y = _between(
                    position_px[reference], cells, near, (beside_x[nearest], beside_y[nearest]), nearest
                )
                for corner in range(4):
                    if together:
                        part, place_x, place_y = total, between_x, between_y
                    elif parts[corner] > 0:
                        part = parts[corner]
                        place_x = position_px[reference, cells[corner], 0] + beside_x[corner]
                        place_y = position_px[reference, cells[corner], 1] + beside_y[corner]
                    else:
                        continue
                    red, green, blue, shown = sample_at(
                        foreground, matte, place_x + origin_px[reference, 0], place_y + origin_px[reference, 1]
                    )
                    rgb[row, column, 0] += part * red
                    rgb[row, column, 1] += part * green
                    rgb[row, column, 2] += part * blue
                    alpha[row, column] += part * shown
                    share[row, column] += part
                    if together:
                        break


def enlarged(
    values: Shaped[np.ndarray, "height width *channel"], area: tuple[slice, slice], px_per_cell: float
) -> Shaped[np.ndarray, "tall wide *channel"]:
    """Values of the cells at the pixels of an area of the frame, bilinearly."""
    rows, columns = area
    # Centres lie at +0.5 here, and at whole numbers in OpenCV.
    cells_from_pixels = np.array(
        [
            [1 / px_per_cell, 0, (columns.start + 0.5) / px_per_cell - 0.5],
            [0, 1 / px_per_cell, (rows.start + 0.5) / px_per_cell - 0.5],
        ]
    )
    size = (columns.stop - columns.start, rows.stop - rows.start)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(values, cells_from_pixels, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
