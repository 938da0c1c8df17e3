"""Holes filled smoothly, much more readily from the sides than from above and below.

A standing person hides a narrow, upright strip, and what it hides (floor, skirting, horizon, tops of furniture) mostly
lies level: so colours flow into the hole along the rows.

Notation: the filled colours c minimize sum_x (c_{x+1} - c_x)^2 + STEEP * sum_y (c_{y+1} - c_y)^2 with the rim given.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

STEEP = 0.05  # of the flow between rows, that along them is 1
MOST_UNKNOWNS = 250_000  # a second or two, and 200 MB; larger holes are filled in a smaller picture
NEIGHBOURS = ((0, 1, 1.0), (0, -1, 1.0), (1, 0, STEEP), (-1, 0, STEEP))  # row, column, weight


def fill_by_diffusion(
    values: Float[np.ndarray, "height width channel"], missing: Bool[np.ndarray, "height width"]
) -> Float[np.ndarray, "height width channel"]:
    """Give the values with the missing ones filled; at least one must be known."""
    shrink = int(np.ceil(np.sqrt(missing.sum() / MOST_UNKNOWNS)))
    if shrink <= 1:
        return _solved(values, missing)
    height, width = missing.shape
    small = (max(width // shrink, 1), max(height // shrink, 1))
    # What stands in the hole must not bleed out of it: a small pixel is known where all of it is.
    hidden = cv2.resize(missing.astype(np.float32), small, interpolation=cv2.INTER_AREA) > 0
    if hidden.all():
        hidden = cv2.resize(missing.astype(np.uint8), small, interpolation=cv2.INTER_NEAREST) > 0
    shrunk = cv2.resize(values, small, interpolation=cv2.INTER_AREA).reshape(*hidden.shape, -1)
    filled = cv2.resize(_solved(shrunk, hidden), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.where(missing[..., None], filled.reshape(values.shape), values)


def _solved(values: np.ndarray, missing: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(missing)
    number = np.full(missing.shape, -1)
    number[rows, columns] = np.arange(len(rows))
    diagonal, given = np.zeros(len(rows)), np.zeros((len(rows), values.shape[2]))
    entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for down, right, weight in NEIGHBOURS:
        y, x = rows + down, columns + right
        here = np.flatnonzero((y >= 0) & (y < len(missing)) & (x >= 0) & (x < missing.shape[1]))
        diagonal[here] += weight
        other = number[y[here], x[here]]
        unknown, rim = here[other >= 0], here[other < 0]
        entries.append((unknown, other[other >= 0], np.full(len(unknown), -weight)))
        given[rim] += weight * values[y[rim], x[rim]]
    entries.append((np.arange(len(rows)), np.arange(len(rows)), diagonal))
    row, column, weights = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    matrix = csc_matrix((weights, (row, column)), (len(rows), len(rows)))
    solver = splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    filled = values.astype(np.float32)
    filled[rows, columns] = solver.solve(given)
    return filled
