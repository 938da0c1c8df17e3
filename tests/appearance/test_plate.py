"""The background plate: a median of what frames show beside the person."""

import cv2
import numpy as np
import pytest
from person_before_wall import SIZE, clip, mask_at, wall

from motion_transfer.appearance.inpainting import PatchInpainter
from motion_transfer.appearance.plate import build_plate, person_region


def test_the_plate_is_the_background_wherever_it_was_seen() -> None:
    plate = build_plate(*clip(list(range(10, 150, 10))), PatchInpainter())
    assert plate.known.all()
    assert np.abs(plate.rgb.astype(int) - wall()).mean() < 1.5
    assert np.abs(plate.rgb.astype(int) - wall()).max() < 12


@pytest.mark.slow
def test_what_was_never_seen_is_filled_from_around() -> None:
    plate = build_plate(*clip([60, 62, 64, 66, 64, 62]), PatchInpainter())
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
