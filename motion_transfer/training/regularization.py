"""Regularization against overfitting: weight norms, orthogonality, gradient noise, R1, label smoothing."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from motion_transfer.training.normalization import plain_weights, weighted_layers

NOISE_EXPONENT = 0.55  # Neelakantan et al. 2015


@torch.no_grad()
def shrink(parameters: Iterable[Tensor], *, factor: float) -> None:
    """Multiply weights by a factor of at most 1: weight decay in its first form (Hanson and Pratt 1988).

    Under gradient descent with rate eps this equals adding `(1 - factor) / eps` times `squared_norm` to the loss, if
    the weights shrink before the gradient is subtracted. Under Adam it differs, and is decoupled decay as in AdamW.

    Raises:
        ValueError: for a factor outside (0, 1].
    """
    check_shrinkage(factor)
    for parameter in parameters:
        parameter.mul_(factor)


def check_shrinkage(factor: float) -> None:
    """Raise ValueError for a factor outside (0, 1]."""
    if not 0 < factor <= 1:
        raise ValueError(f"expected a factor in (0, 1], got {factor}; weights would grow or change sign")


def squared_norm(parameters: Iterable[Tensor]) -> Float[Tensor, ""]:
    """Give `|theta|^2 / 2`, the ridge penalty, whose gradient is theta."""
    return torch.stack([parameter.square().sum() for parameter in parameters]).sum() / 2


def absolute_norm(parameters: Iterable[Tensor]) -> Float[Tensor, ""]:
    """Give `|theta|_1`, the LASSO penalty; `AcceleratedProximalGradient` makes weights exactly zero under it."""
    return torch.stack([parameter.abs().sum() for parameter in parameters]).sum()


def orthogonal_penalty(module: nn.Module) -> Float[Tensor, ""]:
    """Give the sum of `|W W^T - I|_F^2` over linear and convolution layers (Brock et al. 2017).

    A convolution's weight is flattened to one row per output channel. The smaller of `W W^T` and
    `W^T W` is taken, since the larger cannot be the identity.

    Raises:
        ValueError: there is no such layer.
    """
    penalties = []
    for layer in weighted_layers(module):
        matrix = layer.weight.flatten(1)
        gram = matrix @ matrix.T if len(matrix) <= matrix.shape[1] else matrix.T @ matrix
        identity = torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
        penalties.append((gram - identity).square().sum())
    if not penalties:
        raise ValueError("expected linear or convolution layers, got none; pass the network itself")
    return torch.stack(penalties).sum()


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRegularizer:
    """A penalty on the linear and convolution weights of a network; biases are free.

    Attributes:
        kind: absolute (LASSO), squared (ridge) or orthogonal.
        strength: factor of the penalty.

    Raises:
        ValueError: for an unknown kind or a negative strength.
    """

    kind: str
    strength: float

    def __post_init__(self) -> None:
        if self.kind not in ("absolute", "squared", "orthogonal"):
            raise ValueError(f"expected a penalty among absolute, squared, orthogonal, got {self.kind!r}; correct it")
        if self.strength < 0:
            raise ValueError(f"expected a strength of at least 0, got {self.strength}; weights would grow")

    def __call__(self, module: nn.Module) -> Float[Tensor, ""]:
        """Give the term of the loss for a module's weights."""
        if self.kind == "orthogonal":
            return self.strength * orthogonal_penalty(module)
        norm = absolute_norm if self.kind == "absolute" else squared_norm
        return self.strength * norm(plain_weights(module))


@torch.no_grad()
def add_gradient_noise(
    parameters: Iterable[Tensor], *, step: int, strength: float, generator: torch.Generator | None = None
) -> None:
    """Add `N(0, strength / (1 + step)^0.55)` to every gradient, before the optimizer's step (Neelakantan et al. 2015).

    Args:
        parameters: those without a gradient are skipped.
        step: number of steps before this one.
        strength: variance at the first step; the paper tries 0.01, 0.3 and 1.
        generator: on the device of the gradients; None for torch's default.

    Raises:
        ValueError: for a negative step or strength.
    """
    check_noise(strength, step)
    deviation = (strength / (1 + step) ** NOISE_EXPONENT) ** 0.5
    for parameter in parameters:
        if parameter.grad is not None:
            gradient = parameter.grad
            noise = torch.empty_like(gradient).normal_(generator=generator)
            gradient.add_(noise, alpha=deviation)


def check_noise(strength: float, step: int = 0) -> None:
    """Raise ValueError for a negative step or strength."""
    if step < 0 or strength < 0:
        raise ValueError(f"expected step and strength of at least 0, got {step} and {strength}; raise them")


def r1_penalty(scores: Float[Tensor, "batch ..."], real: Float[Tensor, "batch ..."]) -> Float[Tensor, ""]:
    """Give `E |grad_x D(x)|^2 / 2` over real samples (Mescheder et al. 2018, eq. 9); times gamma it joins D's loss.

    Args:
        scores: the discriminator's output for `real`; maps are summed per sample.
        real: must require gradients before the discriminator sees it.

    Raises:
        ValueError: `real` does not require gradients.
    """
    if not real.requires_grad:
        raise ValueError("expected real samples that require gradients, got none; call real.requires_grad_() first")
    (slopes,) = torch.autograd.grad(scores.sum(), real, create_graph=True)
    return slopes.square().flatten(1).sum(1).mean() / 2


def smooth_labels(labels: Float[Tensor, "..."], *, amount: float) -> Float[Tensor, "..."]:
    """Multiply labels by `1 - amount`: one-sided label smoothing (Salimans et al. 2016, section 3.4).

    Labels of 0 stay: smoothing them would reward the generator for staying where it is.

    Raises:
        ValueError: for an amount outside [0, 0.5).
    """
    if not 0 <= amount < 0.5:
        raise ValueError(f"expected an amount in [0, 0.5), got {amount}; more turns real into fake")
    return labels * (1 - amount)
