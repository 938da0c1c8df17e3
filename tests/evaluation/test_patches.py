"""The distance of patch sets: blind to position, sensitive to blur, noise and checkerboards."""

import math

import cv2
import numpy as np
import pytest

from motion_transfer.evaluation.patches import PER_FRAME, PatchDistance

HEIGHT, WIDTH = 96, 64
WHOLE = np.ones((HEIGHT, WIDTH), bool)


def cloth(seed: int) -> np.ndarray:
    """A pattern with detail of a few pixels, another piece of it for every seed."""
    noise = np.random.default_rng(seed).normal(128, 120, (HEIGHT, WIDTH, 3))
    return cv2.GaussianBlur(noise, (0, 0), 1.2).clip(0, 255).astype(np.uint8)


def distance(change: object, frames: int = 8) -> float:
    gathered = PatchDistance()
    for seed in range(frames):
        gathered.add(change(cloth(seed)), cloth(seed), WHOLE)  # type: ignore[operator]
    return gathered.value()


@pytest.mark.slow
def test_equal_patterns_are_at_no_distance_wherever_they_lie() -> None:
    assert abs(distance(lambda frame: frame)) < 0.003
    assert abs(distance(lambda frame: np.roll(frame, (5, 3), (0, 1)))) < 0.003


@pytest.mark.slow
def test_blur_noise_and_checkerboards_are_far_and_more_is_farther() -> None:
    def blurred(sigma: float) -> float:
        return distance(lambda frame: cv2.GaussianBlur(frame, (0, 0), sigma))

    board = 20 * ((np.indices((HEIGHT, WIDTH)).sum(0) % 2)[..., None] - 0.5)
    noise = np.random.default_rng(9).normal(0, 20, (HEIGHT, WIDTH, 3))
    assert 0.01 < blurred(1) < blurred(3)
    assert distance(lambda frame: (frame + board).clip(0, 255).astype(np.uint8)) > 0.01
    assert distance(lambda frame: (frame + noise).clip(0, 255).astype(np.uint8)) > 0.01


@pytest.mark.slow
def test_brighter_light_does_not_count() -> None:
    gathered = PatchDistance()
    for seed in range(8):
        dim = cloth(seed).clip(0, 215)
        gathered.add(dim + 40, dim, WHOLE)
    assert abs(gathered.value()) < 0.003


def test_only_patches_inside_count() -> None:
    where = np.zeros_like(WHOLE)
    where[20:60, 10:40] = True
    painted = cloth(0)
    painted[~where] = 0
    gathered, alone = PatchDistance(), PatchDistance()
    gathered.add(painted, cloth(0), where)
    alone.add(cloth(0), cloth(0), where)
    assert gathered.value() == alone.value()
    assert gathered._painted[0].shape == (PER_FRAME, 49)


def test_a_person_too_small_for_a_patch_gives_no_number() -> None:
    gathered = PatchDistance()
    speck = np.zeros_like(WHOLE)
    speck[3:6, 3:6] = True
    gathered.add(cloth(0), cloth(0), speck)
    assert math.isnan(gathered.value())
