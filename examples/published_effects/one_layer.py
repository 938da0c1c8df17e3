"""Training of a single layer while all others stay random (Rosenfeld and Tsotsos 2019)."""

import copy

from torch import nn

from published_effects.spirals import Task, accuracy, fit


def train_one_layer(network: nn.Module, task: Task, *, steps: int, learning_rate: float) -> dict[str, float]:
    """Give the accuracy after training each layer alone, by name, and `all` layers; `network` is unchanged.

    Raises:
        ValueError: for a network without layers to train.
    """
    layers = [name for name, layer in network.named_modules() if name and list(layer.parameters(recurse=False))]
    if not layers:
        raise ValueError("expected a network with layers to train, got none; pass the network itself")
    reached = {}
    for name in [*layers, "all"]:
        trained = copy.deepcopy(network)
        layer = trained if name == "all" else trained.get_submodule(name)
        fit(trained, task, steps=steps, learning_rate=learning_rate, parameters=layer.parameters())
        reached[name] = accuracy(trained, task)
    return reached
