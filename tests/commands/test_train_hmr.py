"""`train_hmr` checks what it is given before it draws anything."""

from pathlib import Path

import pytest
from mistakes import Failure

SMALL = ("body=tiny", "device=cpu", "dances=1", "held_out=16", "processes=1")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("backbone=none.pth",), "expected the ImageNet weights of EfficientNet-Lite0"),
        (("training.minutes=0",), "expected positive numbers"),
        (("dances=0",), "expected dances to be a whole number of at least 1"),
    ],
)
def test_a_mistake_is_told_in_one_line(words: tuple[str, ...], message: str, fails: Failure, tmp_path: Path) -> None:
    assert message in fails("train_hmr", *SMALL, f"folder={tmp_path / 'hmr'}", *words)
    assert not (tmp_path / "hmr").exists()
