"""A line through margins predicts a generalization gap that depends on them."""

import pytest
import torch

from motion_transfer.training.diagnostics.margins import signature
from published_effects.generalization_gap import fit_gap_predictor


def test_a_gap_that_follows_from_margins_is_predicted() -> None:
    torch.manual_seed(1)
    networks = [torch.randn(200) * (1 + i / 10) + i / 5 for i in range(20)]
    signatures = torch.stack([signature(network) for network in networks])
    gaps = 0.5 - 0.1 * signatures[:, 1].double() + 0.02 * signatures[:, 4].double()
    predictor = fit_gap_predictor(signatures[:15], gaps[:15])
    assert predictor.explained > 0.999
    assert predictor.predict(signatures[19]) == pytest.approx(gaps[19].item(), abs=1e-3)


def test_too_few_networks_are_refused() -> None:
    with pytest.raises(ValueError, match="expected 6 or more networks"):
        fit_gap_predictor(torch.zeros(3, 5), torch.zeros(3))
