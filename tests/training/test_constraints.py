"""Constraints act on the child that they name, at the steps that they are set to."""

import copy
from pathlib import Path

import pytest
import pytorch_lightning as lightning
import torch
from quiet_training import quiet_trainer
from torch import Tensor, nn
from torch.utils.data import DataLoader

from motion_transfer.training.constraints import AnnealedGradientNoise, BoundedSingularValues, MultiplicativeDecay
from motion_transfer.training.normalization import normalize_weights

pytestmark = pytest.mark.filterwarnings("ignore")
STEPS = 4


class Pair(lightning.LightningModule):
    """Two parts whose gradients are 0, trained by one optimizer each."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.automatic_optimization = False
        self.one, self.other = nn.Linear(3, 2), nn.Linear(3, 2)

    def training_step(self, batch: Tensor) -> None:
        optimizers = self.optimizers()
        assert isinstance(optimizers, list)
        for part, optimizer in zip((self.one, self.other), optimizers, strict=True):
            optimizer.zero_grad()
            self.manual_backward(0 * part(batch).sum())
            optimizer.step()

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        return [torch.optim.SGD(part.parameters(), lr=1.0) for part in (self.one, self.other)]


def trained(folder: Path, callback: lightning.Callback, module: Pair | None = None) -> tuple[Pair, Pair]:
    """The module before and after a few steps."""
    module = module or Pair()
    before = copy.deepcopy(module)
    quiet_trainer(folder, callback, max_epochs=1).fit(module, DataLoader([torch.ones(3)] * STEPS))  # pyright: ignore
    assert torch.equal(module.other.weight, before.other.weight)
    return before, module


def test_decay_multiplies_the_parts_weights_once_a_batch_and_spares_biases(tmp_path: Path) -> None:
    before, after = trained(tmp_path, MultiplicativeDecay(child="one", factor=0.9))
    torch.testing.assert_close(after.one.weight, before.one.weight * 0.9**STEPS)
    assert torch.equal(after.one.bias, before.one.bias)


def test_noise_reaches_the_parts_gradients_and_fades_by_the_formula(tmp_path: Path) -> None:
    noise = AnnealedGradientNoise(child="one", strength=0.01)
    noise.load_state_dict({"steps": 99})
    before, after = trained(tmp_path, noise)
    assert noise.state_dict() == {"steps": 99 + STEPS}
    moved = torch.cat([(after.one.weight - before.one.weight).flatten(), after.one.bias - before.one.bias])
    expected = sum(0.01 / (1 + step) ** 0.55 for step in range(99, 99 + STEPS)) ** 0.5
    assert 0.4 * expected < moved.square().mean().sqrt().item() < 1.8 * expected  # eight draws


def test_singular_values_are_bounded_every_so_many_steps(tmp_path: Path) -> None:
    for every, bounded in ((STEPS, True), (STEPS + 1, False)):
        module = Pair()
        module.one.weight.data *= 10
        _, after = trained(tmp_path, BoundedSingularValues(child="one", margin=0.25, every_steps=every), module)
        values = torch.linalg.svdvals(after.one.weight.detach())
        assert bool(values.max() <= 1.25 + 1e-5) is bounded


def test_normalized_weights_are_not_changed_behind_their_back(tmp_path: Path) -> None:
    module = Pair()
    normalize_weights(module.one, "spectral")
    for callback in (
        MultiplicativeDecay(child="one", factor=0.9),
        BoundedSingularValues(child="one", margin=0.1, every_steps=1),
    ):
        with pytest.raises(ValueError, match="expected plain weights, got normalized ones"):
            trained(tmp_path, callback, module)


def test_wrong_settings_say_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a factor in"):
        MultiplicativeDecay(child="one", factor=1.1)
    with pytest.raises(ValueError, match="expected step and strength of at least 0"):
        AnnealedGradientNoise(child="one", strength=-1.0)
    with pytest.raises(ValueError, match="expected a margin of at least 0 and 1 or more steps"):
        BoundedSingularValues(child="one", margin=0.1, every_steps=0)
    with pytest.raises(ValueError, match="expected a child among one, other, got 'third'"):
        trained(tmp_path, MultiplicativeDecay(child="third", factor=0.9))
