"""The published effects show on the small task, and leave figures that a browser reads."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import torch

from published_effects.effect import write_effects
from published_effects.effects import reproduce_effects


@pytest.mark.soak
@pytest.mark.slow
def test_every_published_effect_shows_and_is_written_down(tmp_path: Path) -> None:
    before = torch.get_rng_state()
    effects = reproduce_effects(0)
    assert torch.equal(torch.get_rng_state(), before)
    assert [effect.diagnostic.name for effect in effects if not effect.reproduced] == []
    write_effects(effects, tmp_path / "figures")
    text = (tmp_path / "figures" / "effects.md").read_text()
    for effect in effects:
        assert effect.diagnostic.sentence in text
        ElementTree.parse(tmp_path / "figures" / f"{effect.diagnostic.name}.svg")
