"""What a result must beat."""

import numpy as np
import pytest
import torch

from motion_transfer.evaluation.baselines import nearest_neighbours, temporal_median
from motion_transfer.geometry.sampling import part_centres


def test_the_median_forgets_who_walks_through() -> None:
    background = np.random.default_rng(0).integers(0, 256, (70, 50, 3), dtype=np.uint8)

    def walk(index: int) -> np.ndarray:
        frame = background.copy()
        frame[:, 5 * index : 5 * index + 10] = 255
        return frame

    np.testing.assert_array_equal(temporal_median((walk(index) for index in range(8)), 8), background)


def test_the_median_is_that_of_the_sampled_frames() -> None:
    frames = np.random.default_rng(1).integers(0, 256, (40, 33, 20, 3), dtype=np.uint8)
    median = temporal_median(iter(frames), 40, samples=7)
    expected = np.sort(frames[part_centres(40, 7)], axis=0)[3]
    np.testing.assert_array_equal(median, expected)


def test_no_frames_have_no_median() -> None:
    with pytest.raises(ValueError, match="at least one"):
        temporal_median(iter(()), 0)


def test_the_nearest_neighbour_of_a_training_frame_is_itself() -> None:
    torch.manual_seed(0)
    training = torch.randn(300, 69)
    assert torch.equal(nearest_neighbours(training, training), torch.arange(300))
    queries = torch.randn(20, 69)
    slow = torch.stack([(training - query).square().sum(1).argmin() for query in queries])
    assert torch.equal(nearest_neighbours(training, queries), slow)


def test_the_first_of_equals_wins() -> None:
    training = torch.tensor([[1.0], [0.0], [0.0]])
    assert nearest_neighbours(training, torch.tensor([[0.1]])).tolist() == [1]


def test_without_a_training_frame_there_is_no_neighbour() -> None:
    with pytest.raises(ValueError, match="at least one training frame"):
        nearest_neighbours(torch.zeros(0, 3), torch.zeros(2, 3))
