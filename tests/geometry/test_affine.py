import cv2
import numpy as np

from motion_transfer.geometry.affine import opencv_affine


def test_doubling_a_picture_keeps_its_borders_in_place() -> None:
    ramp = np.arange(8, dtype=np.float32)[None].repeat(4, 0)
    double = np.array([[2.0, 0, 0], [0, 2.0, 0]])
    warped = cv2.warpAffine(ramp, opencv_affine(double), (16, 8), flags=cv2.INTER_LINEAR)
    resized = cv2.resize(ramp, (16, 8), interpolation=cv2.INTER_LINEAR)  # keeps the borders as well
    assert np.allclose(warped[2:-2, 2:-2], resized[2:-2, 2:-2], atol=0.02)


def test_a_shift_is_the_same_in_both_conventions() -> None:
    shift = np.array([[1.0, 0, 3.25], [0, 1.0, -2.0]])
    assert np.array_equal(opencv_affine(shift), shift)
