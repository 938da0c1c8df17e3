"""Lightning's trainer on the CPU, which neither says nor writes anything that is not asked for."""

from pathlib import Path
from typing import Any

import pytorch_lightning as lightning


def quiet_trainer(
    folder: Path, *callbacks: lightning.Callback, max_epochs: int = -1, **settings: Any
) -> lightning.Trainer:
    """Without `max_epochs` a callback has to end the training.

    Args:
        settings: of Lightning's trainer, in place of the quiet ones.
    """
    quiet: dict[str, Any] = dict.fromkeys(
        ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False
    )
    return lightning.Trainer(
        default_root_dir=folder,
        max_epochs=max_epochs,
        accelerator="cpu",
        callbacks=list(callbacks),
        **(quiet | settings),
    )
