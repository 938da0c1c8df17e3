"""A comparison scores each method by itself, looks for faces where a body was driven, and shows truth and results."""

import math

import numpy as np
import pytest
from random_pictures import noise

from motion_transfer.evaluation.metrics import psnr
from motion_transfer.protocols.comparison import BodyBoxes, Comparison

HEIGHT, WIDTH, FRAMES = 80, 100, 3
HEAD, MOVED = np.array([[20.0, 10.0, 40.0, 30.0]]), np.array([[50.0, 10.0, 70.0, 30.0]])


def boxes(head: np.ndarray) -> BodyBoxes:
    """Hands and feet are out of the picture."""
    whole, outside = np.array([[10.0, 0.0, 90.0, 80.0]]), np.array([[-40.0, -40.0, -20.0, -20.0]])
    regions = np.concatenate([head, outside.repeat(4, 0)])[None].repeat(FRAMES, 0)
    joints = np.stack([np.linspace(15, 85, 24), np.linspace(5, 75, 24)], -1)[None].repeat(FRAMES, 0)
    figure = whole.repeat(FRAMES, 0)
    return BodyBoxes(head=head.repeat(FRAMES, 0), regions=regions, figure=figure, joints_px=joints)


def bright(picture: np.ndarray) -> bool:
    return bool(picture.mean() > 240)


def with_head(frame: np.ndarray, head: np.ndarray) -> np.ndarray:
    left, top, right, bottom = head[0].astype(int)
    shown = frame.copy()
    shown[top:bottom, left:right] = 255
    return shown


def test_each_method_has_its_own_scores_and_driven_ones_are_searched_for_faces_as_well() -> None:
    comparison = Comparison(("performer", "median"), ("performer",), {"result": "performer"}, FRAMES, bright)
    person = np.zeros((HEIGHT, WIDTH), bool)
    person[10:70, 20:80] = True
    truth, median = with_head(noise(0, HEIGHT, WIDTH), HEAD), noise(1, HEIGHT, WIDTH)
    moved = with_head(noise(0, HEIGHT, WIDTH), MOVED)
    for index in range(FRAMES):
        painted = moved if index < 2 else median
        pictures = {"performer": painted, "median": median}
        comparison.add(index, truth, pictures, person, None, boxes(HEAD), boxes(MOVED))
    scores = comparison.scores()
    assert scores["performer"]["frames"] == scores["median"]["frames"] == FRAMES
    expected = (2 * psnr(moved, truth, person) + psnr(median, truth, person)) / 3
    assert scores["performer"]["psnr_person"] == pytest.approx(expected)
    assert scores["median"]["psnr_person"] == pytest.approx(psnr(median, truth, person))
    assert scores["performer"]["face_found"] == pytest.approx(2 / 3)
    assert "face_found" not in scores["median"]
    assert math.isfinite(scores["median"]["detail"])


def test_heads_and_hands_of_driven_bodies_have_scores_of_their_own() -> None:
    comparison = Comparison(("performer", "median"), ("performer",), {"result": "performer"}, 1, bright)
    truth = noise(0, HEIGHT, WIDTH)
    painted, everywhere = truth.copy(), np.ones((HEIGHT, WIDTH), bool)
    painted[10:30, 20:40] = truth[10:30, 20:40].mean((0, 1)).astype(np.uint8)  # the head without any detail
    comparison.add(0, truth, {"performer": painted, "median": truth}, everywhere, None, boxes(HEAD), boxes(MOVED))
    scores = comparison.scores()
    assert scores["performer"]["head_detail"] == pytest.approx(0, abs=0.01)
    assert scores["performer"]["detail"] > 0.8
    assert scores["performer"]["head_patch_mmd"] > scores["performer"]["patch_mmd"]
    assert math.isnan(scores["performer"]["hands_detail"])
    assert "head_detail" not in scores["median"]


def test_the_sheet_shows_truth_and_result_with_close_ups_and_filmed_frames_without() -> None:
    rows = {"result": "performer", "nearest training frame": "nearest"}
    comparison = Comparison(("performer", "nearest"), ("performer",), rows, 1, bright)
    true, painted = np.full((HEIGHT, WIDTH, 3), 60, np.uint8), np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    true[10:30, 20:40], painted[10:30, 50:70] = (200, 0, 0), (0, 0, 200)
    nobody = np.zeros((HEIGHT, WIDTH), bool)
    other = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    other[10:30, 50:70] = (0, 200, 0)
    pictures = {"performer": painted, "nearest": other}
    comparison.add(0, true, pictures, nobody, None, boxes(HEAD), boxes(MOVED))
    sheet = comparison.sheet(25.0)
    close_up = 4 * 20 * 20  # enlarged twice
    red, blue = (sheet == (200, 0, 0)).all(-1).sum(), (sheet == (0, 0, 200)).all(-1).sum()
    in_figure = 20 * 20 * (256 / HEIGHT) ** 2
    assert red == pytest.approx(close_up + in_figure, rel=0.1)
    assert blue == pytest.approx(close_up + in_figure, rel=0.1)
    green = (sheet == (0, 200, 0)).all(-1).sum()
    assert green == pytest.approx(in_figure, rel=0.15)  # whose hands are elsewhere
