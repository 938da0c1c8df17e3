"""Published effects on a small classification task, one function each: does the effect show here?"""

from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.nn import functional

from motion_transfer.training.diagnostics.figures import Curve
from published_effects.activations import layer_outputs
from published_effects.bagging import bagging
from published_effects.effect import PublishedEffect, diagnostic_of_curves
from published_effects.gdv import gdv_per_layer
from published_effects.generalization_gap import predicted_gap
from published_effects.linear_regions import count_pieces, folding_network
from published_effects.mutual_information import information_plane
from published_effects.noise_robustness import noise_robustness
from published_effects.one_layer import train_one_layer
from published_effects.random_labels import memorization
from published_effects.spirals import Task, fit, perceptron, spirals

DEPTH, WIDTH, ARMS = 4, 32, 3
STEPS, RATE = 200, 5e-3
PIECES_WIDTH = 16
MEMORY_STEPS, MEMORY_RATE = 900, 2e-3  # a high rate swings about labels that mean nothing
HIDDEN = [str(2 * index + 1) for index in range(DEPTH)]  # the activations' names in the network


def reproduce_effects(seed: int) -> list[PublishedEffect]:
    """Reproduce all eight effects, in about half a minute on one core; the same seed gives the same numbers.

    Args:
        seed: of data, networks and noise.
    """
    effects: Sequence[Callable[[Task, Task, torch.Generator], PublishedEffect]] = (
        _separation,
        _noise,
        _single_layers,
        _random_labels,
        _pieces,
        _information,
        bagging,
        predicted_gap,
    )
    reproduced = []
    for effect in effects:
        generator = torch.Generator().manual_seed(seed)
        training = spirals(240, arms=ARMS, noise=0.08, generator=generator)
        test = spirals(600, arms=ARMS, noise=0.08, generator=generator)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            reproduced.append(effect(training, test, generator))
    return reproduced


def _network(width: int = WIDTH, depth: int = DEPTH, activation: str = "relu") -> nn.Sequential:
    return perceptron(width, depth, inputs=2, classes=ARMS, activation=activation)


def _separation(training: Task, test: Task, generator: torch.Generator) -> PublishedEffect:
    network = _network()
    curves = []
    for name in ("untrained", "trained"):
        values = gdv_per_layer(layer_outputs(network, test.inputs, HIDDEN), test.labels)
        curves.append(Curve(name=name, x=range(1, DEPTH + 1), y=list(values.values())))
        fit(network, training, steps=STEPS, learning_rate=RATE)
    before, after = curves
    return PublishedEffect(
        paper="Schilling et al. 2018",
        claim="Training separates classes (GDV falls), more so in deeper layers.",
        reproduced=after.y[-1] < before.y[-1] and after.y[-1] < after.y[0],
        diagnostic=diagnostic_of_curves(
            name="separation",
            sentence=f"GDV {after.y[0]:.2f} in the first and {after.y[-1]:.2f} in the last hidden layer; "
            f"{before.y[-1]:.2f} there before training.",
            curves=curves,
            title="Class separation per layer",
            x_label="hidden layer",
            y_label="GDV",
        ),
    )


def _noise(training: Task, test: Task, generator: torch.Generator) -> PublishedEffect:
    network = _network()
    fit(network, training, steps=STEPS, learning_rate=RATE)
    rises = noise_robustness(
        network,
        lambda: functional.cross_entropy(network(test.inputs), test.labels),
        noise=0.3,
        draws=50,
        generator=generator,
    )
    values = list(rises.values())
    early, late = sum(values[:2]) / 2, sum(values[-2:]) / 2
    return PublishedEffect(
        paper="Zhang et al. 2019",
        claim="Early layers are critical, late ones robust to changed weights.",
        reproduced=early > late,
        diagnostic=diagnostic_of_curves(
            name="noise",
            sentence=f"the loss rises by {early:.2g} for the first two layers and by {late:.2g} for the last two.",
            curves=[Curve(name="30 % noise", x=range(1, len(values) + 1), y=values)],
            title="Disturbed weights",
            x_label="layer",
            y_label="rise of the loss",
        ),
    )


def _single_layers(training: Task, test: Task, generator: torch.Generator) -> PublishedEffect:
    widths = (8, 32, 128)
    best, full = [], []
    for width in widths:
        reached = train_one_layer(_network(width, 2), training, steps=STEPS, learning_rate=RATE)
        full.append(reached.pop("all"))
        best.append(max(reached.values()))
    curves = [Curve(name="best layer alone", x=widths, y=best), Curve(name="all layers", x=widths, y=full)]
    return PublishedEffect(
        paper="Rosenfeld and Tsotsos 2019",
        claim="One trained layer among random ones goes a long way, the longer the wider the network.",
        reproduced=best[0] < best[-1] and best[-1] > 0.9 * full[-1],
        diagnostic=diagnostic_of_curves(
            name="single_layers",
            sentence=f"the best single layer reaches {100 * best[0]:.0f} % at width 8 and {100 * best[-1]:.0f} % at "
            f"128; all layers {100 * full[-1]:.0f} %.",
            curves=curves,
            title="Training one layer alone",
            x_label="width",
            y_label="training accuracy",
        ),
    )


def _random_labels(training: Task, test: Task, generator: torch.Generator) -> PublishedEffect:
    fractions = (0.0, 0.25, 0.5, 1.0)
    few = Task(inputs=training.inputs[:60], labels=training.labels[:60])
    results = [
        memorization(
            lambda: _network(128, 3),
            few,
            test,
            fraction=fraction,
            steps=MEMORY_STEPS,
            learning_rate=MEMORY_RATE,
            generator=generator,
        )
        for fraction in fractions
    ]
    curves = [
        Curve(name="given labels", x=fractions, y=[result.training_accuracy for result in results]),
        Curve(name="true, unseen", x=fractions, y=[result.test_accuracy for result in results]),
    ]
    slower = (results[-1].steps_to_fit or MEMORY_STEPS) > (results[0].steps_to_fit or MEMORY_STEPS)
    return PublishedEffect(
        paper="Zhang et al. 2017",
        claim="Networks memorize random labels, if more slowly, and then generalize no better than chance.",
        reproduced=results[-1].training_accuracy > 0.95 and results[-1].test_accuracy < 0.5 and slower,
        diagnostic=diagnostic_of_curves(
            name="random_labels",
            sentence=f"all labels random: {100 * results[-1].training_accuracy:.0f} % learned, "
            f"{100 * results[-1].test_accuracy:.0f} % right on unseen points; half the loss after "
            f"{results[0].steps_to_fit} steps with true and {results[-1].steps_to_fit} with random labels.",
            curves=curves,
            title="Random labels",
            x_label="fraction of random labels",
            y_label="accuracy",
        ),
    )


def _pieces(training: Task, test: Task, generator: torch.Generator) -> PublishedEffect:
    depths = range(1, 7)
    start, end = torch.tensor([-3.0, -2.0]), torch.tensor([3.0, 2.5])
    untrained, trained = [], []
    for depth in depths:
        network = _network(PIECES_WIDTH, depth)
        untrained.append(count_pieces(network, start, end))
        fit(network, training, steps=STEPS, learning_rate=RATE)
        trained.append(count_pieces(network, start, end))
    folded = [count_pieces(folding_network(depth), torch.zeros(1), torch.ones(1)) for depth in depths]
    curves = [
        Curve(name=name, x=depths, y=[torch.tensor(float(count)).log2().item() for count in counts])
        for name, counts in {
            "untrained, width 16": untrained,
            "trained, width 16": trained,
            "folding, 2": folded,
        }.items()
    ]
    bound_reached = all(count == 2**depth for count, depth in zip(folded, depths, strict=True))
    return PublishedEffect(
        paper="Montufar et al. 2014; Hanin and Rolnick 2019",
        claim="width^depth pieces can be reached, yet random and trained networks have some per unit.",
        reproduced=bound_reached and max(*untrained, *trained) < 2 * PIECES_WIDTH * depths[-1],
        diagnostic=diagnostic_of_curves(
            name="pieces",
            sentence=f"the folding network has {folded[-1]} = 2^6 pieces; networks of width 16 and depth 6 (bound "
            f"16^6) {untrained[-1]} before and {trained[-1]} after training.",
            curves=curves,
            title="Linear pieces along a line",
            x_label="depth",
            y_label="log2 of pieces",
        ),
    )


def _information(training: Task, test: Task, generator: torch.Generator) -> PublishedEffect:
    network = _network(8, 3, "tanh")
    moments, with_input, with_label = [0], [], []
    for pause in (0, 20, 50, 100, 200, 400, 800):
        fit(network, training, steps=pause, learning_rate=RATE)
        moments.append(moments[-1] + pause)
        outputs = layer_outputs(network, training.inputs, ["5"])
        point = information_plane(outputs, training.labels, bins=10, limits=(-1.0, 1.0))["5"]
        with_input.append(point.with_input)
        with_label.append(point.with_label)
    curves = [Curve(name="I(T; X)", x=moments[1:], y=with_input), Curve(name="I(T; Y)", x=moments[1:], y=with_label)]
    fitted, compressed = with_label[-1] > with_label[0], with_input[-1] < max(with_input) - 0.1
    return PublishedEffect(
        paper="Shwartz-Ziv and Tishby 2017",
        claim="The last hidden layer of a tanh network first gains information on the label, then forgets the input.",
        reproduced=fitted and compressed,
        diagnostic=diagnostic_of_curves(
            name="information",
            sentence=f"I(T; Y) from {with_label[0]:.2f} to {with_label[-1]:.2f} bits; I(T; X) from "
            f"{with_input[0]:.2f} over {max(with_input):.2f} to {with_input[-1]:.2f}.",
            curves=curves,
            title="Last hidden layer",
            x_label="training step",
            y_label="bits",
        ),
    )
