"""How a training uses its device: parts of a batch, layout, number format and compilation."""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from checked_shapes import unchecked
from pytorch_lightning.callbacks import ModelCheckpoint
from quiet_training import quiet_trainer
from small_generator import small_generator
from small_training import PLAIN, make_module, sample
from torch.utils.data import DataLoader, TensorDataset

from motion_transfer.synthesis.adversarial_module import split_batch
from motion_transfer.synthesis.checkpoints import PlainCheckpoints, read_checkpoint
from motion_transfer.synthesis.module import PerformerModule
from motion_transfer.synthesis.validation import ValidationScores
from motion_transfer.training.callbacks import StepBudget
from motion_transfer.training.trainer import TrainerSettings, fit

pytestmark = pytest.mark.filterwarnings("ignore")
COMPILER = shutil.which("g++") or shutil.which("clang++")


def settings(**changed: Any) -> TrainerSettings:
    plain = {name: getattr(PLAIN, name) for name in TrainerSettings.__dataclass_fields__}
    return TrainerSettings(**(plain | changed))


def trained(chosen: TrainerSettings, folder: Path, steps: int = 2, batch: int = 4) -> PerformerModule:
    budget = StepBudget(steps)
    module = make_module(small_generator(), budget, gan_start=0.0, trainer_settings=chosen)
    # Adam would make as much of a gradient that is zero but for rounding as of any other.
    module._optimizer = module._discriminator_optimizer = partial(torch.optim.SGD, lr=0.5)
    for network in (module.generator, module.discriminator):
        chosen.lay_out(network)
    trainer = quiet_trainer(folder, budget, max_epochs=1)
    trainer.fit(module, DataLoader([sample(i) for i in range(batch * steps)], batch_size=batch))  # pyright: ignore
    return module


@pytest.mark.slow
def test_gradients_of_parts_add_up_to_those_of_the_whole_batch(tmp_path: Path) -> None:
    whole, parts = (trained(settings(accumulate_grad_batches=count), tmp_path) for count in (1, 4))
    other = trained(settings(), tmp_path, batch=2)
    assert whole.loss_terms.keys() == parts.loss_terms.keys()
    for name, weight in whole.state_dict().items():
        torch.testing.assert_close(parts.state_dict()[name], weight, atol=2e-4, rtol=1e-3)
    differing = [
        not torch.allclose(other.state_dict()[name], weight, atol=2e-3) for name, weight in whole.state_dict().items()
    ]
    assert any(differing)
    for name, term in whole.loss_terms.items():
        torch.testing.assert_close(parts.loss_terms[name], term, atol=1e-4, rtol=1e-3)


def test_a_batch_is_split_in_order_and_into_equal_parts_only() -> None:
    parts = split_batch({"a": torch.arange(6), "b": torch.arange(12).reshape(6, 2)}, 3)
    assert [part["a"].tolist() for part in parts] == [[0, 1], [2, 3], [4, 5]]
    with pytest.raises(ValueError, match="expected a batch of 4 equal parts, got 6 samples"):
        split_batch({"a": torch.arange(6)}, 4)


@pytest.mark.slow
def test_the_layout_of_kernels_is_as_set_and_changes_no_result(tmp_path: Path) -> None:
    last, first = (trained(settings(channels_last=chosen), tmp_path, steps=1) for chosen in (True, False))
    for module, chosen in ((last, True), (first, False)):
        kernels = [weight for weight in module.generator.parameters() if weight.ndim == 4 and min(weight.shape[1:]) > 1]
        assert kernels
        assert all(kernel.is_contiguous(memory_format=torch.channels_last) == chosen for kernel in kernels)
        assert all(kernel.is_contiguous() != chosen for kernel in kernels)
    for name, weight in last.state_dict().items():
        torch.testing.assert_close(first.state_dict()[name], weight, atol=2e-4, rtol=1e-3)


def go_on(chosen: TrainerSettings, folder: Path, steps: int, resume: Path | None) -> PerformerModule:
    budget = StepBudget(steps)
    module = make_module(small_generator(), budget, gan_start=1.0, trainer_settings=chosen)
    module._optimizer = partial(torch.optim.SGD, lr=0.5)
    fit(
        module,
        DataLoader([sample(0)] * steps, batch_size=1),  # pyright: ignore[reportArgumentType]
        folder=folder,
        device=torch.device("cpu"),
        precision="32-true",
        callbacks=[budget, ModelCheckpoint(folder, "last", save_on_train_epoch_end=True)],
        checkpoint_io=PlainCheckpoints(),
        resume=resume,
    )
    return module


@pytest.mark.slow
@pytest.mark.skipif(COMPILER is None, reason="torch.compile needs a C++ compiler, and there is none")
def test_a_compiled_step_is_the_step_and_its_checkpoint_goes_on_without_compilation(tmp_path: Path) -> None:
    with unchecked():
        compiled = go_on(settings(compile=True), tmp_path / "compiled", 1, None).state_dict()
        plain = go_on(settings(), tmp_path / "plain", 1, None).state_dict()
        stored = read_checkpoint(tmp_path / "compiled" / "last.ckpt")["state_dict"]
        further = go_on(settings(), tmp_path, 2, tmp_path / "compiled" / "last.ckpt").state_dict()
        expected = go_on(settings(), tmp_path, 2, tmp_path / "plain" / "last.ckpt").state_dict()
    assert stored.keys() == plain.keys()
    before = small_generator().state_dict()
    assert any(not torch.equal(plain[f"generator.{name}"], weight) for name, weight in before.items())
    for name, weight in plain.items():
        assert torch.equal(stored[name], compiled[name])
        torch.testing.assert_close(compiled[name], weight, atol=2e-4, rtol=1e-3)
        torch.testing.assert_close(further[name], expected[name], atol=5e-4, rtol=1e-3)
    assert any(not torch.equal(further[name], weight) for name, weight in stored.items())


def test_validation_renders_in_full_precision_whatever_training_computes_in(tmp_path: Path) -> None:
    seen: dict[str, list[torch.dtype]] = {"training": [], "validation": []}

    def watch(_: object, __: object, painted: torch.Tensor) -> None:
        seen["training"].append(painted.dtype)

    def validate(generator: Any) -> ValidationScores:
        seen["validation"].append((torch.ones(2, 2) @ torch.ones(2, 2)).dtype)
        return ValidationScores(psnr=1.0, psnr_person=1.0, pictures=np.zeros((2, 4, 4, 3), np.uint8))

    budget, generator = StepBudget(1), small_generator()
    module = make_module(generator, budget, gan_start=1.0, validate=validate)
    next(layer for layer in generator.modules() if isinstance(layer, torch.nn.Conv2d)).register_forward_hook(watch)
    trainer = quiet_trainer(tmp_path, budget, max_epochs=1, precision="bf16-mixed")
    trainer.fit(module, DataLoader([sample(0)]), DataLoader(TensorDataset(torch.zeros(1))))  # pyright: ignore
    assert set(seen["training"]) == {torch.bfloat16}
    assert set(seen["validation"]) == {torch.float32}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"precision": "8-true"}, "expected a precision out of auto, 32-true, bf16-mixed, 16-mixed, got 8-true"),
        ({"accumulate_grad_batches": 0}, "expected gradients of at least 1 batch"),
    ],
)
def test_a_wrong_setting_says_what_was_expected(changed: dict[str, Any], message: str) -> None:
    with unchecked(), pytest.raises(ValueError, match=message):
        settings(**changed)
