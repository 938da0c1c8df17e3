"""Proxies for driven results that have no truth."""

import math

import numpy as np
import pytest
from checked_shapes import unchecked

from motion_transfer.evaluation.coverage import CoverageScore, eroded, leak, missing_inside, missing_per_part


def body() -> np.ndarray:
    """Two parts: 0 is a square of 40 pixels, 1 a bar of 10x30 to its right."""
    part = np.full((100, 120), -1)
    part[30:70, 20:60] = 0
    part[45:55, 60:90] = 1
    return part


def test_erosion_takes_the_rim_and_nothing_at_the_border_of_the_picture() -> None:
    mask = np.zeros((20, 20), bool)
    mask[:, 5:] = True
    assert eroded(mask, 3)[:, 8:].all()
    assert not eroded(mask, 3)[:, :8].any()
    assert eroded(np.ones((5, 5), bool), 3).all()


def test_missing_is_the_fraction_of_transparent_pixels_inside() -> None:
    mask = body() >= 0
    alpha = mask.astype(np.float32)
    assert missing_inside(alpha, mask) == 0
    alpha[30:50, 20:60] = 0.3
    assert missing_inside(alpha, body() == 0) == pytest.approx(0.5)
    assert math.isnan(missing_inside(alpha, np.zeros_like(mask)))


def test_a_lost_limb_stands_out_in_its_part() -> None:
    part = body()
    alpha = (part == 0).astype(np.float32)
    missing = missing_per_part(alpha, part, part >= 0, 3)
    assert missing[0] == 0
    assert missing[1] == 1
    assert math.isnan(missing[2])


def test_leak_counts_only_beyond_the_margin() -> None:
    mask = body() >= 0
    alpha = mask.astype(np.float32)
    alpha[22:30, 20:60] = 1
    assert leak(alpha, mask) == 0
    alpha[10:20, 20:40] = 0.5
    assert leak(alpha, mask) == pytest.approx(100 / mask.sum())
    assert math.isnan(leak(alpha, np.zeros_like(mask)))


def test_a_clip_names_its_worst_part() -> None:
    part = body()
    score = CoverageScore(inside_px=2, part_names=("torso", "left_hand", "head"))
    score.add((part >= 0).astype(np.float32), part)
    score.add((part == 0).astype(np.float32), part)
    score.add(np.zeros(part.shape, np.float32), np.full_like(part, -1))
    summary = score.summary()
    assert summary["worst_part"] == "left_hand"
    assert summary["missing_worst_part"] == pytest.approx(0.5)
    assert summary["leak_p90"] == 0


def test_a_clip_has_the_missing_fraction_of_every_frame() -> None:
    part = body()
    score = CoverageScore(inside_px=0, part_names=("torso", "left_hand"))
    assert score.missing.shape == (0,)
    score.add((part == 0).astype(np.float32), part)
    score.add(np.zeros(part.shape, np.float32), np.full_like(part, -1))
    np.testing.assert_allclose(score.missing, [300 / 1900, np.nan])
    assert score.summary()["missing_inside"] == pytest.approx(300 / 1900)


def test_maps_of_different_size_are_refused() -> None:
    with unchecked(), pytest.raises(ValueError, match="one size"):
        leak(np.zeros((4, 4), np.float32), np.zeros((5, 4), bool))
