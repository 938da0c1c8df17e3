"""Random labels: whether a network memorizes labels that mean nothing (Zhang et al., ICLR 2017)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from published_effects.spirals import Task, accuracy, fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Memorization:
    """How a network does on labels of which a fraction is drawn at random.

    Attributes:
        fraction: of random labels.
        training_accuracy: on the labels it was given.
        test_accuracy: on true labels it has not seen.
        steps_to_fit: until the loss fell below half of its first value; None if it never did.
    """

    fraction: float
    training_accuracy: float
    test_accuracy: float
    steps_to_fit: int | None


def randomize_labels(task: Task, fraction: float, generator: torch.Generator) -> Task:
    """Draw a fraction of the labels anew, among all classes.

    Raises:
        ValueError: for a fraction outside [0, 1].
    """
    if not 0 <= fraction <= 1:
        raise ValueError(f"expected a fraction in [0, 1], got {fraction}; correct it")
    classes = int(task.labels.max()) + 1
    drawn = torch.randint(classes, task.labels.shape, generator=generator).to(task.labels)
    chosen = torch.randperm(len(drawn), generator=generator)[: round(fraction * len(drawn))]
    labels = task.labels.clone()
    labels[chosen] = drawn[chosen]
    return Task(inputs=task.inputs, labels=labels)


def memorization(
    make_network: Callable[[], nn.Module],
    training: Task,
    test: Task,
    *,
    fraction: float,
    steps: int,
    learning_rate: float,
    generator: torch.Generator,
) -> Memorization:
    """Train a new network on partly random labels and test it on true ones."""
    given = randomize_labels(training, fraction, generator)
    network = make_network()
    losses = fit(network, given, steps=steps, learning_rate=learning_rate)
    halved = [step for step, loss in enumerate(losses) if loss < losses[0] / 2]
    return Memorization(
        fraction=fraction,
        training_accuracy=accuracy(network, given),
        test_accuracy=accuracy(network, test),
        steps_to_fit=halved[0] if halved else None,
    )
