import pytest
import torch

from motion_transfer.domain.landmarks import LandmarkLayout

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


@pytest.mark.parametrize("names", [("nose",), ("nose", "nose")])
def test_every_landmark_has_one_name_and_one_bias(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="expected one bias for each landmark, no name twice"):
        LandmarkLayout(names=names, bias_m=torch.zeros(2, 3))
