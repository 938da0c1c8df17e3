import numpy as np
import pytest

from motion_transfer.appearance.limb_shade import in_shade
from motion_transfer.body.skeleton import PARTS

CLOTH, SHADE = (0.4, 0.45, 0.5), (0.1, 0.11, 0.12)


def sleeve() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of an upper arm's front half, their colours, and their angle from the front."""
    along, around = np.meshgrid(np.arange(0.1, 0.3, 0.002), np.radians(np.arange(-90, 90, 3)), indexing="ij")
    along, around = along.ravel(), around.ravel()
    points_m = np.stack([along, 0.05 * np.sin(around), 0.05 * np.cos(around)], 1)
    return points_m, np.tile(np.array(CLOTH), (len(along), 1)), np.degrees(around)


def shade_of(points_m: np.ndarray, rgb: np.ndarray, part: str = "left_upper_arm") -> np.ndarray:
    everywhere = np.full(len(points_m), True)
    return in_shade(points_m, rgb, np.full(len(points_m), PARTS.index(part)), everywhere)


@pytest.mark.parametrize("above_deg", [-60, 0])
def test_the_underside_of_an_arm_lies_in_shade(above_deg: float) -> None:
    points_m, rgb, angle = sleeve()
    rgb[angle < above_deg] = SHADE
    assert (shade_of(points_m, rgb) == (angle < above_deg)).all()


def test_dark_stripes_and_cuffs_around_a_limb_are_no_shade() -> None:
    points_m, rgb, _ = sleeve()
    rgb[(points_m[:, 0] / 0.04).astype(int) % 2 == 0] = SHADE
    rings = np.abs(points_m[:, 0] / 0.04 - (points_m[:, 0] / 0.04).round()) > 0.25  # where no ring has both colours
    assert not shade_of(points_m, rgb)[rings].any()


def test_trunk_hands_and_what_was_not_seen_have_none() -> None:
    points_m, rgb, angle = sleeve()
    rgb[angle < 0] = SHADE
    for part in ("torso", "left_thigh", "left_hand", "head"):
        assert not shade_of(points_m, rgb, part).any()
    part = np.full(len(points_m), PARTS.index("left_upper_arm"))
    assert not in_shade(points_m, rgb, part, np.full(len(points_m), False)).any()
