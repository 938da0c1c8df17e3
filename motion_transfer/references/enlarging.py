"""From the grid that a warp was computed on to the pixels of the frame."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from motion_transfer.compiled import compiled
from motion_transfer.domain.value import value
from motion_transfer.references.atlas import ReferenceAtlas
from motion_transfer.references.sampling import Blend, sample_at
from motion_transfer.references.warping import Warp

MIXED = 4  # references in a cell
LEAST = 0.01  # weight below which a reference is not sampled
JUMP_PX = 2.0  # apart, from which two neighbouring cells lie on different surfaces
STEPS_CELLS, EDGE = 1.0, 2.0  # over which the border of a mask is straightened, and by which it is made steep again
BESIDE_CELLS = 6  # that a part of a mask needs around it to be the same as in the whole


@value
class Enlargement:
    """From cells to pixels of the frame.

    Attributes:
        area: rows and columns of the window, in pixels of the frame, that are asked for.
        px_per_cell: pixels of the frame per cell.
        corner: row and column of the window, in cells, where the first cell lies.
    """

    area: tuple[slice, slice]
    px_per_cell: float
    corner: tuple[int, int] = (0, 0)

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns that are asked for."""
        rows, columns = self.area
        return rows.stop - rows.start, columns.stop - columns.start

    @property
    def first(self) -> tuple[float, float]:
        """Where the first pixel's centre lies, in rows and columns of cells, whose centres lie at whole numbers."""
        down, across = ((of.start + 0.5) / self.px_per_cell - 0.5 for of in self.area)
        return down - self.corner[0], across - self.corner[1]

    def within(self, area: tuple[slice, slice], cells: tuple[int, int]) -> tuple[tuple[slice, slice], "Enlargement"]:
        """Rows and columns of the cells that a smaller area needs, and their enlargement to it.

        Args:
            cells: rows and columns that there are.
        """
        rows, columns = (
            slice(
                max(0, int(of.start / self.px_per_cell) - corner - BESIDE_CELLS),
                min(count, int(of.stop / self.px_per_cell) - corner + BESIDE_CELLS + 1),
            )
            for of, corner, count in zip(area, self.corner, cells, strict=True)
        )
        corner = (self.corner[0] + rows.start, self.corner[1] + columns.start)
        return (rows, columns), Enlargement(area=area, px_per_cell=self.px_per_cell, corner=corner)


def strongest(weights: Float[np.ndarray, "reference pixel"]) -> Float[np.ndarray, "reference pixel"]:
    """Weights of the few references that count most at each pixel, and 0 for the others; their sum stays."""
    kept = np.zeros(weights.shape, np.float32)
    _keep_strongest(np.ascontiguousarray(weights, np.float32), MIXED, kept)
    return kept


def enlarged_blend(
    warp: Warp,
    weights: Float[np.ndarray, "reference pixel"],
    atlas: ReferenceAtlas,
    to: Enlargement,
    shown: Int[np.ndarray, "tall wide"],
) -> Blend:
    """Sample the references at the frame's own pixels and mix them by their weights.

    Args:
        weights: of the references at the warp's pixels; elsewhere none counts.
        shown: body part of each pixel, -1 beside the body.
    """
    size = to.size
    rgb, alpha, share = np.zeros((*size, 3), np.float32), np.zeros(size, np.float32), np.zeros(size, np.float32)
    position_px, origin_px = warp.position_px, atlas.origin_px
    of_cell = np.ascontiguousarray(weights.T)  # what is read together lies together
    _blend(
        warp.row_of_cell(), warp.part, shown, position_px, origin_px, of_cell, atlas.foreground, atlas.matte, to.first,
        to.px_per_cell, rgb, alpha, share,
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
    position_px: np.ndarray,
    reference: int,
    cells: np.ndarray,
    near: np.ndarray,
    beside_px: tuple[float, float],
    nearest: int,
) -> tuple[bool, float, float]:
    """Whether the places of four cells in a reference go together, and the place (x, y) between them if they do.

    Args:
        cells: rows of `position_px`; -1 for a cell that has no place.
        near: their weights.
        nearest, beside_px: the cell that the pixel lies in, and how far from its centre.
    """
    x, y = 0.0, 0.0
    for corner in range(4):
        if cells[corner] < 0:
            return False, x, y
        x += near[corner] * position_px[reference, cells[corner], 0]
        y += near[corner] * position_px[reference, cells[corner], 1]
    apart_x = x - position_px[reference, cells[nearest], 0] - beside_px[0]
    apart_y = y - position_px[reference, cells[nearest], 1] - beside_px[1]
    return abs(apart_x) <= JUMP_PX and abs(apart_y) <= JUMP_PX, x, y


@compiled
def _several(part: np.ndarray, cells: np.ndarray) -> bool:
    """Whether four cells show more than one part."""
    first = -2  # no part
    for corner in range(4):
        if cells[corner] >= 0:
            if first >= -1 and part[cells[corner]] != first:
                return True
            first = part[cells[corner]]
    return False


@compiled
def _along_border(
    part_of_cell: np.ndarray, part_of_pixel: np.ndarray, row: int, column: int, cells: np.ndarray, near: np.ndarray,
    edge: np.ndarray,
) -> None:  # fmt: skip
    """Weights of four cells that show several parts: of each part as much as the pixels around say, not the cells.

    Bilinear weights alone would show the steps of the cells.

    Args:
        part_of_pixel: body part of each pixel, -1 beside the body.
    """
    height, width = part_of_pixel.shape
    whole, found = 0.0, 0.0
    for corner in range(4):
        edge[corner] = 0.0
        if cells[corner] < 0:
            continue
        whole += near[corner]
        part, same, share = part_of_cell[cells[corner]], 0.0, 0.0
        for other in range(4):
            if cells[other] >= 0 and part_of_cell[cells[other]] == part:
                same += near[other]
        for i in range(-1, 2):
            for j in range(-1, 2):
                if part_of_pixel[min(max(row + i, 0), height - 1), min(max(column + j, 0), width - 1)] == part:
                    share += (2 - abs(i)) * (2 - abs(j)) / 16
        if same > 0:
            edge[corner] = near[corner] / same * share
            found += edge[corner]
    for corner in range(4):
        edge[corner] = edge[corner] * whole / found if found > 0 else near[corner]


@compiled
def _corners(
    row_of_cell: np.ndarray, y: float, x: float, px_per_cell: float,
    cells: np.ndarray, near: np.ndarray, beside_x: np.ndarray, beside_y: np.ndarray,
) -> int:  # fmt: skip
    """Fill in the four cells around a place, their weights, and how far the place is beside their centres, in pixels.

    Returns:
        How many of them the warp knows.
    """
    height, width = row_of_cell.shape
    top, left, known = int(np.floor(y)), int(np.floor(x)), 0
    for corner in range(4):
        down, across = top + corner // 2, left + corner % 2
        cell = row_of_cell[min(max(down, 0), height - 1), min(max(across, 0), width - 1)]
        cells[corner] = cell
        known += cell >= 0
        near[corner] = (1 - abs(y - down)) * (1 - abs(x - across))
        # From the centre of the cell, which at the window's edge stands for its outer neighbour.
        beside_x[corner] = (x - min(max(across, 0), width - 1)) * px_per_cell
        beside_y[corner] = (y - min(max(down, 0), height - 1)) * px_per_cell
    return known


@compiled
def _blend(
    row_of_cell: np.ndarray,
    part_of_cell: np.ndarray,
    part_of_pixel: np.ndarray,
    position_px: np.ndarray,
    origin_px: np.ndarray,
    of_cell: np.ndarray,
    foreground: np.ndarray,
    matte: np.ndarray,
    first: tuple[float, float],
    px_per_cell: float,
    rgb: np.ndarray,
    alpha: np.ndarray,
    share: np.ndarray,
) -> None:
    """Each pixel of the frame lies between four cells, of which each has its place and weight in each reference.

    Where these four places go together, the pixel's own lies between them. Where surfaces meet they do not: there the
    pixel mixes what the four show, each on its own, so that the border is as smooth as an antialiased edge.

    Args:
        part_of_cell: body part of each row that `row_of_cell` names, -1 beside the body.
        part_of_pixel: body part of each pixel, -1 beside the body.
    """
    cells = np.empty(4, np.int64)
    near, edge, beside_x, beside_y = np.empty(4), np.empty(4), np.empty(4), np.empty(4)
    for row in range(share.shape[0]):
        y = first[0] + row / px_per_cell
        top = int(np.floor(y))
        for column in range(share.shape[1]):
            x = first[1] + column / px_per_cell
            left = int(np.floor(x))
            known = _corners(row_of_cell, y, x, px_per_cell, cells, near, beside_x, beside_y)
            if known == 0:
                continue
            nearest = 2 * (y - top >= 0.5) + (x - left >= 0.5)
            edge[:] = near
            if _several(part_of_cell, cells):
                _along_border(part_of_cell, part_of_pixel, row, column, cells, near, edge)
            for reference in range(of_cell.shape[1]):
                total, total_edge = 0.0, 0.0
                for corner in range(4):
                    if cells[corner] >= 0:
                        total += near[corner] * of_cell[cells[corner], reference]
                        total_edge += edge[corner] * of_cell[cells[corner], reference]
                if max(total, total_edge) < LEAST:
                    continue
                together, between_x, between_y = _between(
                    position_px, reference, cells, near, (beside_x[nearest], beside_y[nearest]), nearest
                )
                for corner in range(4):
                    if together:
                        part, place_x, place_y = total, between_x, between_y
                    elif cells[corner] >= 0 and edge[corner] * of_cell[cells[corner], reference] > 0:
                        part = edge[corner] * of_cell[cells[corner], reference]
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
    values: Shaped[np.ndarray, "height width *channel"], to: Enlargement
) -> Shaped[np.ndarray, "tall wide *channel"]:
    """Values of the cells at the pixels of an area of the frame, bilinearly."""
    down, across = to.first
    cells_from_pixels = np.array([[1 / to.px_per_cell, 0, across], [0, 1 / to.px_per_cell, down]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(values, cells_from_pixels, to.size[::-1], flags=how, borderMode=cv2.BORDER_REPLICATE)


def enlarged_mask(mask: Bool[np.ndarray, "height width"], to: Enlargement) -> Float[np.ndarray, "tall wide"]:
    """A mask of the cells at the pixels of an area of the frame; its border shows no steps of the cells."""
    soft = enlarged(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), STEPS_CELLS), to)
    return np.clip((soft - 0.5) * EDGE + 0.5, 0, 1)
