"""PSNR, SSIM and the scores of a clip."""

import math

import numpy as np
import pytest
import torch
from checked_shapes import unchecked
from random_pictures import noise, texture
from torchmetrics.functional import peak_signal_noise_ratio
from torchmetrics.functional.image import structural_similarity_index_measure

from motion_transfer.evaluation.metrics import ClipScore, mean_psnr, psnr, ssim


def channels_first(frame: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(frame).permute(2, 0, 1)[None].double()


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


def mean_ssim_inside(a: np.ndarray, b: np.ndarray) -> float:
    """Of the windows that lie wholly inside the picture; torchmetrics' own mean counts reflected borders too."""
    _, similarity = structural_similarity_index_measure(
        channels_first(a), channels_first(b), data_range=255.0, return_full_image=True
    )
    return float(similarity[..., 5:-5, 5:-5].mean())


@pytest.mark.slow
@pytest.mark.parametrize(("height", "width"), [(24, 30), (120, 160)])
def test_psnr_and_ssim_are_those_of_torchmetrics(height: int, width: int) -> None:
    a = texture(height, width)
    b = np.clip(a.astype(int) + np.random.default_rng(0).normal(5, 20, a.shape), 0, 255).astype(np.uint8)
    for first, second in ((a, b), (noise(1, height, width), noise(2, height, width))):
        assert ssim(first, second) == pytest.approx(mean_ssim_inside(first, second), abs=1e-5)
        expected = peak_signal_noise_ratio(channels_first(first), channels_first(second), data_range=255.0)
        assert psnr(first, second) == pytest.approx(float(expected), abs=1e-4)
    assert ssim(a, a) == pytest.approx(1, abs=1e-6)


def test_frames_of_different_size_and_frames_below_the_window_are_refused() -> None:
    with unchecked(), pytest.raises(ValueError, match="one size"):
        psnr(noise(0), noise(0, 41))
    with pytest.raises(ValueError, match="11x11"):
        ssim(noise(0, 10, 30), noise(0, 10, 30))
    with unchecked(), pytest.raises(ValueError, match="mask"):
        psnr(noise(0), noise(1), np.ones((3, 3), bool))


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


def test_the_flicker_is_told_over_that_of_the_truth() -> None:
    """A still picture, whose truth changes by 4 grey levels and whose result by 10."""
    still = texture().clip(20, 200)
    score = ClipScore()
    for step in range(3):
        score.add(still + np.uint8(10 * (step % 2)), still + np.uint8(4 * (step % 2)), None)
    summary = score.summary()
    assert summary["flicker"] == pytest.approx(10, abs=0.6)
    assert summary["flicker_ratio"] == summary["flicker"] / summary["flicker_of_truth"]
    assert summary["flicker_ratio"] == pytest.approx(2.5, abs=0.4)
    assert math.isnan(ClipScore().summary()["flicker_ratio"])


def test_a_mean_psnr_caps_identical_frames_and_leaves_out_frames_without_a_person() -> None:
    assert mean_psnr([20.0, math.inf, math.nan]) == 60
    assert math.isnan(mean_psnr([math.nan]))


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
