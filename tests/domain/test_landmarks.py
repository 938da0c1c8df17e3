from fractions import Fraction

import numpy as np
import pytest
import torch

from motion_transfer.domain.landmarks import Detections, LandmarkLayout, Landmarks2D, Landmarks3D
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.video import ImageSize

NAMES = ("nose", "left_knee", "right_knee", "mouth_left", "mouth_right")


def test_a_symmetric_bias_is_mirrored_to_the_other_side() -> None:
    layout = LandmarkLayout.symmetric(NAMES, {"knee": (0.03, 0.02, 0.01), "mouth": (0.005, 0.0, 0.0)})
    assert torch.equal(layout.bias_m[1] * torch.tensor([-1.0, 1, 1]), layout.bias_m[2])
    assert layout.bias_m[layout.index("left_knee")].tolist() == pytest.approx([0.03, 0.02, 0.01])
    assert layout.bias_m[:, 0].tolist() == pytest.approx([0, 0.03, -0.03, 0.005, -0.005])


def test_a_kind_without_a_measured_bias_has_none() -> None:
    assert (LandmarkLayout.symmetric(NAMES, {}).bias_m == 0).all()


def test_a_layout_is_refused_for_what_needs_more_landmarks() -> None:
    layout = LandmarkLayout.symmetric(NAMES, {})
    layout.require(("nose", "left_knee"), "sitting")
    with pytest.raises(ValueError, match=r"expected a detector whose landmarks suffice for walking, got .* left_toe;"):
        layout.require(("nose", "left_toe"), "walking")


def test_a_landmark_that_is_not_given_is_named_in_one_line() -> None:
    with pytest.raises(ValueError, match="expected a detector that gives the landmark left_toe, got one without"):
        LandmarkLayout.symmetric(NAMES, {}).index("left_toe")


def test_detections_have_as_many_landmarks_as_their_layout() -> None:
    size = ImageSize(height=2, width=2)
    confidence = torch.ones(1, 4)
    with pytest.raises(ValueError, match="expected 5 landmarks, as the layout names them, got 4"):
        Detections(
            layout=LandmarkLayout.symmetric(NAMES, {}),
            landmarks_2d=Landmarks2D(xy_px=torch.zeros(1, 4, 2), confidence=confidence),
            landmarks_3d=Landmarks3D(xyz_m=torch.zeros(1, 4, 3), confidence=confidence),
            masks=Masks(compressed=(Masks.compress(np.zeros((2, 2), np.uint8)),), size=size),
            size=size,
            fps=Fraction(25),
        )


@pytest.mark.parametrize("names", [("nose",), ("nose", "nose")])
def test_every_landmark_has_one_name_and_one_bias(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="expected one bias for each landmark, no name twice"):
        LandmarkLayout(names=names, bias_m=torch.zeros(2, 3))
