"""The generalization gap of a network, predicted from the margins of its training samples (Jiang et al., ICLR 2019)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.training.diagnostics.figures import Curve
from motion_transfer.training.diagnostics.jacobian import rank_correlation
from motion_transfer.training.diagnostics.margins import margins, signature
from published_effects.effect import PublishedEffect, diagnostic_of_curves
from published_effects.spirals import Task, accuracy, fit, perceptron, spirals

STEPS, RATE = 300, 5e-3
NOISES, SIZES, WIDTHS = (0.08, 0.16, 0.3), (60, 120, 240), (8, 32, 128)
RANKED = 0.5  # rank correlation from which margins predict the gap


@dataclass(frozen=True, slots=True, kw_only=True)
class GapPredictor:
    """A linear model from a network's margins to its generalization gap, for networks like those it was fitted to.

    Attributes:
        weights: of the five numbers of a signature.
        offset: the predicted gap where all are zero.
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


def predicted_gap(training: Task, test: Task, generator: torch.Generator) -> PublishedEffect:
    """Predict the gap of each of many networks by a linear fit to all others (leave one out).

    Args:
        training, test: only their number of classes and of test samples is read.
    """
    classes = int(training.labels.max()) + 1
    signatures, gaps = [], []
    for noise in NOISES:
        whole, unseen = (
            spirals(n, arms=classes, noise=noise, generator=generator) for n in (max(SIZES), len(test.labels))
        )
        for size in SIZES:
            some = Task(inputs=whole.inputs[:size], labels=whole.labels[:size])
            for width in WIDTHS:
                # Where all of a narrow layer's ReLUs are off the slope is 0, and the margin without bound.
                network = perceptron(width, 3, inputs=2, classes=classes, activation="tanh")
                fit(network, some, steps=STEPS, learning_rate=RATE)
                signatures.append(signature(margins(network, some.inputs, some.labels)))
                gaps.append(accuracy(network, some) - accuracy(network, unseen))
    known, gap = torch.stack(signatures), torch.tensor(gaps)
    guess = torch.zeros(len(gap))
    for one in range(len(gap)):
        others = torch.arange(len(gap)) != one
        guess[one] = fit_gap_predictor(known[others], gap[others]).predict(known[one])
    rank = rank_correlation(guess, gap)
    off = (guess - gap).abs().mean().item()
    return PublishedEffect(
        paper="Jiang et al. 2019",
        claim="The margins of the training samples predict the generalization gap.",
        reproduced=rank > RANKED,
        diagnostic=diagnostic_of_curves(
            name="predicted_gap",
            sentence=f"of {len(gap)} networks, each predicted from the others, predicted and true gap have a rank "
            f"correlation of {rank:.2f} and differ by {100 * off:.0f} points on average; gaps reach "
            f"{100 * gap.max().item():.0f} points.",
            curves=[_sorted("true = predicted", gap, gap), _sorted("predicted", gap, guess)],
            title="Generalization gap from margins",
            x_label="true gap",
            y_label="predicted gap",
        ),
    )


def _sorted(name: str, x: torch.Tensor, y: torch.Tensor) -> Curve:
    order = x.argsort()
    return Curve(name=name, x=x[order].tolist(), y=y[order].tolist())
