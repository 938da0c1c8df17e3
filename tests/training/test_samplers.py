"""Easy samples come first, all come in the end, and the same epoch always has the same order."""

from collections import Counter

import pytest
import torch
from checked_shapes import unchecked

from motion_transfer.training.samplers import CurriculumSampler, curriculum, independent, pose_difficulty, reshuffled

DIFFICULTY = torch.tensor([5.0, 1.0, 4.0, 0.0, 3.0, 2.0, 7.0, 6.0, 9.0, 8.0])


def sampler(epoch: int, **settings: float) -> CurriculumSampler:
    made = CurriculumSampler(DIFFICULTY, **{"start_fraction": 0.3, "full_epoch": 4, "seed": 0, **settings})
    made.set_epoch(epoch)
    return made


def test_the_first_epoch_sees_the_easiest_alone_about_equally_often() -> None:
    counts = Counter(sampler(0))
    assert set(counts) == {3, 1, 5}
    assert max(counts.values()) - min(counts.values()) <= 1
    assert sum(counts.values()) == len(sampler(0)) == 10


def test_the_hardest_seen_grows_until_an_epoch_is_a_permutation() -> None:
    hardest = [DIFFICULTY[list(sampler(epoch))].max().item() for epoch in range(6)]
    assert hardest == sorted(hardest)
    assert sorted(sampler(4)) == sorted(sampler(9)) == list(range(10))
    assert sorted(sampler(0, start_fraction=1.0)) == list(range(10))


def test_every_epoch_is_reshuffled_and_repeats_under_its_index() -> None:
    assert list(sampler(7)) == list(sampler(7))
    assert list(sampler(7)) != list(sampler(8))
    assert list(sampler(7)) != list(sampler(7, seed=1))


def test_a_pose_far_from_the_mean_or_hidden_is_hard() -> None:
    poses = torch.tensor([[0.0, 1.0], [0.0, -1.0], [3.0, 0.0], [-3.0, 0.0]])
    assert pose_difficulty(poses, torch.zeros(4), hidden_weight=1.0).tolist() == [1, 1, 3, 3]
    assert pose_difficulty(poses, torch.tensor([0.5, 0, 0, 0]), hidden_weight=2.0).tolist() == [2, 1, 3, 3]
    assert torch.isfinite(pose_difficulty(torch.ones(3, 2), torch.zeros(3), hidden_weight=1.0)).all()


def test_only_a_curriculum_asks_how_hard_samples_are() -> None:
    def never() -> torch.Tensor:
        pytest.fail("computed the difficulty")

    assert independent(10, never, seed=0) is None
    assert sorted(reshuffled(10, never, seed=0)) == list(range(10))
    first = set(curriculum(10, lambda: DIFFICULTY, start_fraction=0.3, full_epoch=4, seed=0))
    assert first == {3, 1, 5}
    with pytest.raises(ValueError, match="expected the difficulty of 3 samples, got 10"):
        curriculum(3, lambda: DIFFICULTY, start_fraction=0.3, full_epoch=4, seed=0)


def test_wrong_settings_say_what_was_expected() -> None:
    for wrong in ({"start_fraction": 0.0}, {"full_epoch": -1}):
        with pytest.raises(ValueError, match=r"expected .* got .*; "):
            sampler(0, **wrong)
    with pytest.raises(ValueError, match="expected at least one sample"):
        CurriculumSampler(torch.zeros(0), start_fraction=1.0, full_epoch=0, seed=0)
    with unchecked(), pytest.raises(ValueError, match="expected as many frames of both, got 2 and 3"):
        pose_difficulty(torch.zeros(2, 1), torch.zeros(3), hidden_weight=0)
