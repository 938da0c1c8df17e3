"""Sensitivity of an output to its input: the norm of the input-output Jacobian (Novak et al. 2018)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

Network = Callable[[Tensor], Tensor]


def jacobian_norms(
    network: Network, inputs: Float[Tensor, "sample ..."], *, projections: int, generator: torch.Generator
) -> Float[Tensor, "sample"]:
    """Estimate the Frobenius norm of every sample's Jacobian by random projections (Hoffman et al. 2019, eq. 8).

    With v uniform on the unit sphere of the C outputs, `C E |v^T J|^2 = |J|_F^2`; the projections of one estimate are
    orthogonal, so that as many as there are outputs give the exact norm.

    Args:
        network: must treat samples independently, in evaluation mode where it has batch normalization.
        inputs: at which the norm is taken.
        projections: one backward pass each; a few are enough to rank frames.
        generator: on the CPU.

    Raises:
        ValueError: for no projections, or outputs that do not depend on the inputs.
    """
    if projections < 1:
        raise ValueError(f"expected at least 1 projection, got {projections}; raise it")
    inputs = inputs.detach().requires_grad_()
    outputs = network(inputs)
    if not outputs.requires_grad:
        raise ValueError("expected outputs that depend on the inputs, got a constant; pass the network itself")
    flat = outputs.flatten(1)
    size = flat.shape[1]
    count = min(projections, size)
    squares = torch.zeros(len(inputs), device=flat.device, dtype=flat.dtype)
    directions, _ = torch.linalg.qr(torch.randn(size, count, generator=generator, dtype=torch.float64))
    for index in range(count):
        direction = directions[:, index].to(flat).expand_as(flat)
        (slopes,) = torch.autograd.grad(flat, inputs, direction, retain_graph=index + 1 < count)
        squares += slopes.flatten(1).square().sum(1)
    return (squares * size / count).sqrt()


def rank_correlation(first: Float[Tensor, "sample"], second: Float[Tensor, "other"]) -> float:
    """Give Spearman's rank correlation; equal values get their mean rank. NaN where one of the two is constant.

    Raises:
        ValueError: for different lengths or fewer than two samples.
    """
    if len(first) != len(second) or len(first) < 2:
        raise ValueError(f"expected two or more pairs, got {len(first)} and {len(second)} values; match them")
    ranks = torch.stack([_ranks(first), _ranks(second)])
    return torch.corrcoef(ranks)[0, 1].item()


def _ranks(values: Tensor) -> Tensor:
    below = (values[None] < values[:, None]).sum(1)
    equal = (values[None] == values[:, None]).sum(1)
    return (below + (equal - 1) / 2).double()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """Jacobian norms of frames, and which frames to review.

    Attributes:
        norms: of each frame's Jacobian.
        suspects: indices of the frames with the largest norms, worst first.
        correlation: Spearman's, of the norms with the true errors; None where these are unknown.
    """

    norms: Float[Tensor, "frame"]
    suspects: tuple[int, ...]
    correlation: float | None

    @property
    def sentence(self) -> str:
        """What it means for the user."""
        frames = ", ".join(str(frame) for frame in self.suspects)
        advice = f"Look at frames {frames}: there a small error of the body changes the picture most."
        if self.correlation is None:
            return advice
        verdict = "indicates" if self.correlation > 0.3 else "hardly indicates"
        return f"{advice} On held-out frames this {verdict} where the picture is wrong (rank {self.correlation:+.2f})."


def sensitivity(
    norms: Float[Tensor, "frame"], *, fraction: float, errors: Float[Tensor, "frame"] | None = None
) -> Sensitivity:
    """Pick the fraction of frames with the largest norms, and correlate norms with true errors where these are known.

    Raises:
        ValueError: for a fraction outside (0, 1], or errors of a different number of frames.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"expected a fraction in (0, 1], got {fraction}; 0.05 picks one frame in twenty")
    count = max(1, round(fraction * len(norms)))
    suspects = tuple(norms.argsort(descending=True)[:count].tolist())
    correlation = None if errors is None else rank_correlation(norms.cpu(), errors.cpu())
    return Sensitivity(norms=norms, suspects=suspects, correlation=correlation)
