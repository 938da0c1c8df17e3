"""Training samples of a performer for Lightning: random crops of its footage."""

import ctypes
import os
import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from types import TracebackType
from typing import Generic, TypeVar

import numpy as np
import pytorch_lightning as lightning
import torch
from torch.utils.data import DataLoader, Sampler, TensorDataset

from motion_transfer.datasets.samples import PerformerSamples, Request, collate, width_choices
from motion_transfer.training.samplers import CurriculumSampler

RequestT = TypeVar("RequestT")
PR_SET_PDEATHSIG = 1  # of Linux' prctl


class SteppedData(lightning.LightningDataModule, ABC, Generic[RequestT]):
    """Batches that are a function of the step alone, so that a resumed training sees the same.

    Args:
        steps_between_validations: batches of an epoch.
    """

    def __init__(self, steps_between_validations: int) -> None:
        super().__init__()
        self.steps, self.step_offset = steps_between_validations, 0

    @abstractmethod
    def batch_at(self, step: int) -> list[RequestT]:
        """Give the samples of one step."""

    def val_dataloader(self) -> DataLoader[tuple[torch.Tensor, ...]]:
        """One item: the module is validated as a whole, and scores whole sequences."""
        return DataLoader(TensorDataset(torch.zeros(1)))

    def state_dict(self) -> dict[str, int]:
        return {"step_offset": self.step_offset}

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        self.step_offset = state_dict["step_offset"]


class PerformerData(SteppedData[Request]):
    """Samples for `fit`.

    Args:
        training: indices of the footage's crops that are trained on.
        multiple: what window widths must be divisible by.
        sampler: of the training places, epoch by epoch; None draws each by itself.
        workers: processes that render samples beside the training; 0 renders in the training process.
    """

    def __init__(
        self,
        samples: PerformerSamples,
        training: list[int],
        *,
        batch: int,
        multiple: int,
        workers: int,
        steps_between_validations: int,
        seed: int,
        sampler: CurriculumSampler | None = None,
    ) -> None:
        super().__init__(steps_between_validations)
        self.samples, self.training = samples, training
        self.batch, self.workers, self.seed = batch, workers, seed
        self.widths = width_choices(samples.crops.track.size, samples.augmentation.width_steps, multiple)
        self.sampler = sampler
        self._epoch: tuple[int, list[int]] = (-1, [])

    def train_dataloader(self) -> DataLoader[dict[str, torch.Tensor]]:
        sampler = Stretch(self)
        return DataLoader(
            self.samples,
            batch_sampler=sampler,
            collate_fn=collate,
            num_workers=self.workers,
            prefetch_factor=4 if self.workers else None,
            multiprocessing_context="fork" if self.workers else None,
            worker_init_fn=_settle,
            persistent_workers=False,
        )

    def batch_at(self, step: int) -> list[Request]:
        """The samples of one step: a function of the seed and the step alone, so that a resumed run sees the same."""
        draw = np.random.default_rng([self.seed, step])
        width = int(draw.choice(self.widths))
        return [
            Request(self._place(step * self.batch + row, draw), int(draw.integers(2**31)), width, True)
            for row in range(self.batch)
        ]

    def _place(self, number: int, draw: np.random.Generator) -> int:
        """The place of the footage that the sample of this number is taken from."""
        if self.sampler is None:
            return int(draw.choice(self.training))
        epoch, row = divmod(number, len(self.sampler))
        if self._epoch[0] != epoch:
            self.sampler.set_epoch(epoch)
            self._epoch = (epoch, list(self.sampler))
        return self.training[self._epoch[1][row]]


class Stretch(Sampler[list[RequestT]]):
    """One stretch between two validations; the next one goes on where this one ended."""

    def __init__(self, data: SteppedData[RequestT]) -> None:
        self.data = data

    def __len__(self) -> int:
        return self.data.steps

    def __iter__(self) -> Iterator[list[RequestT]]:
        start = self.data.step_offset
        self.data.step_offset = start + self.data.steps
        for step in range(start, start + self.data.steps):
            yield self.data.batch_at(step)


def _settle(_: int) -> None:
    """A worker uses one core, hears no signal that is meant for the command, and ends with it however that ends."""
    torch.set_num_threads(1)
    os.setpgrp()  # Ctrl-C goes to a whole group
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    sys.excepthook = _without_lost_connections


def _without_lost_connections(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A command that is interrupted while a worker hands it a sample says what happened itself."""
    if not issubclass(kind, ConnectionError | EOFError):
        sys.__excepthook__(kind, error, trace)
