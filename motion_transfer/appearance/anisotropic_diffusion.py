"""Holes filled by anisotropic diffusion in its steady state: colours flow along the rows much more than across them.

A standing person hides a narrow, upright strip, and what it hides (floor, skirting, horizon, tops of furniture) mostly
lies level.

Notation: the filled colours c minimize sum_x (c_{x+1} - c_x)^2 + VERTICAL * sum_y (c_{y+1} - c_y)^2 with the rim given;
the minimum solves one sparse linear system, whose unknowns are the pixels of the hole.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

VERTICAL = 0.05  # conductivity across the rows; along them it is 1
MAX_UNKNOWNS = 250_000  # a second or two, and 200 MB; larger holes are filled in a smaller picture
NEIGHBOURS = ((0, 1, 1.0), (0, -1, 1.0), (1, 0, VERTICAL), (-1, 0, VERTICAL))  # row, column, conductivity

Values = Float[np.ndarray, "height width channel"]
Missing = Bool[np.ndarray, "height width"]


def fill_by_diffusion(values: Values, missing: Missing) -> Values:
    """Fill the missing values of a picture; at least one value must be known."""
    shrink = int(np.ceil(np.sqrt(missing.sum() / MAX_UNKNOWNS)))
    if shrink <= 1:
        return _steady_state(values, missing)
    height, width = missing.shape
    small = (max(width // shrink, 1), max(height // shrink, 1))
    # What stands in the hole must not bleed out of it: a small pixel is known where all of it is.
    hidden = cv2.resize(missing.astype(np.float32), small, interpolation=cv2.INTER_AREA) > 0
    if hidden.all():
        hidden = cv2.resize(missing.astype(np.uint8), small, interpolation=cv2.INTER_NEAREST) > 0
    shrunk = cv2.resize(values, small, interpolation=cv2.INTER_AREA).reshape(*hidden.shape, -1)
    filled = cv2.resize(_steady_state(shrunk, hidden), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.where(missing[..., None], filled.reshape(values.shape), values)


def _steady_state(values: Values, missing: Missing) -> Values:
    """Solve for the missing values, in double precision."""
    rows, columns = np.nonzero(missing)
    unknown_at = np.full(missing.shape, -1)
    unknown_at[rows, columns] = np.arange(len(rows))
    diagonal, from_rim = np.zeros(len(rows)), np.zeros((len(rows), values.shape[2]))
    entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for down, right, conductivity in NEIGHBOURS:
        y, x = rows + down, columns + right
        inside = np.flatnonzero((y >= 0) & (y < len(missing)) & (x >= 0) & (x < missing.shape[1]))
        diagonal[inside] += conductivity
        neighbour = unknown_at[y[inside], x[inside]]
        unknown, rim = inside[neighbour >= 0], inside[neighbour < 0]
        entries.append((unknown, neighbour[neighbour >= 0], np.full(len(unknown), -conductivity)))
        from_rim[rim] += conductivity * values[y[rim], x[rim]]
    entries.append((np.arange(len(rows)), np.arange(len(rows)), diagonal))
    row, column, weights = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    matrix = csc_matrix((weights, (row, column)), (len(rows), len(rows)))
    solver = splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    filled = values.astype(np.float32)
    filled[rows, columns] = solver.solve(from_rim)
    return filled
