"""A sparse symmetric positive definite system, factored once and solved for every frame."""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from jaxtyping import Float
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import splu

from motion_transfer.files.optional_packages import check_installed

SOLVERS = ("auto", "scipy", "cholespy")
Solve = Callable[[Float[np.ndarray, "row column"]], Float[np.ndarray, "row column"]]


def factor(matrix: csr_matrix, solver: str) -> Solve:
    """Factor a matrix; the result solves for any right-hand sides by back-substitution.

    Args:
        solver: `scipy` (SuperLU in its symmetric mode), `cholespy` (the extra of that name, a sparse Cholesky
            factorization), or `auto`, which takes cholespy where it is installed.

    Raises:
        ValueError: there is no such solver, or cholespy is asked for and not installed.
    """
    check_solver(solver)
    if solver == "scipy" or (solver == "auto" and find_spec("cholespy") is None):
        symmetric = {"SymmetricMode": True}
        factored = splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=symmetric)
        return factored.solve
    return _by_cholesky(matrix)


def check_solver(solver: str) -> None:
    """Raise ValueError for a solver that does not exist or is not installed."""
    if solver not in SOLVERS:
        raise ValueError(f"expected a solver out of {', '.join(SOLVERS)}, got {solver!r}; choose one of them")
    if solver == "cholespy":
        check_installed("cholespy", "cholespy", "this solver", "characters")


def _by_cholesky(matrix: csr_matrix) -> Solve:
    from cholespy import CholeskySolverD, MatrixType  # type: ignore[reportMissingImports]  # an optional extra

    entries = matrix.tocoo()
    rows, columns = entries.row.astype(np.int32), entries.col.astype(np.int32)
    factored = CholeskySolverD(
        int(matrix.indptr.size) - 1, rows, columns, entries.data.astype(np.float64), MatrixType.COO
    )

    def solve(right: Float[np.ndarray, "row column"]) -> Float[np.ndarray, "row column"]:
        solution = np.zeros(right.shape)
        most = 128  # columns that cholespy takes at once
        for first in range(0, right.shape[1], most):
            part = np.zeros((len(right), min(most, right.shape[1] - first)))
            factored.solve(np.ascontiguousarray(right[:, first : first + most]), part)
            solution[:, first : first + most] = part
        return solution

    return solve
