"""PSNR, SSIM, flicker and their accumulation over a clip."""

import math

import cv2
import numpy as np
import pytest

from motion_transfer.evaluation.metrics import ClipScore, flicker, psnr, ssim


def noise(seed: int, height: int = 40, width: int = 52) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def texture(height: int = 120, width: int = 160) -> np.ndarray:
    """Smooth blobs, in which flow can be found everywhere."""
    blurred = cv2.GaussianBlur(noise(3, height, width).astype(np.float32), (0, 0), 3)
    return np.clip((blurred - blurred.mean()) * 8 + 128, 0, 255).astype(np.uint8)


def slow_ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Equation 13 window by window."""
    axis = np.arange(-5, 6)
    window = np.exp(-(axis[:, None] ** 2 + axis**2) / (2 * 1.5**2))
    window /= window.sum()
    scores = []
    for channel in range(3):
        for y in range(5, a.shape[0] - 5):
            for x in range(5, a.shape[1] - 5):
                p = a[y - 5 : y + 6, x - 5 : x + 6, channel].astype(float)
                q = b[y - 5 : y + 6, x - 5 : x + 6, channel].astype(float)
                mean_p, mean_q = (window * p).sum(), (window * q).sum()
                variance_p = (window * (p - mean_p) ** 2).sum()
                variance_q = (window * (q - mean_q) ** 2).sum()
                covariance = (window * (p - mean_p) * (q - mean_q)).sum()
                scores.append(
                    (2 * mean_p * mean_q + 2.55**2)
                    * (2 * covariance + 7.65**2)
                    / ((mean_p**2 + mean_q**2 + 2.55**2) * (variance_p + variance_q + 7.65**2))
                )
    return float(np.mean(scores))


def test_psnr_of_an_error_of_one_level_is_48_13_db() -> None:
    a = np.full((20, 20, 3), 100, np.uint8)
    assert psnr(a, a + 1) == pytest.approx(20 * math.log10(255), abs=1e-4)
    assert psnr(a, a) == math.inf


def test_masked_psnr_sees_only_the_mask_and_weighs_soft_pixels() -> None:
    a, b = np.zeros((10, 10, 3), np.uint8), np.zeros((10, 10, 3), np.uint8)
    b[:5], b[5:] = 10, 20
    top = np.zeros((10, 10), bool)
    top[:5] = True
    assert psnr(a, b, top) == pytest.approx(10 * math.log10(255**2 / 100))
    assert psnr(a, b, top.astype(np.uint8) * 255) == pytest.approx(psnr(a, b, top))
    soft = np.where(top, 1.0, 0.25).astype(np.float32)
    assert psnr(a, b, soft) == pytest.approx(10 * math.log10(255**2 / ((100 + 0.25 * 400) / 1.25)), abs=1e-5)
    assert math.isnan(psnr(a, b, np.zeros((10, 10), bool)))


def test_ssim_agrees_with_its_definition() -> None:
    a = texture(24, 30)
    b = np.clip(a.astype(int) + np.random.default_rng(0).normal(5, 20, a.shape), 0, 255).astype(np.uint8)
    assert ssim(a, b) == pytest.approx(slow_ssim(a, b), abs=1e-5)
    assert ssim(noise(1, 24, 30), noise(2, 24, 30)) == pytest.approx(
        slow_ssim(noise(1, 24, 30), noise(2, 24, 30)), abs=1e-5
    )
    assert ssim(a, a) == pytest.approx(1, abs=1e-6)


def test_frames_of_different_size_and_frames_below_the_window_are_refused() -> None:
    with pytest.raises(ValueError, match="one size"):
        psnr(noise(0), noise(0, 41))
    with pytest.raises(ValueError, match="11x11"):
        ssim(noise(0, 10, 30), noise(0, 10, 30))
    with pytest.raises(ValueError, match="mask"):
        psnr(noise(0), noise(1), np.ones((3, 3), bool))
    with pytest.raises(ValueError, match="both true frames"):
        flicker(noise(0), noise(1), noise(0))


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


def test_a_clips_psnr_is_the_mean_of_its_frames_and_empty_masks_do_not_count() -> None:
    truth = texture(48, 64)
    person = np.zeros((48, 64), bool)
    person[10:30, 10:30] = True
    held = np.zeros((48, 64), bool)
    held[10:20, 10:30] = True
    spoiled = truth.copy()
    spoiled[10:20, 10:30] = 255 - spoiled[10:20, 10:30]
    score = ClipScore()
    score.add(spoiled, truth, person, held)
    score.add(truth // 2, truth, np.zeros_like(person))
    score.add(truth // 2, truth, None)
    summary = score.summary()
    assert summary["frames"] == 3
    assert summary["psnr"] == pytest.approx((psnr(spoiled, truth) + 2 * psnr(truth // 2, truth)) / 3)
    assert summary["psnr_person"] == pytest.approx(psnr(spoiled, truth, person))
    assert summary["psnr_person_without_held"] == 100
    assert summary["flicker_of_truth"] == pytest.approx(0, abs=0.05)


def test_a_clip_without_truth_has_flicker_alone_and_cuts_do_not_flicker() -> None:
    score = ClipScore()
    score.add(texture(), None, None)
    score.add(texture(), None, None)
    score.add(255 - texture(), None, None, starts_shot=True)
    summary = score.summary()
    assert summary["flicker"] == pytest.approx(0, abs=0.05)
    assert math.isnan(summary["psnr"])
    assert math.isnan(summary["psnr_person"])
    assert math.isnan(ClipScore().summary()["flicker"])
