"""A background of the user's own covers the frame whatever its size, and what is none is told in one line."""

from pathlib import Path

import numpy as np
import pytest

from motion_transfer.appearance.background import Background, read_background
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.pictures import write_png

SIZE = ImageSize(height=40, width=60)


def halves(height: int, width: int) -> np.ndarray:
    """Red at the left, blue at the right."""
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[:, : width // 2, 0] = rgb[:, width // 2 :, 2] = 200
    return rgb


@pytest.mark.parametrize("text", ["target", "", None])
def test_nothing_asked_is_the_targets_room(text: str | None) -> None:
    assert read_background(text) is None


@pytest.mark.parametrize(("text", "colour"), [("green", (0, 177, 64)), ("#0a0BfF", (10, 11, 255))])
def test_a_colour_fills_the_frame(text: str, colour: tuple[int, int, int]) -> None:
    found = read_background(text)
    assert found is not None
    assert found.plain
    assert (found.covering(SIZE) == colour).all()
    assert found.covering(SIZE).shape == (40, 60, 3)
    assert f"is {text} in place of the target's room" in found.note(SIZE)


@pytest.mark.parametrize(("height", "width"), [(40, 60), (400, 600), (13, 31), (90, 20), (41, 60)])
def test_a_picture_covers_the_frame_and_is_cropped_in_its_middle(height: int, width: int, tmp_path: Path) -> None:
    write_png(tmp_path / "room.png", halves(height, width))
    found = read_background(tmp_path / "room.png")
    assert found is not None
    shown = found.covering(SIZE)
    assert shown.shape == (40, 60, 3)
    assert (shown[:, :20, 0] > 150).all()
    assert (shown[:, 40:, 2] > 150).all()
    cropped = f"of {width}x{height} pixels, it was scaled to cover the result's 60x40 and cropped" in found.note(SIZE)
    assert cropped == ((height, width) != (40, 60))


def test_what_is_no_background_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected background=target, green, .* PNG or JPEG file, got greem; check"):
        read_background("greem")
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"expected .*a\.png"):
        read_background(tmp_path / "a.png")


def test_a_picture_is_never_stretched() -> None:
    circle = np.zeros((300, 200, 3), np.uint8)
    y, x = np.mgrid[:300, :200]
    circle[(y - 150) ** 2 + (x - 100) ** 2 < 50**2] = 255
    shown = Background(rgb=circle, name="circle").covering(SIZE)[..., 0] > 127
    assert shown.any(0).sum() == pytest.approx(shown.any(1).sum(), abs=1)
