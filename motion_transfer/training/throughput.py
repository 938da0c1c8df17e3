"""How fast a training goes, and how much memory of a GPU it takes."""

import time
from collections.abc import Callable
from typing import Any

import pytorch_lightning as lightning
import torch

MIB = 1 << 20


class Throughput(lightning.Callback):
    """Measure steps a second, without validation and without the first step, which compiles and warms up.

    After a resumption only what comes behind it counts.
    """

    def __init__(self, device: torch.device, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.device, self._clock = device, clock
        self.steps, self.seconds = 0, 0.0
        self._begun, self._since_s = False, 0.0

    @property
    def steps_per_s(self) -> float | None:
        """Steps a second; None where there were fewer than two."""
        return self.steps / self.seconds if self.steps and self.seconds > 0 else None

    @property
    def gpu_memory_mib(self) -> float | None:
        """The most memory that tensors took on the GPU, validation included; None on a CPU."""
        return torch.cuda.max_memory_allocated(self.device) / MIB if self.device.type == "cuda" else None

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self._begun = False
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self.device)

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self.steps += self._begun
        if not self._begun:
            self._begun = True
            self._resume()

    def on_validation_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self._pause()

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self._resume()

    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self._pause()

    def _resume(self) -> None:
        self._since_s = self._now()

    def _pause(self) -> None:
        if self._begun:
            now = self._now()
            self.seconds += now - self._since_s
            self._since_s = now

    def _now(self) -> float:
        if self.device.type == "cuda":  # what was started there may still be on its way
            torch.cuda.synchronize(self.device)
        return self._clock()
