"""Lightning callbacks that constrain weights or gradients: decay, gradient noise, bounded singular values."""

from typing import Any

import pytorch_lightning as lightning
from torch.optim import Optimizer

from motion_transfer.training.callbacks import child_of
from motion_transfer.training.normalization import bound_singular_values, plain_weights
from motion_transfer.training.regularization import add_gradient_noise, check_noise, check_shrinkage, shrink


class _StepCounter(lightning.Callback):
    """Counts batches, including those before a resumption."""

    def __init__(self, child: str) -> None:
        super().__init__()
        self.child, self.steps = child, 0

    @property
    def state_key(self) -> str:
        return f"{type(self).__name__} of {self.child}"  # two of them may act on different children

    def setup(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, stage: str) -> None:
        child_of(pl_module, self.child)  # a wrong name fails here

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self.steps += 1

    def state_dict(self) -> dict[str, Any]:
        return {"steps": self.steps}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.steps = int(state_dict["steps"])


class MultiplicativeDecay(_StepCounter):
    """Multiply linear and convolution weights by a factor after every batch; biases stay.

    Args:
        child: name of the module's child that it acts on; empty for the whole module.
        factor: in (0, 1].
    """

    def __init__(self, *, child: str, factor: float) -> None:
        super().__init__(child)
        check_shrinkage(factor)
        self.factor = factor

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        super().on_train_batch_end(trainer, pl_module, outputs, batch, batch_idx)
        shrink(plain_weights(child_of(pl_module, self.child)), factor=self.factor)


class AnnealedGradientNoise(_StepCounter):
    """Add annealed Gaussian noise to a child's gradients before every step of its optimizer.

    Args:
        child: name of the module's child that it acts on; empty for the whole module.
        strength: variance at the first batch.
    """

    def __init__(self, *, child: str, strength: float) -> None:
        super().__init__(child)
        check_noise(strength)
        self.strength = strength

    def on_before_optimizer_step(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, optimizer: Optimizer
    ) -> None:
        stepped = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
        weights = [weight for weight in child_of(pl_module, self.child).parameters() if id(weight) in stepped]
        add_gradient_noise(weights, step=self.steps, strength=self.strength)


class BoundedSingularValues(_StepCounter):
    """Clamp the singular values of linear and convolution weights every `every_steps` batches.

    Args:
        child: name of the module's child that it acts on; empty for the whole module.
        margin: singular values stay in `[1 / (1 + margin), 1 + margin]`.
    """

    def __init__(self, *, child: str, margin: float, every_steps: int) -> None:
        super().__init__(child)
        if margin < 0 or every_steps < 1:
            raise ValueError(
                f"expected a margin of at least 0 and 1 or more steps, got {margin} and {every_steps}; raise them"
            )
        self.margin, self.every_steps = margin, every_steps

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        super().on_train_batch_end(trainer, pl_module, outputs, batch, batch_idx)
        if self.steps % self.every_steps == 0:
            bound_singular_values(child_of(pl_module, self.child), margin=self.margin)
