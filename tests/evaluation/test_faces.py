"""Faces found in the result, of those found in the truth: a bright head counts as a face here."""

import math

import numpy as np
import pytest

from motion_transfer.evaluation.faces import SEARCHED_PX, FaceScore

HEAD = np.array([10.0, 5.0, 30.0, 25.0])
ELSEWHERE = np.array([40.0, 25.0, 60.0, 45.0])


def bright(picture: np.ndarray) -> bool:
    assert picture.shape == (SEARCHED_PX, SEARCHED_PX, 3)
    return bool(picture.mean() > 200)


def head_at(box: np.ndarray) -> np.ndarray:
    frame = np.zeros((50, 70, 3), np.uint8)
    left, top, right, bottom = box.astype(int)
    frame[top:bottom, left:right] = 255
    return frame


def test_a_frame_without_a_face_counts_where_the_truth_shows_one() -> None:
    score, faceless = FaceScore(bright), np.zeros((50, 70, 3), np.uint8)
    score.add(head_at(HEAD), head_at(HEAD), HEAD, HEAD)
    score.add(faceless, head_at(HEAD), HEAD, HEAD)
    score.add(head_at(HEAD), faceless, HEAD, HEAD)  # the back of the head is asked for
    score.add(head_at(HEAD), head_at(HEAD), HEAD, HEAD)
    assert score.value() == pytest.approx(2 / 3)


def test_the_face_is_looked_for_where_the_head_is_in_either_frame() -> None:
    score = FaceScore(bright)
    score.add(head_at(ELSEWHERE), head_at(HEAD), ELSEWHERE, HEAD)
    assert score.value() == 1
    score.add(head_at(ELSEWHERE), head_at(HEAD), HEAD, HEAD)
    assert score.value() == 0.5


def test_without_a_face_in_the_truth_there_is_no_share() -> None:
    assert math.isnan(FaceScore(bright).value())
