"""Lightning callbacks that act on weights and gradients beside the loss: decay, noise, bounded singular values."""

from typing import Any

import pytorch_lightning as lightning
from torch.optim import Optimizer

from motion_transfer.training.callbacks import child_of
from motion_transfer.training.normalization import bound_singular_values, own_weights
from motion_transfer.training.regularization import add_gradient_noise, check_noise, check_shrinkage, shrink


class _AfterSteps(lightning.Callback):
    """Counts batches, through resumptions."""

    def __init__(self, child: str) -> None:
        super().__init__()
        self.child, self.steps = child, 0

    @property
    def state_key(self) -> str:
        return f"{type(self).__name__} of {self.child}"  # one for each part may act side by side

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


class MultiplicativeDecay(_AfterSteps):
    """After every batch, multiply linear and convolution weights by a factor; biases stay.

    Args:
        child: which part of the module; empty for all.
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
        shrink(own_weights(child_of(pl_module, self.child)), factor=self.factor)


class AnnealedGradientNoise(_AfterSteps):
    """Before every step of the optimizer that trains the child, add noise to its gradients, less and less.

    Args:
        child: which part of the module; empty for all.
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
        own = [weight for weight in child_of(pl_module, self.child).parameters() if id(weight) in stepped]
        add_gradient_noise(own, step=self.steps, strength=self.strength)


class BoundedSingularValues(_AfterSteps):
    """Every so many batches, clamp the singular values of linear and convolution weights.

    Args:
        child: which part of the module; empty for all.
        margin: they stay in `[1 / (1 + margin), 1 + margin]`.
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
