"""Detail over that of the truth: 1 for equal pictures, less for a blur, and only inside the person."""

import math

import cv2
import numpy as np
import pytest
from random_pictures import noise

from motion_transfer.evaluation.detail import INSIDE_PX, DetailRatio
from motion_transfer.evaluation.picture_score import PictureScore

PERSON = np.zeros((60, 50), bool)
PERSON[10:50, 10:40] = True


def detail(*pairs: tuple[np.ndarray, np.ndarray], person: np.ndarray = PERSON) -> float:
    ratio = DetailRatio()
    for painted, truth in pairs:
        ratio.add(painted, truth, person)
    return ratio.value()


def test_an_equal_picture_has_all_the_detail_and_a_blurred_one_less() -> None:
    truth = noise(0, 60, 50)
    slightly, strongly = (cv2.GaussianBlur(truth, (0, 0), sigma) for sigma in (0.7, 2.0))
    assert detail((truth, truth)) == 1
    assert detail((strongly, truth)) < detail((slightly, truth)) < 0.7
    assert detail((noise(0, 60, 50), slightly)) > 1.4


def test_the_laplacian_of_single_dots_is_known() -> None:
    """A dot of height h has the Laplacian 4 h in its middle and h at its four neighbours."""
    dots, halved = np.zeros((60, 50, 3), np.uint8), np.zeros((60, 50, 3), np.uint8)
    dots[20:40:5, 20:30:5], halved[20:40:5, 20:30:5] = 200, 50
    assert detail((halved, dots)) == pytest.approx(0.25)
    plain = np.zeros_like(dots)
    assert detail((halved, dots), (plain, halved)) == pytest.approx(50 / 250)  # a ratio of sums, not a mean of ratios


def test_neither_the_background_nor_the_outline_counts() -> None:
    truth = noise(0, 60, 50)
    inside = cv2.erode(PERSON.astype(np.uint8), np.ones((2 * INSIDE_PX + 1,) * 2, np.uint8)) > 0
    margin = cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0  # which the Laplacian reads
    painted = np.where(margin[..., None], truth, 0).astype(np.uint8)
    assert detail((painted, truth)) == 1
    assert math.isnan(detail((truth, truth), person=np.zeros_like(PERSON)))


def test_detail_and_patches_leave_out_what_the_person_holds() -> None:
    truth, held = noise(0, 60, 50), np.zeros_like(PERSON)
    held[10:30] = True
    painted = truth.copy()
    painted[held] = 0
    score, ignorant = PictureScore(), PictureScore()
    score.add(painted, truth, PERSON, held)
    ignorant.add(painted, truth, PERSON)
    assert score.summary()["detail"] == 1
    assert abs(score.summary()["patch_mmd"]) < 0.01
    assert score.summary()["psnr_person_without_held"] == 100
    assert ignorant.summary()["detail"] < 0.8
    assert ignorant.summary()["patch_mmd"] > 0.01
