"""The layout in memory of what an optimizer remembers of each weight.

Checkpoints are plain arrays, and channel-by-channel kernels come back from them in rows. A fused optimizer walks along
both without looking at their strides, and would take what it remembers of one number for another's.
"""

from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor
from torch.optim import Optimizer


def match_layouts(optimizer: Optimizer) -> None:
    """Lay out all that is remembered of a weight as the weight is; no value changes."""
    for weight, remembered in optimizer.state.items():
        for name, found in remembered.items():
            if isinstance(found, Tensor) and found.shape == weight.shape and found.stride() != weight.stride():
                remembered[name] = torch.empty_like(weight, dtype=found.dtype).copy_(found)


class MatchedLayouts(lightning.Callback):
    """Match the layouts once a checkpoint has been restored."""

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, *_: Any) -> None:
        for optimizer in trainer.optimizers:
            match_layouts(getattr(optimizer, "optimizer", optimizer))
