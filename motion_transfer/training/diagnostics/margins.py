"""Margins of a classifier: the distances of samples from its decision (Jiang et al., ICLR 2019)."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

Scores = Callable[[Tensor], Tensor]


def margins(
    scores: Scores, inputs: Float[Tensor, "sample ..."], labels: Int[Tensor, "label"]
) -> Float[Tensor, "sample"]:
    """Give the first-order distance to the decision, `(f_i - f_j) / |grad_x (f_i - f_j)|` (eq. 3), i the true class.

    Distances are divided by the root of the inputs' total variance (eq. 5), so that networks compare. They are negative
    for misclassified samples.

    Args:
        scores: maps inputs, or a hidden layer's outputs, to one score per class, and treats samples independently;
            for a discriminator pass its logit and minus its logit.
        inputs: e.g. images.
        labels: the true classes; j is the best of the others.

    Raises:
        ValueError: for other than one label per sample or fewer than two classes.
    """
    if len(inputs) != len(labels):
        raise ValueError(f"expected a label per sample, got {len(labels)} for {len(inputs)}; match them")
    inputs = inputs.detach().requires_grad_()
    values = scores(inputs)
    if values.ndim != 2 or values.shape[1] < 2:
        raise ValueError(
            f"expected a score for each of two or more classes, got shape {tuple(values.shape)}; stack them"
        )
    true = values.gather(1, labels[:, None])[:, 0]
    others = values.scatter(1, labels[:, None], -torch.inf).amax(1)
    lead = true - others
    (slopes,) = torch.autograd.grad(lead.sum(), inputs)
    norms = slopes.flatten(1).norm(dim=1).clamp(min=torch.finfo(slopes.dtype).tiny)
    total_variance = inputs.detach().flatten(1).var(0, unbiased=False).sum()
    return lead.detach() / norms / total_variance.sqrt().clamp(min=torch.finfo(slopes.dtype).tiny)


def signature(margin: Float[Tensor, "sample"]) -> Float[Tensor, "5"]:
    """Give the paper's five numbers: lower fence, quartiles, upper fence (the outermost within 1.5 quartile ranges)."""
    low, middle, high = torch.quantile(margin, margin.new_tensor([0.25, 0.5, 0.75]))
    reach = 1.5 * (high - low)
    inside = margin[(margin >= low - reach) & (margin <= high + reach)]
    return torch.stack([inside.min(), low, middle, high, inside.max()])
