"""A grid from the differences of its neighbours."""

import numpy as np
import pytest
from scipy.sparse import diags, identity, kron

from motion_transfer.appearance.spring_net import STEPS, SpringNet

Sides = tuple[np.ndarray, np.ndarray]


def nothing() -> None:
    pass


def full(rows: int, columns: int) -> Sides:
    return np.ones((rows - 1, columns), np.float32), np.ones((rows, columns - 1), np.float32)


@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (3, 50), (31, 40), (250, 333)])
def test_a_grid_is_found_from_its_differences(rows: int, columns: int) -> None:
    free = np.ones((rows, columns), bool)
    free[:, 0] = False
    truth = np.random.default_rng(0).normal(0, 20, (rows, columns)).astype(np.float32) * free
    truth[rows // 2 :] += 40 * free[rows // 2 :]
    steps: list[int] = []
    net = SpringNet(*full(rows, columns), free)
    found = net.relaxed(np.diff(truth, axis=0), np.diff(truth, axis=1), lambda: steps.append(1))
    assert np.abs(found - truth).max() < 0.3
    assert len(steps) < STEPS


def test_differences_that_contradict_are_met_by_least_squares() -> None:
    random = np.random.default_rng(1)
    rows, columns = 24, 17
    free = random.random((rows, columns)) < 0.9
    down, right = random.random((rows - 1, columns)) < 0.8, random.random((rows, columns - 1)) < 0.8
    wanted_down, wanted_right = random.normal(0, 9, down.shape), random.normal(0, 9, right.shape)
    found = SpringNet(down.astype(np.float32), right.astype(np.float32), free).relaxed(
        wanted_down.astype(np.float32), wanted_right.astype(np.float32), nothing
    )
    steps = [diags([-1, 1], [0, 1], (count - 1, count)) for count in (rows, columns)]
    by_down = diags(down.ravel().astype(float)) @ kron(steps[0], identity(columns))
    by_right = diags(right.ravel().astype(float)) @ kron(identity(rows), steps[1])
    kept = free.ravel()
    matrix = (by_down.T @ by_down + by_right.T @ by_right).tocsr()[kept][:, kept]
    flows = (by_down.T @ wanted_down.ravel() + by_right.T @ wanted_right.ravel())[kept]
    np.testing.assert_allclose(matrix @ found[free], flows, atol=0.05)
    assert not found[~free].any()
    assert not found[free][matrix.diagonal() == 0].any()


def test_cells_that_nothing_holds_move_among_each_other_alone() -> None:
    free, (down, right) = np.ones((20, 30), bool), full(20, 30)
    free[:, 20] = False
    right[:, 9] = 0  # the first ten columns are cut off
    truth = np.random.default_rng(2).normal(0, 10, (20, 30)).astype(np.float32)
    truth[:, 20] = 0
    found = SpringNet(down, right, free).relaxed(np.diff(truth, axis=0), np.diff(truth, axis=1), nothing)
    assert np.abs(found - truth)[:, 10:].max() < 0.3
    apart = (found - truth)[:, :10]
    assert np.abs(apart - apart.mean()).max() < 0.3


def test_a_search_ends_where_it_is_told_to() -> None:
    truth = np.random.default_rng(3).normal(0, 10, (60, 60)).astype(np.float32)
    free = np.ones((60, 60), bool)
    free[0] = False

    def advance() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SpringNet(*full(60, 60), free).relaxed(np.diff(truth, axis=0), np.diff(truth, axis=1), advance)
