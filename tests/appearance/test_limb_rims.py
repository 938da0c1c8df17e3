import numpy as np
import pytest

from motion_transfer.appearance.garments import RestSurface
from motion_transfer.appearance.limb_rims import RIM_M, rim_worth
from motion_transfer.body.skeleton import PARTS

RADIUS_M, LENGTH_M = 0.04, 0.24
SKIN, SUNLIT_GROUND, WATCH = (0.55, 0.35, 0.25), (0.9, 0.6, 0.1), (0.1, 0.2, 0.9)
KNOWN = 0.15


def forearm(seen_deg: float = 100) -> tuple[RestSurface, np.ndarray, np.ndarray, np.ndarray]:
    """Surface, part, how well each point was seen, and its angle from the front, of an upright cylinder's side."""
    along, around = np.meshgrid(np.arange(0, LENGTH_M, 0.002), np.radians(np.arange(-180, 180, 3)), indexing="ij")
    along, around = along.ravel(), around.ravel()
    normals = np.stack([np.zeros_like(around), np.sin(around), np.cos(around)], 1)
    points_m = RADIUS_M * normals + along[:, None] * np.array([1, 0, 0])
    rgb = np.tile(np.array(SKIN), (len(along), 1))
    angle = np.abs(np.degrees(around))
    part = np.full(len(along), PARTS.index("left_forearm"))
    return RestSurface(points_m=points_m, normals=normals, rgb=rgb), part, 0.5 * (angle < seen_deg), angle


def arc_m(angle: np.ndarray, edge_deg: float) -> np.ndarray:
    """From points inward of the edge of what was seen, along a chord."""
    return 2 * RADIUS_M * np.sin(np.radians(edge_deg - angle) / 2)


def test_the_rim_of_what_was_seen_of_a_limb_is_worth_less_and_its_middle_all() -> None:
    surface, part, seen, angle = forearm()
    worth = rim_worth(surface, part, seen, KNOWN)
    inward_m = arc_m(angle, 100)
    assert (worth[(seen > 0) & (inward_m > RIM_M + 0.003)] == 1).all()
    assert worth[(seen > 0) & (inward_m < 0.003)].max() < 0.3


def test_trunk_and_head_are_worth_all_up_to_their_rims() -> None:
    surface, part, seen, _ = forearm()
    for name in ("torso", "head", "left_hand"):
        assert (rim_worth(surface, np.full_like(part, PARTS.index(name)), seen, KNOWN) == 1).all()


def test_a_limb_that_was_seen_all_around_is_worth_all_even_with_holes() -> None:
    surface, part, seen, _ = forearm(seen_deg=360)
    holes = np.random.default_rng(0).random(len(seen)) < 0.1
    assert (rim_worth(surface, part, np.where(holes, 0.0, seen), KNOWN) == 1).all()


@pytest.mark.parametrize(("agreed", "kept"), [(0.5, False), (0.95, True)])
def test_what_is_no_skin_beside_the_unseen_side_counts_only_where_many_frames_agree(agreed: float, kept: bool) -> None:
    surface, part, seen, angle = forearm()
    strip = (angle > 60) & (angle < 75)  # inward of the rim itself
    surface.rgb[strip] = SUNLIT_GROUND
    worth = rim_worth(surface, part, np.where(strip, agreed, seen), KNOWN)
    assert (worth[strip] > 0.5).all() if kept else (worth[strip] < 0.5).all()
    assert (worth[angle < 50] == 1).all()


def test_stripes_of_a_sleeve_keep_their_worth() -> None:
    surface, part, seen, angle = forearm()
    stripes = (angle // 15).astype(int) % 2 == 0
    surface.rgb[stripes] = WATCH
    worth = rim_worth(surface, part, seen, KNOWN)
    assert (worth[angle < 70] == 1).all()
