"""`train_hmr`: train the network that reads SMPL from a picture, on drawn people."""

from dataclasses import fields
from pathlib import Path

from omegaconf import DictConfig

from motion_transfer.assembly import choose_device
from motion_transfer.configuration.parts import make_part
from motion_transfer.files.bodies import load_body
from motion_transfer.recovery_training.recipe import RecoveryRecipe, TrainingStage


def main(config: DictConfig) -> dict[str, float]:
    """Train, and print what the network reaches."""
    recipe = RecoveryRecipe(**{field.name: config[field.name] for field in fields(RecoveryRecipe)})
    training = make_part(config.training, "training", TrainingStage, seed=config.seed)
    figures = recipe(training, load_body(config.body, None), choose_device(config.device))
    print(f"On held-out people: PA-MPJPE {figures['pa_mpjpe_mm']:.0f} mm, MPJPE {figures['mpjpe_mm']:.0f} mm")
    print(f"Weights: {Path(config.folder) / 'weights.npz'} (for fitting.estimator.weights)")
    return figures
