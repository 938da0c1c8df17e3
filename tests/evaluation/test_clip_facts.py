"""What landmarks tell of a clip, for a figure whose place, turn and parts are known."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from jaxtyping import Float
from known_clips import exact_detections, known_camera, made_up_dance
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.landmarks import Detections, LandmarkLayout, Landmarks2D, Landmarks3D
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.video import ImageSize
from motion_transfer.evaluation.clip_facts import PersonFacts, facts_of, person_facts, upright_turn_deg

KINDS, SIDES = ("shoulder", "wrist", "hip", "knee", "ankle"), ("left", "right")
NAMES = ("nose", *(f"{side}_{kind}" for kind in KINDS for side in SIDES))
LAYOUT = LandmarkLayout.symmetric(NAMES, {})
SIZE = ImageSize(height=1000, width=800)
# Metres: to the person's left, up; the same on the right side mirrored.
PLACES = {
    "nose": (0, 1.6),
    "shoulder": (0.2, 1.4),
    "wrist": (0.3, 0.9),
    "hip": (0.1, 0.9),
    "knee": (0.1, 0.5),
    "ankle": (0.1, 0.1),
}
FRAMES = 5


def figure(*, turned_deg: float = 0.0, rolled_deg: float = 0.0) -> Float[Tensor, "landmark 3"]:
    """In camera axes (x right, y down, z forward): turned about its height, then rolled in the picture."""
    rows = []
    for name in NAMES:
        out, up = PLACES[name.split("_")[-1]]
        side = -1 if name.startswith("right") else 1
        angle = math.radians(turned_deg)
        x, y, z = side * out * math.cos(angle), -(up - 0.9), side * out * math.sin(angle)
        roll = math.radians(rolled_deg)
        rows.append((x * math.cos(roll) - y * math.sin(roll), x * math.sin(roll) + y * math.cos(roll), z))
    return torch.tensor(rows)


def facts(points: Float[Tensor, "landmark 3"], *, hidden: tuple[str, ...] = (), px_per_m: float = 400.0) -> PersonFacts:
    confidence = torch.tensor([0.0 if name.split("_")[-1] in hidden else 0.9 for name in NAMES]).repeat(FRAMES, 1)
    xy = (points[:, :2] * px_per_m + torch.tensor([400.0, 500.0])).repeat(FRAMES, 1, 1)
    return person_facts(
        LAYOUT,
        Landmarks2D(xy_px=xy, confidence=confidence),
        Landmarks3D(xyz_m=points.repeat(FRAMES, 1, 1), confidence=confidence),
        SIZE,
    )


def test_a_height_is_that_of_what_is_seen_over_the_pictures() -> None:
    assert facts(figure()).height == pytest.approx(0.4 * 1.5)
    assert facts(figure(rolled_deg=90)).height == pytest.approx(0.4 * 1.5)  # who lies is as long
    assert facts(figure(), hidden=("ankle",)).height == pytest.approx(0.4 * 1.1)


@pytest.mark.parametrize("turned", [0.0, 90.0, 180.0, -90.0, 40.0])
@pytest.mark.parametrize("rolled", [0.0, 90.0, 180.0])
def test_turns_are_told_whichever_way_up_the_person_is(turned: float, rolled: float) -> None:
    found = facts(figure(turned_deg=turned, rolled_deg=rolled))
    assert math.remainder(float(found.turned_deg[0]) - turned, 360) == pytest.approx(0, abs=1e-3)
    assert math.remainder(float(found.up_deg[0]) - rolled, 360) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("turned", [0.0, 180.0, 30.0])
def test_a_picture_that_was_squeezed_shows_a_person_of_that_width(turned: float) -> None:
    points = figure(turned_deg=turned)
    squeezed = (points[:, :2] * torch.tensor([200.0, 400.0]) + 500.0).repeat(FRAMES, 1, 1)
    confidence = torch.full((FRAMES, len(NAMES)), 0.9)
    flat = Landmarks2D(xy_px=squeezed, confidence=confidence)
    in_space = Landmarks3D(xyz_m=points.repeat(FRAMES, 1, 1), confidence=confidence)
    assert person_facts(LAYOUT, flat, in_space, SIZE).width == pytest.approx(0.5)
    assert facts(points).width == pytest.approx(1.0)
    assert facts(figure(turned_deg=90)).width == 1.0  # from the side it cannot be told


def test_parts_that_are_not_seen_are_counted_each() -> None:
    found = facts(figure(), hidden=("ankle", "wrist"))
    assert dict(found.missing) == {"head": 0, "hands": 1, "legs": 0, "feet": 1}


def test_nobody_has_no_height_and_shows_no_side() -> None:
    found = facts(figure(), hidden=tuple(PLACES))
    assert (found.seen, found.height, len(found.turned_deg)) == (0, 0, 0)


@pytest.mark.slow
def test_a_dance_moves_its_limbs_and_a_statue_does_not(tiny_body: BodyModel) -> None:
    motion, camera = made_up_dance(tiny_body), known_camera()
    found = facts_of(exact_detections(tiny_body, motion, camera))
    assert found.seen == 1
    assert found.spread > 0.03
    assert facts(figure()).spread == 0


def test_a_layout_without_a_trunk_is_refused() -> None:
    layout = LandmarkLayout.symmetric(("nose",), {})
    nothing = torch.zeros(1, 1)
    with pytest.raises(ValueError, match="suffice for looking at a person, got one without left_shoulder"):
        person_facts(
            layout,
            Landmarks2D(xy_px=torch.zeros(1, 1, 2), confidence=nothing),
            Landmarks3D(xyz_m=torch.zeros(1, 1, 3), confidence=nothing),
            SIZE,
        )


def filmed(rolled: list[float], *, bent: bool = False) -> Detections:
    points = torch.stack([figure(rolled_deg=roll) for roll in rolled])
    if bent:  # the legs are drawn up to the trunk
        for name in ("left_ankle", "right_ankle"):
            points[:, LAYOUT.index(name)] = points[:, LAYOUT.index(name.replace("ankle", "shoulder"))]
    confidence = torch.full(points.shape[:2], 0.9)
    blank = Masks.compress(np.zeros((4, 4), np.uint8))
    return Detections(
        layout=LAYOUT,
        landmarks_2d=Landmarks2D(xy_px=points[..., :2] * 400 + 500, confidence=confidence),
        landmarks_3d=Landmarks3D(xyz_m=points, confidence=confidence),
        masks=Masks(compressed=(blank,) * len(rolled), size=ImageSize(height=4, width=4)),
        size=SIZE,
        fps=Fraction(10),
    )


@pytest.mark.parametrize(("rolled", "turn"), [(0, 0), (180, 180), (90, 270), (-90, 90), (165, 180), (45, 0)])
def test_a_clip_is_turned_until_its_person_stands(rolled: float, turn: int) -> None:
    assert upright_turn_deg(filmed([rolled] * 10)) == turn


def test_who_is_head_down_for_a_part_or_with_bent_legs_is_left_so() -> None:
    assert upright_turn_deg(filmed([180.0] * 8 + [0.0] * 2)) == 0
    assert upright_turn_deg(filmed([90.0] * 10, bent=True)) == 0
