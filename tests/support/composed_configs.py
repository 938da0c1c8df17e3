"""Configurations as the commands compose them, and the stages that they come to."""

from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from motion_transfer.commands.assembly import assemble
from motion_transfer.configuration.compose import compose, defaults
from motion_transfer.stages import Stages

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
PRESETS = sorted(path.stem for path in (CONFIGS / "preset").glob("*.yaml"))


def composed(root: str, *overrides: str) -> DictConfig:
    """A command's configuration with something for every input that has to be given."""
    missing = OmegaConf.missing_keys(OmegaConf.create(defaults(root)))
    return compose(root, [*(f"{name}=some.mp4" for name in sorted(missing)), *overrides])


def build_stages(config: DictConfig) -> Stages:
    return assemble(config).stages
