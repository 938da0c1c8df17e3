"""The precision of a training suits its device, and half precision is scaled so that it neither vanishes nor stops."""

from pathlib import Path

import pytest
import pytorch_lightning as lightning
import torch
from quiet_training import quiet_trainer
from torch import nn
from torch.utils.data import DataLoader

from motion_transfer.training.callbacks import NonFiniteError, NonFiniteGuard
from motion_transfer.training.precision import loss_scale, precision_on

CPU = torch.device("cpu")


def test_auto_is_what_the_device_computes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for supported, expected in ((True, "bf16-mixed"), (False, "32-true")):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda found=supported: found)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda found=supported, **_: found)
        assert precision_on(CPU, "auto") == expected
        assert precision_on(torch.device("cuda"), "auto") == expected
        assert precision_on(CPU, "32-true") == "32-true"
        assert precision_on(CPU, "bf16-mixed") == "bf16-mixed"
        assert precision_on(torch.device("cuda"), "16-mixed") == "16-mixed"


def test_half_precision_needs_a_gpu_and_other_names_are_none() -> None:
    with pytest.raises(ValueError, match="expected a CUDA device for precision=16-mixed, got cpu"):
        precision_on(CPU, "16-mixed")
    with pytest.raises(ValueError, match="expected a precision out of auto, 32-true"):
        precision_on(CPU, "double")


class Line(lightning.LightningModule):
    """Learns one number whose gradient is infinite."""

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.slope = nn.Parameter(torch.tensor(1.0))
        self.scale = 0.0

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)

    def training_step(self, batch: torch.Tensor, batch_idx: int) -> None:
        self.scale = loss_scale(self.trainer)
        optimizer = self.optimizers()

        def loss() -> torch.Tensor:
            optimizer.zero_grad()  # pyright: ignore
            found = (self.slope - 1).sqrt().sum() * batch.sum()
            self.manual_backward(found)
            return found

        optimizer.step(closure=loss)  # pyright: ignore


def test_a_gradient_that_overflows_ends_a_training_only_where_no_scaler_leaves_the_step_out(tmp_path: Path) -> None:
    from pytorch_lightning.plugins import MixedPrecision

    data = DataLoader([torch.ones(1)], batch_size=1)  # pyright: ignore[reportArgumentType]
    with pytest.raises(NonFiniteError, match="gradient of slope"):
        quiet_trainer(tmp_path, NonFiniteGuard(), max_epochs=1).fit(Line(), data)
    scaled = MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu", init_scale=256.0))  # pyright: ignore
    module = Line()
    quiet_trainer(tmp_path, NonFiniteGuard(), max_epochs=1, plugins=[scaled]).fit(module, data)
    assert module.scale == 256
    assert module.slope == 1
