"""Pictures come back from PNG files as they were, read by another library than the one that wrote them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from motion_transfer.files.pictures import write_png


def test_a_png_is_written_without_loss(tmp_path: Path) -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (31, 17, 3), np.uint8)
    write_png(tmp_path / "new" / "picture.png", rgb)
    read = cv2.imread(str(tmp_path / "new" / "picture.png"))
    assert read is not None
    np.testing.assert_array_equal(read[..., ::-1], rgb)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["picture.png"]


def test_a_picture_without_pixels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="positive size"):
        write_png(tmp_path / "picture.png", np.zeros((0, 4, 3), np.uint8))
    assert not list(tmp_path.iterdir())
