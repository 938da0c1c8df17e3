"""`train_unpaired`: learn to move one character as another one moves, from two collections without any pair."""

from pathlib import Path

from omegaconf import DictConfig

from motion_transfer.animation.train_unpaired import GivenCollections, train_unpaired
from motion_transfer.assembly import assemble_shapes, choose_device
from motion_transfer.configuration.parts import make_part
from motion_transfer.progress import make_listeners
from motion_transfer.unpaired_training.progress import StageReporter
from motion_transfer.unpaired_training.training import Trained, UnpairedTraining


def main(config: DictConfig) -> Trained:
    """Train, and print where the model and its report are."""
    training, folder = make_part(config.unpaired, "unpaired", UnpairedTraining), Path(config.folder)
    source, target = (assemble_shapes(config, side) for side in ("source", "target"))
    given = GivenCollections(source=source, target=target, truth=Path(config.truth) if config.truth else None)
    advance = StageReporter(make_listeners(config.progress))
    done = train_unpaired(given, training, folder, advance=advance, device=choose_device(config.device))
    print(
        f"Held-out error of the autoencoders: {done.figures['source_error_percent']:.2f} %, "
        f"{done.figures['target_error_percent']:.2f} %; MMD of mapped latents: {done.figures['mmd_target']:.4f}"
    )
    print(
        f"Report: {folder / 'sheet.png'}, {folder / 'latent_walk.png'}; tensorboard --logdir {folder / 'tensorboard'}"
    )
    print(f"Model: {folder} (for animate: retargeting/deformation=unpaired model={folder})")
    return done
