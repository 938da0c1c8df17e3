"""Changes between frames that motion does not explain."""

import math

import numpy as np
import pytest
from random_pictures import noise, texture

from motion_transfer.evaluation.flicker import flicker


def test_motion_is_not_flicker_but_a_change_of_brightness_is() -> None:
    wide = texture(120, 200)
    before, after = wide[:, 20:180], wide[:, 24:184]
    mask = np.zeros((120, 160), bool)
    mask[30:90, 40:120] = True
    plain = float(np.abs(before.astype(float) - after)[mask].mean())
    assert flicker(before, after, mask=mask) < 0.1 * plain
    brighter = np.clip(after.astype(int) + 12, 0, 255).astype(np.uint8)
    measured = flicker(before, brighter, before, after, mask)
    assert measured == pytest.approx(12, abs=1.5)


def test_flicker_ignores_what_lies_outside_the_mask() -> None:
    before = texture()
    after = before.copy()
    after[:, 100:] = noise(8, 120, 60)
    mask = np.zeros((120, 160), np.uint8)
    mask[20:60, 10:40] = 255
    assert flicker(before, after, before, before, mask) == pytest.approx(0, abs=0.05)
    assert math.isnan(flicker(before, after, mask=np.zeros((120, 160), bool)))


def test_flicker_can_be_measured_on_frames_of_a_few_pixels() -> None:
    tiny = noise(0, 12, 9)
    assert flicker(tiny, tiny) == pytest.approx(0, abs=0.5)


def test_one_true_frame_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="both true frames"):
        flicker(noise(0), noise(1), noise(0))
