import pytest
import torch

from motion_transfer.geometry.gaps import fill_linear, fill_nearest

TRACK = torch.tensor([9.0, 1.0, 9.0, 9.0, 4.0, 9.0])
KNOWN = torch.tensor([False, True, False, False, True, False])


def test_gaps_are_filled_linearly_between_known_frames() -> None:
    assert fill_linear(TRACK, KNOWN).tolist() == [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]


def test_gaps_are_filled_from_the_nearest_known_frame() -> None:
    assert fill_nearest(TRACK, KNOWN).tolist() == [1.0, 1.0, 1.0, 4.0, 4.0, 4.0]


@pytest.mark.parametrize("fill", [fill_linear, fill_nearest])
def test_a_track_without_a_known_frame_is_refused(fill) -> None:
    with pytest.raises(ValueError, match="at least one known frame"):
        fill(torch.zeros(3), torch.zeros(3, dtype=torch.bool))
