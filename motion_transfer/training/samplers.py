"""Samplers of training data: independent draws, reshuffled epochs, or a curriculum (Bengio et al. 2009)."""

import math
from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import Sampler


def pose_difficulty(
    poses: Float[Tensor, "frame value"], hidden_fraction: Float[Tensor, "other"], *, hidden_weight: float
) -> Float[Tensor, "frame"]:
    """Give the difficulty of frames: the distance of the pose from the mean pose, plus the weighted self-occlusion.

    Args:
        poses: features of a pose, e.g. joints about the pelvis in metres or flattened rotation matrices.
        hidden_fraction: of the body that it hides itself, in [0, 1].
        hidden_weight: of a fully hidden body, relative to a pose at the median distance.

    Raises:
        ValueError: for different numbers of frames or a negative weight.
    """
    if len(poses) != len(hidden_fraction):
        raise ValueError(f"expected as many frames of both, got {len(poses)} and {len(hidden_fraction)}; match them")
    if hidden_weight < 0:
        raise ValueError(f"expected a weight of at least 0, got {hidden_weight}; raise it")
    distance = (poses - poses.mean(0)).norm(dim=1)
    typical = distance.median().clamp(min=torch.finfo(distance.dtype).tiny)
    return distance / typical + hidden_weight * hidden_fraction


class CurriculumSampler(Sampler[int]):
    """Draw from the easiest samples first and from all of them later; every epoch is shuffled and as long as the data.

    The allowed fraction grows linearly from `start_fraction` in the first epoch to 1 in epoch `full_epoch`; from then
    on an epoch is a plain permutation. While fewer samples are allowed, each is drawn about equally often. Lightning
    calls `set_epoch`; the order depends on seed and epoch alone, so that a resumed training repeats it.

    Args:
        difficulty: of each sample of the data.
        start_fraction: of the data, in (0, 1]; 1 for no curriculum.
        full_epoch: the first epoch that draws from all samples.
        seed: of the order.

    Raises:
        ValueError: for a fraction or epoch out of range, or no samples.
    """

    def __init__(
        self, difficulty: Float[Tensor, "sample"], *, start_fraction: float, full_epoch: int, seed: int
    ) -> None:
        if not 0 < start_fraction <= 1:
            raise ValueError(f"expected a start fraction in (0, 1], got {start_fraction}; 1 means no curriculum")
        if full_epoch < 0:
            raise ValueError(f"expected a full epoch of at least 0, got {full_epoch}; raise it")
        if len(difficulty) == 0:
            raise ValueError("expected at least one sample, got none; check the data")
        self.easiest_first = difficulty.argsort(stable=True)
        self.start_fraction, self.full_epoch, self.seed = start_fraction, full_epoch, seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next iteration."""
        self.epoch = epoch

    @property
    def allowed(self) -> int:
        """The number of easiest samples that this epoch draws from."""
        grown = 1.0 if self.epoch >= self.full_epoch else self.epoch / self.full_epoch
        fraction = self.start_fraction + (1 - self.start_fraction) * grown
        return max(1, math.ceil(fraction * len(self.easiest_first)))

    def __len__(self) -> int:
        return len(self.easiest_first)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
        allowed = self.allowed
        rounds = math.ceil(len(self) / allowed)
        order = torch.cat([torch.randperm(allowed, generator=generator) for _ in range(rounds)])[: len(self)]
        return iter(self.easiest_first[order].tolist())


Difficulty = Callable[[], Float[Tensor, "sample"]]  # called only by a curriculum, because it takes time


def independent(count: int, difficulty: Difficulty, *, seed: int) -> None:
    """No sampler: the data module draws every sample independently."""


def reshuffled(count: int, difficulty: Difficulty, *, seed: int) -> CurriculumSampler:
    """Draw each of `count` samples once an epoch, in a new order each time."""
    return CurriculumSampler(torch.zeros(count), start_fraction=1.0, full_epoch=0, seed=seed)


def curriculum(
    count: int, difficulty: Difficulty, *, start_fraction: float, full_epoch: int, seed: int
) -> CurriculumSampler:
    """Draw easy samples first; see `CurriculumSampler`.

    Raises:
        ValueError: for a fraction or epoch out of range, or a number of difficulties other than `count`.
    """
    found = difficulty()
    if len(found) != count:
        raise ValueError(f"expected the difficulty of {count} samples, got {len(found)}; match them")
    return CurriculumSampler(found, start_fraction=start_fraction, full_epoch=full_epoch, seed=seed)
