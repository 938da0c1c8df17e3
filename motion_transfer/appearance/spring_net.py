"""Wanted differences of neighbours on a grid -> the grid that has them, by least squares: a discrete Poisson equation.

It is seen as a net of springs and solved by conjugate gradients with a multigrid cycle as the preconditioner (Tatebe
1993): some fifteen steps whatever the size, and memory for a few grids.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float32

STEPS = 40  # at most
PRECISION = 1e-4  # of what is wanted, at which the search ends
DAMPING = 0.8  # of the Jacobi steps
COARSEST_STEPS = 20

Grid = Float32[np.ndarray, "rows columns"]
Down = Float32[np.ndarray, "row_pairs columns"]
Right = Float32[np.ndarray, "rows column_pairs"]


class SpringNet:
    """Cells of a grid, joined to their neighbours by springs.

    Args:
        down, right: stiffness of the springs between rows and between columns.
        free: cells that may move; the others are held at 0. Cells without springs stay at 0.
    """

    def __init__(self, down: Down, right: Right, free: Bool[np.ndarray, "rows columns"]) -> None:
        self.down, self.right, self.free = down, right, free
        between_down, between_right = down * (free[1:] & free[:-1]), right * (free[:, 1:] & free[:, :-1])
        to_held = _stiffness(down - between_down, right - between_right) * free
        self.levels = [_Level(between_down, between_right, to_held)]
        while max(self.levels[-1].to_held.shape) > 2:
            self.levels.append(self.levels[-1].coarser())

    def relaxed(self, down: Down, right: Right, advance: Callable[[], None]) -> Grid:
        """Values of the cells whose differences, later minus earlier, are nearest to these.

        Args:
            advance: called at every step; what it raises ends the search.
        """
        residual = _gathered(self.down * down, self.right * right) * self.free
        found, direction = np.zeros_like(residual), np.zeros_like(residual)
        before, enough = np.inf, PRECISION * float(np.linalg.norm(residual))
        for _ in range(STEPS):
            if float(np.linalg.norm(residual)) <= enough:
                break
            improved = self._cycle(residual)
            size = float((residual * improved).sum())
            direction = improved + size / before * direction
            pull = self.levels[0].pull(direction)
            step, before = size / float((direction * pull).sum()), size
            found += step * direction
            residual -= step * pull
            advance()
        return found

    def _cycle(self, wanted: Grid, depth: int = 0) -> Grid:
        """Values that roughly pull as wanted: one multigrid cycle, down to the coarsest grid and up."""
        level, (rows, columns) = self.levels[depth], wanted.shape
        found = level.relaxing(wanted)
        if depth + 1 == len(self.levels):
            for _ in range(COARSEST_STEPS):
                found += level.relaxing(wanted - level.pull(found))
            return found
        coarse = self._cycle(_paired(_paired(wanted - level.pull(found), 0), 1), depth + 1)
        found += coarse.repeat(2, axis=0).repeat(2, axis=1)[:rows, :columns] * (level.inverse > 0)
        return found + level.relaxing(wanted - level.pull(found))


class _Level:
    """The springs of one grid: between its cells, and from every cell to neighbours that are held at 0."""

    def __init__(self, down: Down, right: Right, to_held: Grid) -> None:
        self.down, self.right, self.to_held = down, right, to_held
        stiffness = to_held + _stiffness(down, right)
        self.inverse = np.divide(1, stiffness, out=np.zeros_like(stiffness), where=stiffness > 0)

    def pull(self, values: Grid) -> Grid:
        """What the springs pull at every cell, away from its value."""
        between = _gathered(self.down * np.diff(values, axis=0), self.right * np.diff(values, axis=1))
        return between + self.to_held * values

    def relaxing(self, wanted: Grid) -> Grid:
        """A damped Jacobi step."""
        return DAMPING * self.inverse * wanted

    def coarser(self) -> "_Level":
        """Springs of blocks of two by two cells: half of those that cross, because blocks lie twice as far apart."""
        down, right = _paired(self.down[1::2], 1), _paired(self.right[:, 1::2], 0)
        return _Level(down / 2, right / 2, _paired(_paired(self.to_held, 0), 1) / 2)


def _gathered(down: Down, right: Right) -> Grid:
    """Sums at every cell of what comes from before minus what goes behind: the adjoint of differences."""
    return _ends(down, right, -1)


def _stiffness(down: Down, right: Right) -> Grid:
    """Sums at every cell over its springs."""
    return _ends(down, right, 1)


def _ends(down: Down, right: Right, sign: int) -> Grid:
    ends = np.zeros((right.shape[0], down.shape[1]), np.float32)
    ends[1:] += down
    ends[:-1] += sign * down
    ends[:, 1:] += right
    ends[:, :-1] += sign * right
    return ends


def _paired(grid: Float32[np.ndarray, "a b"], axis: int) -> Float32[np.ndarray, "c d"]:
    """Sums of every two rows or columns; of a last single one, itself."""
    return np.add.reduceat(grid, np.arange(0, grid.shape[axis], 2), axis=axis)
