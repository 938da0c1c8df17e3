"""Bagging (Breiman 1996): the squared error of an ensemble of networks, each trained on its own resampled data."""

from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor, nn
from torch.nn import functional

from motion_transfer.training.diagnostics.figures import Curve
from motion_transfer.training.ensembles import Ensemble
from published_effects.effect import PublishedEffect, diagnostic_of_curves
from published_effects.spirals import Task, fit, perceptron, spirals

STEPS, RATE, WIDTH = 300, 5e-3, 32
SAMPLES, NOISE, HALF = 120, 0.2, 8  # few and noisy samples: what is drawn decides what is learned
NEAR = 0.2  # of the prediction


def expected_squared_error(*, variance: float, covariance: float, members: int) -> float:
    """Give an ensemble's expected squared error, `v / k + (k - 1) c / k` (Goodfellow et al. 2016, section 7.11).

    Args:
        variance: v, of one member's error.
        covariance: c, of two members' errors; averaging gains nothing where c = v, and the factor k where c = 0.
        members: k.

    Raises:
        ValueError: for no members, a negative variance or a covariance that no k errors can have.
    """
    if members < 1 or variance < 0:
        raise ValueError(f"expected members and a variance, got {members} and {variance}; correct them")
    if covariance > variance or (members > 1 and covariance < -variance / (members - 1)):
        raise ValueError(f"expected a covariance that {members} errors can have, got {covariance}; at most {variance}")
    return variance / members + (members - 1) * covariance / members


def bag(samples: int, generator: torch.Generator) -> tuple[Int[Tensor, "sample"], Int[Tensor, "left_out"]]:
    """Draw as many samples as there are, with replacement (Breiman 1996).

    Returns:
        The drawn indices, and those that were never drawn (about 37 %), which may validate this member.
    """
    if samples < 1:
        raise ValueError(f"expected at least 1 sample, got {samples}; check the data")
    drawn = torch.randint(samples, (samples,), generator=generator)
    missing = torch.ones(samples, dtype=torch.bool)
    missing[drawn] = False
    return drawn, missing.nonzero()[:, 0]


def bagging(training: Task, test: Task, generator: torch.Generator) -> PublishedEffect:
    """Train members on bags; predict the error of ensembles of one half from the errors of the other half.

    Args:
        training, test: only their number of classes and of test samples is read.
    """
    classes = int(training.labels.max()) + 1
    few = spirals(SAMPLES, arms=classes, noise=NOISE, generator=generator)
    unseen = spirals(len(test.labels), arms=classes, noise=NOISE, generator=generator)
    members, left_out_error = [], 0.0
    for _ in range(2 * HALF):
        drawn, left_out = bag(SAMPLES, generator)
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
    return PublishedEffect(
        paper="Breiman 1996; Goodfellow et al. 2016, section 7.11",
        claim="k networks on bags err by v/k + (k - 1) c/k together, less than one.",
        reproduced=near and measured == sorted(measured, reverse=True),
        diagnostic=diagnostic_of_curves(
            name="bagging",
            sentence=f"one errs by {measured[0]:.3f} ({left_out_error:.3f} on what its bag left out), {HALF} together "
            f"by {measured[-1]:.3f}; v and c of other networks predict {predicted[0]:.3f} and {predicted[-1]:.3f}.",
            curves=[Curve(name="predicted", x=sizes, y=predicted), Curve(name="measured", x=sizes, y=measured)],
            title="Bagged ensembles",
            x_label="members",
            y_label="squared error on unseen points",
        ),
    )


@torch.no_grad()
def _squared_error(members: Sequence[nn.Module], task: Task) -> float:
    """Of the members' mean probabilities, summed over classes."""
    probabilities = Ensemble(members)(task.inputs)
    truth = functional.one_hot(task.labels, probabilities.shape[1])
    return (probabilities - truth).square().sum(1).mean().item()
