"""Lightning's trainer as every training here uses it: quiet, on one device, until a budget among the callbacks ends it.

How it uses the device is a setting: number format, layout of kernels, parts of a batch, compilation.
"""

import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytorch_lightning as lightning
import torch
from pytorch_lightning.loggers import Logger
from pytorch_lightning.plugins.io import CheckpointIO
from torch import nn

from motion_transfer.training.layers import to_channels_last, to_contiguous
from motion_transfer.training.optimizers.layout import MatchedLayouts
from motion_transfer.training.precision import check_precision, precision_on


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerSettings:
    """How a training uses its device.

    Attributes:
        precision: `32-true`, `bf16-mixed` or `16-mixed`; `auto` for bfloat16 where the device computes in it.
        channels_last: whether convolution kernels are laid out channel by channel, which is fast on most devices.
        accumulate_grad_batches: batches whose gradients are averaged into one step, one after the other in memory.
        compile: whether `torch.compile` makes machine code of the networks; it takes a minute or more at first.

    Raises:
        ValueError: a setting is none of these.
    """

    precision: str
    channels_last: bool
    accumulate_grad_batches: int
    compile: bool

    def __post_init__(self) -> None:
        check_precision(self.precision)
        if self.accumulate_grad_batches < 1:
            raise ValueError(
                f"expected gradients of at least 1 batch, got accumulate_grad_batches={self.accumulate_grad_batches}"
            )

    def lay_out(self, network: nn.Module) -> None:
        """Lay out the kernels of a network as asked for, in place."""
        (to_channels_last if self.channels_last else to_contiguous)(network)

    def compiled(self, network: nn.Module) -> Callable[..., Any]:
        """The network as it is called in training: its compiled forward pass, or itself.

        Its weights stay those of the network, under their names, so that checkpoints do not tell the two apart.
        """
        return cast(Callable[..., Any], torch.compile(network.forward)) if self.compile else network


def fit(
    module: lightning.LightningModule,
    *data: Any,
    folder: Path,
    device: torch.device,
    precision: str,
    callbacks: Sequence[lightning.Callback],
    checkpoint_io: CheckpointIO,
    resume: Path | None,
    logger: Logger | None = None,
    progress_bar: bool = False,
    reload_each_epoch: bool = False,
) -> None:
    """Train a module until one of the callbacks stops it.

    Args:
        data: a data module, or loaders for training and validation.
        folder: that callbacks may write to.
        precision: of `TrainerSettings`.
        resume: the checkpoint to go on from.
        reload_each_epoch: whether every epoch asks the data module for a new loader.

    Raises:
        ValueError: the device does not compute in this precision.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
        trainer = lightning.Trainer(
            accelerator="gpu" if device.type == "cuda" else "cpu",
            devices=1,
            precision=precision_on(device, precision),
            max_epochs=-1,
            callbacks=[*callbacks, MatchedLayouts()],
            plugins=[checkpoint_io],
            logger=logger or False,
            log_every_n_steps=1,  # what logs knows how often
            enable_progress_bar=progress_bar,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            reload_dataloaders_every_n_epochs=int(reload_each_epoch),
            default_root_dir=folder,
        )
        trainer.fit(module, *data, ckpt_path=resume)
