"""Class separation in a layer: the generalized discrimination value (GDV; Schilling et al. 2018)."""

from collections.abc import Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor


def gdv(features: Float[Tensor, "sample feature"], labels: Int[Tensor, "label"]) -> float:
    """Give the GDV: 0 for mixed classes, more negative for separated ones, about -1 at best.

    Features are z-scored and halved. The value is `1/sqrt(D)` times the mean intra-class distance minus the mean
    inter-class distance. Constant features count as zero.

    Raises:
        ValueError: for other than one label per sample, fewer than two classes, or a class of one sample.
    """
    if len(features) != len(labels):
        raise ValueError(f"expected a label per sample, got {len(labels)} for {len(features)}; match them")
    classes, counts = labels.unique(return_counts=True)
    if len(classes) < 2 or counts.min() < 2:
        raise ValueError(f"expected two or more classes of two or more samples, got {counts.tolist()}; add samples")
    spread = features.std(0, unbiased=False)
    scores = (features - features.mean(0)) / torch.where(spread > 0, spread, 1) / 2
    distances = torch.cdist(scores, scores, compute_mode="donot_use_mm_for_euclid_dist")
    members = [labels == label for label in classes]
    intra = torch.stack(
        [distances[a][:, a].sum() / (count * (count - 1)) for a, count in zip(members, counts, strict=True)]
    )
    inter = torch.stack([distances[a][:, b].mean() for i, a in enumerate(members) for b in members[:i]])
    return ((intra.mean() - inter.mean()) / features.shape[1] ** 0.5).item()


def gdv_per_layer(
    outputs: Mapping[str, Float[Tensor, "sample feature"]], labels: Int[Tensor, "sample"]
) -> dict[str, float]:
    """Give the GDV of every layer from its outputs, as `layer_outputs` gives them."""
    return {name: gdv(features, labels) for name, features in outputs.items()}
