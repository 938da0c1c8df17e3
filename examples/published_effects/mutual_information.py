"""Information plane (Shwartz-Ziv and Tishby 2017): mutual information of a layer with the input and with the label."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationPoint:
    """Mutual information of a layer's binned output T, in bits.

    Attributes:
        with_input: I(T; X). It equals the entropy of T, a function of the input; at most log2 of the number of samples.
        with_label: I(T; Y); at most the entropy of the labels.
    """

    with_input: float
    with_label: float


def information_point(
    outputs: Float[Tensor, "sample unit"],
    labels: Int[Tensor, "label"],
    *,
    bins: int,
    limits: tuple[float, float] | None = None,
) -> InformationPoint:
    """Estimate both from outputs in equal bins.

    The estimate depends on the bins and measures clustering rather than loss of information (Saxe et al. 2018): compare
    layers and moments of one training under the same bins.

    Args:
        outputs: of a layer, for every sample.
        labels: the classes.
        bins: per unit.
        limits: of the bins, e.g. (-1, 1) after tanh; None for the range of the outputs.

    Raises:
        ValueError: for fewer than two bins, or other than one label per sample.
    """
    if bins < 2:
        raise ValueError(f"expected 2 or more bins, got {bins}; 30 are usual")
    if len(outputs) != len(labels):
        raise ValueError(f"expected a label per sample, got {len(labels)} for {len(outputs)}; match them")
    low, high = limits or (outputs.min().item(), outputs.max().item())
    width = max(high - low, torch.finfo(outputs.dtype).tiny)
    cells = ((outputs - low) / width * bins).long().clamp(0, bins - 1)
    _, cell = cells.unique(dim=0, return_inverse=True)
    total = _entropy_bits(cell)
    remaining = 0.0
    for label in labels.unique():
        members = labels == label
        remaining += members.double().mean().item() * _entropy_bits(cell[members])
    return InformationPoint(with_input=total, with_label=total - remaining)


def information_plane(
    outputs: Mapping[str, Float[Tensor, "sample unit"]],
    labels: Int[Tensor, "sample"],
    *,
    bins: int,
    limits: tuple[float, float] | None = None,
) -> dict[str, InformationPoint]:
    """Give the point of every layer from its outputs, as `layer_outputs` gives them."""
    return {name: information_point(values, labels, bins=bins, limits=limits) for name, values in outputs.items()}


def _entropy_bits(values: Int[Tensor, "sample"]) -> float:
    _, counts = values.unique(return_counts=True)
    probabilities = counts.double() / counts.sum()
    return -(probabilities * probabilities.log2()).sum().item()
