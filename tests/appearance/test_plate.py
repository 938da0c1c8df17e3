"""The background plate: a median of what frames show beside the person."""

import cv2
import numpy as np
import pytest
from person_before_wall import SIZE, clip, mask_at, wall

from motion_transfer.appearance.inpainting import PatchInpainter
from motion_transfer.appearance.plate import MAX_SAMPLES, Plate, build_plate, person_region, sampled_frames


def plate_of(lefts: list[int]) -> Plate:
    video, masks = clip(lefts)
    return build_plate(video, masks, sampled_frames(video, masks), PatchInpainter())


def test_the_plate_is_the_background_wherever_it_was_seen() -> None:
    plate = plate_of(list(range(10, 150, 10)))
    assert plate.known.all()
    assert np.abs(plate.rgb.astype(int) - wall()).mean() < 1.5
    assert np.abs(plate.rgb.astype(int) - wall()).max() < 12


@pytest.mark.slow
def test_what_was_never_seen_is_filled_from_around() -> None:
    plate = plate_of([60, 62, 64, 66, 64, 62])
    hidden = mask_at(66) & mask_at(60) > 0
    assert not plate.known[hidden].any()
    assert plate.known[:, :50].all()
    assert plate.known[:, 115:].all()
    error = np.abs(plate.rgb.astype(int) - wall())
    assert error[plate.known].mean() < 2
    assert error[hidden].mean() < 30
    assert plate.rgb[hidden][:, 0].max() < 190  # none of the person's red


def test_the_persons_region_has_a_margin() -> None:
    _, masks = clip([60])
    small = cv2.resize(masks[0], (100, 80), interpolation=cv2.INTER_AREA)
    region = person_region(small, SIZE, 0.05)
    assert region[mask_at(60) > 0].all()
    assert region[80, 54]
    assert not region[80, 40]


def test_what_only_a_few_frames_of_a_long_clip_show_is_taken_from_them() -> None:
    """The person stands at one place, but for three frames that lie between those of an even choice."""
    lefts = [60] * 170
    lefts[60:63] = [120] * 3
    video, masks = clip(lefts)
    chosen = sampled_frames(video, masks)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == MAX_SAMPLES
    assert {60, 61, 62} <= set(chosen)
    plate = build_plate(video, masks, chosen, PatchInpainter())
    assert plate.known.all()
    assert np.abs(plate.rgb.astype(int) - wall()).max() < 16


def test_a_short_clip_is_sampled_whole_and_a_still_one_evenly_enough() -> None:
    assert sampled_frames(*clip([60] * 7)) == list(range(7))
    still = sampled_frames(*clip([60] * 100))
    assert len(set(still)) == MAX_SAMPLES
    assert max(np.diff(still)) <= 100 / (0.7 * MAX_SAMPLES) + 1
    assert still[0] == 0
    assert still[-1] == 99
