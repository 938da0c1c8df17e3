"""What a result must beat."""

import numpy as np
import pytest
import torch

from motion_transfer.evaluation.baselines import NearestNeighbour, TemporalMedian, pose_features
from motion_transfer.geometry.sampling import part_centres


def test_the_median_forgets_who_walks_through() -> None:
    background = np.random.default_rng(0).integers(0, 256, (70, 50, 3), dtype=np.uint8)

    def walk(index: int) -> np.ndarray:
        frame = background.copy()
        frame[:, 5 * index : 5 * index + 10] = 255
        return frame

    learnt = TemporalMedian.learn((walk(index) for index in range(8)), 8)
    np.testing.assert_array_equal(learnt.picture, background)
    assert all(picture is learnt.picture for picture in learnt(3))


def test_the_median_is_that_of_the_sampled_frames() -> None:
    frames = np.random.default_rng(1).integers(0, 256, (40, 33, 20, 3), dtype=np.uint8)
    learnt = TemporalMedian.learn(iter(frames), 40, samples=7)
    expected = np.sort(frames[part_centres(40, 7)], axis=0)[3]
    np.testing.assert_array_equal(learnt.picture, expected)


def test_no_frames_have_no_median() -> None:
    with pytest.raises(ValueError, match="at least one"):
        TemporalMedian.learn(iter(()), 0)


def test_the_nearest_neighbour_of_a_training_frame_is_itself() -> None:
    torch.manual_seed(0)
    training = torch.randn(300, 69)
    nearest = NearestNeighbour(training_features=training)
    assert torch.equal(nearest(training), torch.arange(300))
    queries = torch.randn(20, 69)
    slow = torch.stack([(training - query).square().sum(1).argmin() for query in queries])
    assert torch.equal(nearest(queries), slow)


def test_the_first_of_equals_wins_and_odd_features_are_refused() -> None:
    nearest = NearestNeighbour(training_features=torch.tensor([[1.0], [0.0], [0.0]]))
    assert nearest(torch.tensor([[0.1]])).tolist() == [1]
    with pytest.raises(ValueError, match="same function"):
        nearest(torch.zeros(2, 3))


def test_pose_features_follow_the_facing_but_not_the_place() -> None:
    joints = torch.randn(4, 24, 3)
    torch.testing.assert_close(pose_features(joints + 5), pose_features(joints), atol=1e-5, rtol=0)
    assert not torch.allclose(pose_features(joints * torch.tensor([-1.0, 1.0, -1.0])), pose_features(joints))
