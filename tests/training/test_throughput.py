"""Steps a second are those of training: without validation, and without the first step, which warms up."""

from itertools import accumulate
from pathlib import Path

import pytorch_lightning as lightning
import torch
from quiet_training import quiet_trainer

from motion_transfer.training.throughput import Throughput


def test_validation_and_the_first_step_do_not_count(tmp_path: Path) -> None:
    # Each call of the clock, and how long after the one before: start behind the first step, 4 s of two steps until a
    # validation, 100 s of that, and 1 s of one step until the end.
    times = accumulate([50.0, 4.0, 100.0, 1.0])
    measured = Throughput(torch.device("cpu"), clock=lambda: next(times))
    trainer, module = quiet_trainer(tmp_path), lightning.LightningModule()
    measured.on_train_start(trainer, module)
    for _ in range(3):
        measured.on_train_batch_end(trainer, module, None, None, 0)
    measured.on_validation_start(trainer, module)
    measured.on_validation_end(trainer, module)
    measured.on_train_batch_end(trainer, module, None, None, 0)
    measured.on_train_end(trainer, module)
    assert measured.steps_per_s == 3 / 5
    assert measured.gpu_memory_mib is None


def test_a_single_step_has_no_speed(tmp_path: Path) -> None:
    measured = Throughput(torch.device("cpu"), clock=lambda: 0.0)
    trainer, module = quiet_trainer(tmp_path), lightning.LightningModule()
    measured.on_train_start(trainer, module)
    measured.on_train_batch_end(trainer, module, None, None, 0)
    measured.on_train_end(trainer, module)
    assert measured.steps_per_s is None
