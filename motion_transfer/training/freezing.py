"""Freezing: a part of a network stays as it is at first, while the rest grows into it."""

from typing import Any

import pytorch_lightning as lightning

from motion_transfer.training.callbacks import budget_of, child_of


class FreezeAtFirst(lightning.Callback):
    """Keep a part's weights for the first share of a training, as pix2pixHD does with its global generator.

    It belongs after the budget in the trainer's list of callbacks.

    Args:
        part: dotted name of the part in the trained module.
        share: of the budget, in [0, 1].

    Raises:
        ValueError: the share is out of its range.
    """

    def __init__(self, part: str, share: float) -> None:
        super().__init__()
        if not 0 <= share <= 1:
            raise ValueError(f"expected a share in [0, 1], got {share}; 0 freezes nothing")
        self.part, self.share = part, share

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        learns = budget_of(trainer).progress >= self.share
        for parameter in child_of(pl_module, self.part).parameters():
            parameter.requires_grad_(learns)

    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        child_of(pl_module, self.part).requires_grad_(True)
