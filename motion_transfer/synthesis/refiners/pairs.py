"""What a refiner is trained on: squares of frames as the finished performer paints them, and the same as filmed."""

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from motion_transfer.datasets.data_module import SteppedData, Stretch
from motion_transfer.domain.value import value

KEPT_SIDE = 0.875  # of a square's side, in a sample: where it lies in the square is drawn anew each time
Sample = dict[str, Tensor]


@value
class Pairs:
    """Squares around one part of the body.

    Attributes:
        condition: maps, as refiners read them.
        person: where the person was filmed.
        valid: pixels inside of the frame that show nothing that the person holds.
    """

    painted: UInt8[Tensor, "pair 3 side side"]
    filmed: UInt8[Tensor, "pair 3 side side"]
    condition: Float[Tensor, "pair channel side side"]
    person: Bool[Tensor, "pair 1 side side"]
    valid: Bool[Tensor, "pair 1 side side"]

    def __len__(self) -> int:
        return len(self.painted)


@value
class PairRequest:
    """A part of a pair: which pair, its first row and column, and its side."""

    pair: int
    top: int
    left: int
    side: int


class _Samples(Dataset[Sample]):
    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, request: PairRequest) -> Sample:
        rows, columns = (slice(first, first + request.side) for first in (request.top, request.left))
        seen = (request.pair, slice(None), rows, columns)
        pairs = self.pairs
        return {
            "painted": pairs.painted[seen].float() / 127.5 - 1,
            "rgb": pairs.filmed[seen].float() / 127.5 - 1,
            "condition": pairs.condition[seen].float(),
            "person": pairs.person[seen].float(),
            "valid": pairs.valid[seen].float(),
        }


class RefinerData(SteppedData[PairRequest]):
    """Random parts of pairs for `fit`.

    Args:
        divisor: what the side of a sample must be divisible by.
    """

    def __init__(self, pairs: Pairs, *, batch: int, divisor: int, steps_between_validations: int, seed: int) -> None:
        super().__init__(steps_between_validations)
        self.pairs, self.batch, self.seed = pairs, batch, seed
        self.side = max(divisor, int(KEPT_SIDE * pairs.painted.shape[-1]) // divisor * divisor)

    def train_dataloader(self) -> DataLoader[Sample]:
        return DataLoader(_Samples(self.pairs), batch_sampler=Stretch(self))

    def batch_at(self, step: int) -> list[PairRequest]:
        """Give the samples of one step: a function of the seed and the step alone."""
        draw = np.random.default_rng([self.seed, step])
        most = self.pairs.painted.shape[-1] - self.side + 1
        return [
            PairRequest(
                pair=int(draw.integers(len(self.pairs))),
                top=int(draw.integers(most)),
                left=int(draw.integers(most)),
                side=self.side,
            )
            for _ in range(self.batch)
        ]


def as_pictures(colours: Float[Tensor, "picture 3 side side"]) -> UInt8[np.ndarray, "picture side side 3"]:
    """Pictures of colours in [-1, 1]."""
    return ((colours + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()
