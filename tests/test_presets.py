"""A preset is a short delta of settings that exist."""

from typing import Any

import pytest
from composed_configs import CONFIGS, PRESETS, composed
from omegaconf import DictConfig, OmegaConf

LONGEST_DELTA = 15


def test_a_preset_changes_few_lines() -> None:
    assert {"draft", "fast", "quality"} <= set(PRESETS)
    for preset in PRESETS:
        lines = (CONFIGS / "preset" / f"{preset}.yaml").read_text().splitlines()
        assert len(lines) <= LONGEST_DELTA, preset
        assert lines[0] == "# @package _global_", preset


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_sets_only_what_exists(preset: str) -> None:
    """A misspelt key in a preset would be a new setting that nobody reads."""
    delta = OmegaConf.load(CONFIGS / "preset" / f"{preset}.yaml")
    neutral = composed("transfer", "preset=fast")

    def check(part: Any, whole: Any, where: str) -> None:
        for name, child in part.items():
            assert name in whole, f"{where}{name}"
            if isinstance(child, DictConfig):
                check(child, whole[name], f"{where}{name}.")

    check(delta, neutral, "")
