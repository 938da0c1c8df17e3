"""How far samples lie from the decision, and the generalization gap that this predicts (Jiang et al., ICLR 2019)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

Scores = Callable[[Tensor], Tensor]


def margins(
    scores: Scores, inputs: Float[Tensor, "sample ..."], labels: Int[Tensor, "sample"]
) -> Float[Tensor, "sample"]:
    """Give the first-order distance to the decision, `(f_i - f_j) / |grad_x (f_i - f_j)|` (eq. 3), i the true class.

    Distances are divided by the root of the inputs' total variance (eq. 5), so that networks compare. They are negative
    for misclassified samples.

    Args:
        scores: inputs, or a hidden layer's outputs, to one score per class; for a discriminator pass its logit and
            minus its logit. Treats samples independently.
        inputs: e.g. pictures.
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
    own = values.gather(1, labels[:, None])[:, 0]
    others = values.scatter(1, labels[:, None], -torch.inf).amax(1)
    lead = own - others
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


@dataclass(frozen=True, slots=True, kw_only=True)
class GapPredictor:
    """A line from a network's margins to its generalization gap, for networks like those it was fitted to.

    Attributes:
        weights: of the five numbers.
        offset: the gap where all are zero.
        explained: R^2 over the networks it was fitted to.
    """

    weights: Float[Tensor, "5"]
    offset: float
    explained: float

    def predict(self, signature: Float[Tensor, "5"]) -> float:
        """Predict training accuracy less test accuracy from the signature of the margins on the training samples."""
        return (signature @ self.weights.to(signature)).item() + self.offset


def fit_gap_predictor(signatures: Float[Tensor, "network 5"], gaps: Float[Tensor, "network"]) -> GapPredictor:
    """Fit gaps by least squares over networks whose gap is known.

    Raises:
        ValueError: for fewer networks than the line has coefficients.
    """
    if len(signatures) != len(gaps) or len(gaps) < 6:
        raise ValueError(f"expected 6 or more networks, got {len(signatures)} with {len(gaps)} gaps; train more")
    columns = torch.cat([signatures, torch.ones_like(signatures[:, :1])], 1).double()
    solution = torch.linalg.lstsq(columns, gaps.double()[:, None], driver="gelsd").solution[:, 0]
    rest = gaps - columns @ solution
    explained = 1 - rest.square().sum() / (gaps - gaps.mean()).square().sum().clamp(min=1e-30)
    return GapPredictor(weights=solution[:5], offset=solution[5].item(), explained=explained.item())
