"""Margins are distances to the decision."""

import pytest
import torch
from checked_shapes import unchecked

from motion_transfer.training.diagnostics.margins import margins, signature


def test_a_linear_classifiers_margin_is_the_distance_to_its_plane() -> None:
    torch.manual_seed(0)
    weight = torch.tensor([[3.0, 0.0], [0.0, 4.0], [-9.0, -9.0]])
    inputs = torch.rand(50, 2) + 0.5
    labels = (inputs @ weight.T).argmax(1)
    labels[0] = 1 - labels[0]
    found = margins(lambda x: x @ weight.T, inputs, labels)
    distance = (inputs @ torch.tensor([3.0, -4.0])).abs() / 5
    distance[0] *= -1
    torch.testing.assert_close(found, distance / inputs.var(0, unbiased=False).sum().sqrt())


def test_the_signature_leaves_outliers_out() -> None:
    values = torch.cat([torch.linspace(0, 1, 101), torch.tensor([50.0])])
    low, first, middle, third, high = signature(values).tolist()
    assert (low, high) == (0, 1)
    assert (first, middle, third) == pytest.approx((0.2525, 0.505, 0.7575), abs=1e-4)


def test_wrong_inputs_say_what_was_expected() -> None:
    with unchecked(), pytest.raises(ValueError, match="expected a label per sample"):
        margins(lambda x: x, torch.zeros(2, 2), torch.zeros(3, dtype=torch.long))
    with pytest.raises(ValueError, match="expected a score for each"):
        margins(lambda x: x[:, :1], torch.zeros(2, 2), torch.zeros(2, dtype=torch.long))
