"""Configurations as the commands compose them, and the stages that they come to."""

import json
from functools import cache
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from motion_transfer.assembly import assemble
from motion_transfer.configuration.compose import compose, defaults
from motion_transfer.stages import Stages

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
PRESETS = sorted(path.stem for path in (CONFIGS / "preset").glob("*.yaml"))
CONSTRUCTOR_CALLS = [path for path in sorted(CONFIGS.rglob("*.yaml")) if "_target_" in OmegaConf.load(path)]


def composed(root: str, *overrides: str) -> DictConfig:
    """A command's configuration with something for every input that has to be given."""
    return compose(root, [*(f"{name}=some.mp4" for name in _missing(root)), *overrides])


@cache
def _missing(root: str) -> list[str]:
    return sorted(OmegaConf.missing_keys(OmegaConf.create(defaults(root))))


_BUILT: dict[str, Stages] = {}


def build_stages(config: DictConfig) -> Stages:
    """The stages of a configuration; those of equal settings of the chain, which are the same, are made once."""
    chain = {name: value for name, value in OmegaConf.to_container(config).items() if name in defaults("chain")}
    key = json.dumps(chain | {"work_dir": None}, default=str)
    if key not in _BUILT:
        _BUILT[key] = assemble(config).stages
    return _BUILT[key]


def rounds(groups: dict[str, list[str]]) -> list[dict[str, str]]:
    """Choices that name every option of every group at least once, one option of each group at a time."""
    longest = max(map(len, groups.values()))
    return [{group: options[turn % len(options)] for group, options in groups.items()} for turn in range(longest)]
