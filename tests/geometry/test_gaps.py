import pytest
import torch

from motion_transfer.geometry.gaps import fill_linear, fill_nearest

TRACK = torch.tensor([9.0, 1.0, 9.0, 9.0, 4.0, 9.0])
KNOWN = torch.tensor([False, True, False, False, True, False])


def test_gaps_are_filled_linearly_between_known_frames() -> None:
    assert fill_linear(TRACK, KNOWN).tolist() == [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]


def test_gaps_are_filled_from_the_nearest_known_frame() -> None:
    assert fill_nearest(TRACK, KNOWN).tolist() == [1.0, 1.0, 1.0, 4.0, 4.0, 4.0]


def test_gaps_are_filled_as_the_matrix_of_all_distances_says() -> None:
    generator = torch.Generator().manual_seed(0)
    known = torch.rand(200, generator=generator) < 0.2
    track = torch.arange(200.0)
    index = known.nonzero().flatten()
    expected = index[(torch.arange(200)[:, None] - index).abs().argmin(1)]  # the earlier of two at one distance
    assert fill_nearest(track, known).tolist() == expected.tolist()


def test_the_memory_for_gaps_does_not_grow_with_the_square_of_the_frames() -> None:
    frames = 500_000  # four and a half hours; a matrix of all distances would hold 1 TB
    assert len(fill_nearest(torch.zeros(frames, 1), torch.full((frames,), True))) == frames


@pytest.mark.parametrize("fill", [fill_linear, fill_nearest])
def test_a_track_without_a_known_frame_is_refused(fill) -> None:
    with pytest.raises(ValueError, match="at least one known frame"):
        fill(torch.zeros(3), torch.zeros(3, dtype=torch.bool))
