"""Two effects on unseen data that the small task shows: what bagging gains, and what margins foretell."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from motion_transfer.training.diagnostics.figures import Curve, line_figure
from motion_transfer.training.diagnostics.findings import Finding
from motion_transfer.training.diagnostics.jacobian import rank_correlation
from motion_transfer.training.diagnostics.margins import fit_gap_predictor, margins, signature
from motion_transfer.training.diagnostics.task import Task, accuracy, fit, perceptron, spirals
from motion_transfer.training.ensembles import Ensemble, bag, expected_squared_error

STEPS, RATE, WIDTH = 300, 5e-3, 32
BAGGED, BAGGED_NOISE, HALF = 120, 0.2, 8  # few and noisy samples: what is drawn decides what is learned
NEAR = 0.2  # of the prediction
NOISES, SIZES, WIDTHS = (0.08, 0.16, 0.3), (60, 120, 240), (8, 32, 128)
RANKED = 0.5  # rank correlation from which margins foretell the gap


def bagging(training: Task, test: Task, generator: torch.Generator) -> Finding:
    """Train members on bags; predict from one half's errors what ensembles of the other half do.

    Args:
        training, test: for their number of classes alone.
    """
    classes = int(training.labels.max()) + 1
    few = spirals(BAGGED, arms=classes, noise=BAGGED_NOISE, generator=generator)
    unseen = spirals(len(test.labels), arms=classes, noise=BAGGED_NOISE, generator=generator)
    members, left_out_error = [], 0.0
    for _ in range(2 * HALF):
        drawn, left_out = bag(BAGGED, generator)
        network = perceptron(WIDTH, 4, inputs=2, classes=classes)
        fit(network, Task(inputs=few.inputs[drawn], labels=few.labels[drawn]), steps=STEPS, learning_rate=RATE)
        members.append(nn.Sequential(network, nn.Softmax(1)))
        rest = Task(inputs=few.inputs[left_out], labels=few.labels[left_out])
        left_out_error += _squared_error(members[-1:], rest) / (2 * HALF)
    known, others = members[:HALF], members[HALF:]
    variance = sum(_squared_error([member], unseen) for member in known) / HALF
    covariance = (HALF**2 * _squared_error(known, unseen) - HALF * variance) / (HALF * (HALF - 1))
    sizes = (1, 2, 4, HALF)
    predicted = [expected_squared_error(variance=variance, covariance=covariance, members=k) for k in sizes]
    together = [[_squared_error(others[i : i + k], unseen) for i in range(0, HALF, k)] for k in sizes]
    measured = [sum(errors) / len(errors) for errors in together]
    near = all(abs(m - p) < NEAR * p for m, p in zip(measured, predicted, strict=True))
    return Finding(
        name="bagging",
        paper="Breiman 1996; Goodfellow et al. 2016, section 7.11",
        effect="k networks on bags err by v/k + (k - 1) c/k together, less than one.",
        reproduced=near and measured == sorted(measured, reverse=True),
        measured=f"one errs by {measured[0]:.3f} ({left_out_error:.3f} on what its bag left out), {HALF} together by "
        f"{measured[-1]:.3f}; v and c of other networks predict {predicted[0]:.3f} and {predicted[-1]:.3f}.",
        figure=line_figure(
            [Curve(name="predicted", x=sizes, y=predicted), Curve(name="measured", x=sizes, y=measured)],
            title="Bagged ensembles",
            x_label="members",
            y_label="squared error on unseen places",
        ),
    )


def predicted_gap(training: Task, test: Task, generator: torch.Generator) -> Finding:
    """Fit a line from margins to the generalization gap of many networks but one, and try it on that one, for each.

    Args:
        training, test: for their number of classes and of unseen samples alone.
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
    return Finding(
        name="predicted_gap",
        paper="Jiang et al. 2019",
        effect="The margins of the training samples foretell how much worse a network does on unseen ones.",
        reproduced=rank > RANKED,
        measured=f"of {len(gap)} networks, each predicted from the others, predicted and true gap have a rank "
        f"correlation of {rank:.2f} and differ by {100 * off:.0f} points on average; gaps reach "
        f"{100 * gap.max().item():.0f} points.",
        figure=line_figure(
            [_sorted("true = predicted", gap, gap), _sorted("predicted", gap, guess)],
            title="Generalization gap from margins",
            x_label="true gap",
            y_label="predicted gap",
        ),
    )


@torch.no_grad()
def _squared_error(members: Sequence[nn.Module], task: Task) -> float:
    """Of the members' mean probabilities, summed over classes."""
    probabilities = Ensemble(members)(task.inputs)
    truth = functional.one_hot(task.labels, probabilities.shape[1])
    return (probabilities - truth).square().sum(1).mean().item()


def _sorted(name: str, x: torch.Tensor, y: torch.Tensor) -> Curve:
    order = x.argsort()
    return Curve(name=name, x=x[order].tolist(), y=y[order].tolist())
