"""GDV is its formula, does not see scale, and falls as classes part."""

import pytest
import torch
from checked_shapes import unchecked
from torch import nn

from published_effects.activations import layer_outputs
from published_effects.gdv import gdv, gdv_per_layer


def classes(distance: float) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    labels = torch.arange(60) % 3
    return torch.randn(60, 4) + distance * nn.functional.one_hot(labels, 4), labels


def test_the_value_is_the_published_formula_written_out() -> None:
    features, labels = classes(1.0)
    scores = (features - features.mean(0)) / features.std(0, unbiased=False) / 2
    intra, inter = [], []
    for a in range(3):
        mine = scores[labels == a]
        intra.append(torch.stack([(x - y).norm() for i, x in enumerate(mine) for y in mine[:i]]).mean())
        for b in range(a):
            inter.append(torch.stack([(x - y).norm() for x in mine for y in scores[labels == b]]).mean())
    expected = (sum(intra) / 3 - sum(inter) / 3) / 4**0.5
    assert gdv(features, labels) == pytest.approx(float(expected), abs=1e-5)


def test_it_falls_as_classes_part_and_ignores_scale_shift_and_dead_features() -> None:
    values = [gdv(*classes(distance)) for distance in (0.0, 1.0, 3.0, 10.0)]
    assert values == sorted(values, reverse=True)
    assert abs(values[0]) < 0.05
    features, labels = classes(3.0)
    assert gdv(features * torch.tensor([1.0, 10, 0.1, 7]) + 5, labels) == pytest.approx(values[2], abs=1e-5)
    dead = torch.cat([features, torch.zeros(60, 12)], 1)
    assert gdv(dead, labels) == pytest.approx(values[2] / 2, abs=1e-5)


def test_layers_are_compared_by_name() -> None:
    features, labels = classes(2.0)
    network = nn.Sequential(nn.Linear(4, 8), nn.ReLU(inplace=True), nn.Linear(8, 3))
    outputs = layer_outputs(network, features, ["0", "2"])
    assert torch.equal(outputs["0"], network[0](features))
    assert list(gdv_per_layer(outputs, labels)) == ["0", "2"]
    with pytest.raises(ValueError, match="expected layers among 0, 1, 2, got"):
        layer_outputs(network, features, ["7"])


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="expected two or more classes"):
        gdv(torch.zeros(3, 2), torch.tensor([0, 0, 1]))
    with unchecked(), pytest.raises(ValueError, match="expected a label per sample"):
        gdv(torch.zeros(3, 2), torch.tensor([0, 1]))
