"""PSNR and SSIM of predicted frames against true ones, and all scores of a clip, gathered while it streams by."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Float

from motion_transfer.domain.video import Frame
from motion_transfer.evaluation.flicker import MotionCompensation, flicker
from motion_transfer.evaluation.masks import Mask, check_sizes, mask_weight

HIGHEST_PSNR_DB = 100.0  # of identical frames, within a clip's mean: about one grey level of error in the whole frame


def psnr(a: Frame, b: Frame, mask: Mask | None = None) -> float:
    """Peak signal-to-noise ratio in dB: 10 log10(255^2 / mean squared error), over pixels and channels.

    Args:
        mask: weight of each pixel: bool, uint8 (255 counts fully) or float in [0, 1]; None weighs all alike.

    Returns:
        Infinity where the frames agree exactly; NaN where the mask is empty.

    Raises:
        ValueError: the frames or the mask differ in size.
    """
    check_sizes(a, b)
    squared = np.square(a.astype(np.float32) - b.astype(np.float32)).mean(-1)
    if mask is None:
        error = float(squared.mean(dtype=np.float64))
    else:
        weight = mask_weight(mask, a)
        total = float(weight.sum(dtype=np.float64))
        if total <= 0:
            return float("nan")
        error = float((squared * weight).sum(dtype=np.float64)) / total
    return float("inf") if error == 0 else 10 * float(np.log10(255.0**2 / error))


def mean_psnr(frames_db: Sequence[float]) -> float:
    """The mean of the frames' PSNR in dB: identical frames count as 100 dB, NaN is left out; NaN without a value."""
    found = [min(score, HIGHEST_PSNR_DB) for score in frames_db if not np.isnan(score)]
    return float(np.mean(found)) if found else float("nan")


def ssim(a: Frame, b: Frame) -> float:
    """Structural similarity, the mean of the three colour channels; 1 for equal frames.

    Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004, eq. 13, with its
    Gaussian window of 11x11 pixels and standard deviation 1.5, K1 = 0.01, K2 = 0.03, L = 255. As in the authors'
    program only windows that lie wholly inside the picture count.

    Raises:
        ValueError: the frames differ in size or are smaller than the window.
    """
    check_sizes(a, b)
    if min(a.shape[:2]) < 11:
        raise ValueError(f"expected frames of at least 11x11 pixels for SSIM, got {a.shape[1]}x{a.shape[0]}")
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    # Variances do not change with an offset; around 0 they lose less to rounding than around 128.
    x, y = a.astype(np.float32) - 128, b.astype(np.float32) - 128
    mean_x, mean_y = _window_mean(x), _window_mean(y)
    variances = _window_mean(x * x) + _window_mean(y * y) - mean_x**2 - mean_y**2
    covariance = _window_mean(x * y) - mean_x * mean_y
    mean_x, mean_y = mean_x + 128, mean_y + 128
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    structure = (2 * covariance + c2) / (variances + c2)
    return float((luminance * structure).mean(dtype=np.float64))


@dataclass
class ClipScore:
    """Scores of a clip, gathered frame by frame; only the last pair of frames is kept."""

    _sums: dict[str, tuple[float, int]] = field(default_factory=dict, init=False)
    _previous: tuple[Frame, Frame | None] | None = field(default=None, init=False, repr=False)
    _frames: int = field(default=0, init=False)

    def add(
        self,
        prediction: Frame,
        truth: Frame | None,
        person_mask: Mask | None,
        ignored_mask: Mask | None = None,
        *,
        starts_shot: bool = False,
    ) -> None:
        """Score one frame.

        Args:
            truth: None where no true frame exists; only flicker is then measured.
            person_mask: the person; frames where it is empty or None do not count in the scores of the person.
            ignored_mask: occluders, which the model does not claim to paint.
            starts_shot: the frame does not follow the one before it, so that there is no flicker to measure.
        """
        self._frames += 1
        if truth is not None:
            self._gather("psnr", psnr(prediction, truth))
            self._gather("ssim", ssim(prediction, truth))
            if person_mask is not None:
                person = mask_weight(person_mask, prediction)
                self._gather("psnr_person", psnr(prediction, truth, person))
                if ignored_mask is not None:
                    person = person * (1 - mask_weight(ignored_mask, prediction))
                self._gather("psnr_person_without_held", psnr(prediction, truth, person))
        if self._previous is not None and not starts_shot:
            before, true_before = self._previous
            if truth is None or true_before is None:
                self._gather("flicker", flicker(before, prediction, mask=person_mask))
            else:
                compensated = MotionCompensation.estimate(before, prediction, true_before, truth, person_mask)
                self._gather("flicker", compensated.difference(before, prediction))
                self._gather("flicker_of_truth", compensated.difference(true_before, truth))
        self._previous = (prediction.copy(), None if truth is None else truth.copy())

    def summary(self) -> dict[str, float | int]:
        """The clip's scores: each the mean over frames of the frame's score, NaN where no frame had one.

        `psnr` is thus the mean of the frames' PSNR (not the PSNR of the mean error), identical frames counting as
        100 dB. `flicker_of_truth` is what the true frames score inside the same mask by the same flow, and
        `flicker_ratio` the one over the other: 1 is as steady as the footage, below 1 is a blur.
        """
        names = ("psnr", "ssim", "psnr_person", "psnr_person_without_held", "flicker", "flicker_of_truth")
        means: dict[str, float | int] = {}
        for name in names:
            total, count = self._sums.get(name, (0.0, 0))
            means[name] = total / count if count else float("nan")
        of_truth = means["flicker_of_truth"]
        means["flicker_ratio"] = means["flicker"] / of_truth if of_truth > 0 else float("nan")
        return means | {"frames": self._frames}

    def _gather(self, name: str, score: float) -> None:
        if np.isnan(score):
            return
        total, count = self._sums.get(name, (0.0, 0))
        self._sums[name] = (total + (min(score, HIGHEST_PSNR_DB) if name.startswith("psnr") else score), count + 1)


def _window_mean(
    values: Float[np.ndarray, "height width 3"],
) -> Float[np.ndarray, "inner_height inner_width 3"]:
    return cv2.GaussianBlur(values, (11, 11), 1.5)[5:-5, 5:-5]
