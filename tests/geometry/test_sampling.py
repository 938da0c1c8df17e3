from itertools import pairwise

import pytest

from motion_transfer.geometry.sampling import evenly_spaced, part_centres


def test_evenly_spaced_frames_reach_from_the_first_to_the_last() -> None:
    assert evenly_spaced(101, 5) == [0, 25, 50, 75, 100]
    assert evenly_spaced(1, 3) == [0]


@pytest.mark.parametrize("pick", [evenly_spaced, part_centres])
def test_a_short_clip_is_taken_whole(pick) -> None:
    assert pick(5, 10) == [0, 1, 2, 3, 4]
    assert pick(0, 5) == []


@pytest.mark.parametrize("pick", [evenly_spaced, part_centres])
def test_gaps_between_picked_frames_differ_by_one_at_most(pick) -> None:
    for count in range(7, 60):
        picked = pick(count, 7)
        gaps = {after - before for before, after in pairwise(picked)}
        assert len(picked) == 7
        assert max(gaps) - min(gaps) <= 1


def test_a_part_is_represented_by_its_centre() -> None:
    assert part_centres(10, 5) == [1, 3, 5, 7, 9]
