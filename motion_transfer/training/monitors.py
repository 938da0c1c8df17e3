"""Lightning callbacks that only observe: statistics of gradients and weights, grids of samples, remaining time."""

import math
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

import pytorch_lightning as lightning
import torch
from jaxtyping import Float
from PIL import Image
from pytorch_lightning.callbacks import TQDMProgressBar
from torch import Tensor
from torch.optim import Optimizer

from motion_transfer.training.callbacks import StepBudget, WallClockBudget, budget_of, gradients_of


class GradientStatistics(lightning.Callback):
    """Log the root mean square of gradients and weights, and the fraction of zero gradients, per child of the module.

    A ratio of gradient to weight that differs by orders of magnitude between children, or a growing fraction of zeros,
    indicates a bad initialization or dead units (Glorot and Bengio 2010).
    """

    def __init__(self, every_steps: int) -> None:
        super().__init__()
        if every_steps < 1:
            raise ValueError(f"expected to log every 1 or more steps, got {every_steps}; raise it")
        self.every_steps = every_steps

    def on_before_optimizer_step(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, optimizer: Optimizer
    ) -> None:
        if trainer.global_step % self.every_steps == 0:
            pl_module.log_dict(gradient_statistics(pl_module, optimizer), on_step=True, on_epoch=False)


@torch.no_grad()
def gradient_statistics(module: torch.nn.Module, optimizer: Optimizer) -> dict[str, float]:
    """Give `gradient_rms/child`, `weight_rms/child` and `gradient_zeros/child` of the optimizer's parameters."""
    gradients = gradients_of(module, optimizer)
    parameters = dict(module.named_parameters())
    by_child: dict[str, list[str]] = {}
    for name in gradients:
        by_child.setdefault(name.split(".")[0], []).append(name)
    statistics = {}
    for child, names in by_child.items():
        gradient = torch.cat([gradients[name].flatten() for name in names])
        weight = torch.cat([parameters[name].flatten() for name in names])
        statistics[f"gradient_rms/{child}"] = gradient.square().mean().sqrt().item()
        statistics[f"weight_rms/{child}"] = weight.square().mean().sqrt().item()
        statistics[f"gradient_zeros/{child}"] = (gradient == 0).float().mean().item()
    return statistics


@runtime_checkable
class ShowsSamples(Protocol):
    """A module that gives samples of its output."""

    def sample_images(self) -> Float[Tensor, "image 3 height width"]:
        """Give images in [0, 1], of the same subjects every time."""
        ...


class SampleGrid(lightning.Callback):
    """Write the module's `sample_images` after validations, as one grid per step: `step_000120.png`.

    Args:
        directory: relative to the trainer's folder.
    """

    def __init__(self, directory: str, *, every_validations: int, columns: int) -> None:
        super().__init__()
        if every_validations < 1 or columns < 1:
            raise ValueError(
                f"expected at least 1 validation and 1 column, got {every_validations} and {columns}; raise them"
            )
        self.directory = Path(directory)
        self.every_validations = every_validations
        self.columns = columns
        self._validations = 0

    @torch.no_grad()
    def on_validation_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        if trainer.sanity_checking or not trainer.is_global_zero:
            return
        self._validations += 1
        if self._validations % self.every_validations == 0:
            folder = Path(trainer.default_root_dir) / self.directory
            folder.mkdir(parents=True, exist_ok=True)
            grid = image_grid(cast(ShowsSamples, pl_module).sample_images(), columns=self.columns, gap_px=2)
            grid.save(folder / f"step_{trainer.global_step:06d}.png")


def image_grid(images: Float[Tensor, "image 3 height width"], *, columns: int, gap_px: int) -> Image.Image:
    """Lay images in [0, 1] out in rows, with a white gap around each; values beyond are clipped."""
    height, width = images.shape[2:]
    rows = -(-len(images) // columns)
    size = (gap_px + columns * (width + gap_px), gap_px + rows * (height + gap_px))
    grid = Image.new("RGB", size, "white")
    pixels = (images.float().clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    for index, rgb in enumerate(pixels):
        row, column = divmod(index, columns)
        grid.paste(Image.fromarray(rgb), (gap_px + column * (width + gap_px), gap_px + row * (height + gap_px)))
    return grid


class BudgetProgressBar(TQDMProgressBar):
    """Lightning's progress bar with the remaining budget."""

    def get_metrics(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> dict[str, int | str | float | dict[str, float]]:
        metrics: dict[str, Any] = super().get_metrics(trainer, pl_module)
        metrics.pop("v_num", None)
        return {**metrics, "left": remaining_budget(budget_of(trainer))}


def remaining_budget(budget: WallClockBudget | StepBudget) -> str:
    """Give the remaining minutes and seconds of a budget, rounded up, or its remaining steps."""
    if isinstance(budget, StepBudget):
        return f"{max(budget.steps - budget.done, 0)} steps"
    seconds = math.ceil(max(budget.seconds - budget.spent_s, 0))
    return f"{seconds // 60}:{seconds % 60:02d}"
