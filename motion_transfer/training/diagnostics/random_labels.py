"""Whether a network can learn labels that mean nothing by heart (Zhang et al., ICLR 2017)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from motion_transfer.training.diagnostics.task import Task, accuracy, fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Memorization:
    """The same network on labels of which a fraction is drawn at random.

    Attributes:
        fraction: of random labels.
        training_accuracy: on the labels it was given.
        test_accuracy: on true labels it has not seen.
        steps_to_fit: until the loss fell below half of its start; None if it never did.
    """

    fraction: float
    training_accuracy: float
    test_accuracy: float
    steps_to_fit: int | None

    @property
    def sentence(self) -> str:
        """Tell the user what it means."""
        able = "can" if self.training_accuracy > 0.9 else "cannot"
        return f"The network {able} learn {100 * self.fraction:.0f} % random labels by heart: " + (
            "a low training loss alone proves nothing, look at the validation frames."
            if able == "can"
            else "it is small."
        )


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
    """Train a new network on partly random labels, and test it on true ones."""
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
