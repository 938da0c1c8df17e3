"""PSNR, SSIM and motion-compensated flicker of predicted frames against true ones, streamed over a clip."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from motion_transfer.domain.video import Frame

Mask = Bool[np.ndarray, "height width"] | UInt8[np.ndarray, "height width"] | Float[np.ndarray, "height width"]

HIGHEST_PSNR_DB = 100.0  # of identical frames, within a clip's mean: about one grey level of error in the whole frame
FLOW_MARGIN_PX = 48  # around the mask, so that flow at its rim is estimated from both sides
SMALLEST_FLOW_PX = 64  # optical flow needs a few octaves; smaller pictures are padded


def psnr(a: Frame, b: Frame, mask: Mask | None = None) -> float:
    """Peak signal-to-noise ratio in dB: 10 log10(255^2 / mean squared error), over pixels and channels.

    Args:
        mask: weight of each pixel: bool, uint8 (255 counts fully) or float in [0, 1]; None weighs all alike.

    Returns:
        Infinity where the frames agree exactly; NaN where the mask is empty.

    Raises:
        ValueError: the frames or the mask differ in size.
    """
    _check_sizes(a, b)
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


def ssim(a: Frame, b: Frame) -> float:
    """Structural similarity, the mean of the three colour channels; 1 for equal frames.

    Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004, eq. 13, with its
    Gaussian window of 11x11 pixels and standard deviation 1.5, K1 = 0.01, K2 = 0.03, L = 255. As in the authors'
    program only windows that lie wholly inside the picture count.

    Raises:
        ValueError: the frames differ in size or are smaller than the window.
    """
    _check_sizes(a, b)
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


def flicker(
    previous: Frame,
    current: Frame,
    true_previous: Frame | None = None,
    true_current: Frame | None = None,
    mask: Mask | None = None,
) -> float:
    """Mean absolute change (0-255) between two consecutive frames that motion does not explain.

    The previous frame is warped onto the current one by dense inverse search flow (Kroeger et al., "Fast optical flow
    using dense inverse search", 2016) and subtracted; a plain difference would mostly show the motion itself. The flow
    is that of the true frames where they are given, so that a prediction cannot explain its flicker as motion. True
    footage does not score 0 (noise, occlusion, flow errors) and blur lowers the score: compare with that of the truth.

    Args:
        mask: where to measure, in the current frame; pixels whose origin lies outside the picture never count.

    Returns:
        NaN where nothing is left to measure.

    Raises:
        ValueError: the frames differ in size, or only one of the true frames is given.
    """
    compensated = _Compensation.estimate(previous, current, true_previous, true_current, mask)
    return compensated.difference(previous, current)


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
                compensated = _Compensation.estimate(before, prediction, true_before, truth, person_mask)
                self._gather("flicker", compensated.difference(before, prediction))
                self._gather("flicker_of_truth", compensated.difference(true_before, truth))
        self._previous = (prediction.copy(), None if truth is None else truth.copy())

    def summary(self) -> dict[str, float | int]:
        """The clip's scores: each the mean over frames of the frame's score, NaN where no frame had one.

        `psnr` is thus the mean of the frames' PSNR (not the PSNR of the mean error), identical frames counting as
        100 dB. `flicker_of_truth` is what the true frames score inside the same mask by the same flow.
        """
        names = ("psnr", "ssim", "psnr_person", "psnr_person_without_held", "flicker", "flicker_of_truth")
        means: dict[str, float | int] = {}
        for name in names:
            total, count = self._sums.get(name, (0.0, 0))
            means[name] = total / count if count else float("nan")
        return means | {"frames": self._frames}

    def _gather(self, name: str, score: float) -> None:
        if np.isnan(score):
            return
        total, count = self._sums.get(name, (0.0, 0))
        self._sums[name] = (total + (min(score, HIGHEST_PSNR_DB) if name.startswith("psnr") else score), count + 1)


@dataclass(frozen=True)
class _Compensation:
    """Where each pixel of a region of the current frame comes from in the previous frame."""

    rows: slice
    columns: slice
    from_x_px: Float[np.ndarray, "height width"]
    from_y_px: Float[np.ndarray, "height width"]
    weight: Float[np.ndarray, "height width"]

    @staticmethod
    def estimate(
        previous: Frame, current: Frame, true_previous: Frame | None, true_current: Frame | None, mask: Mask | None
    ) -> "_Compensation":
        if (true_previous is None) != (true_current is None):
            raise ValueError("expected both true frames or neither, got one; pass the true frame of each prediction")
        seen_before = previous if true_previous is None else true_previous
        seen = current if true_current is None else true_current
        for frame in (current, seen_before, seen):
            _check_sizes(previous, frame)
        height, width = current.shape[:2]
        weight = np.ones((height, width), np.float32) if mask is None else mask_weight(mask, current)
        rows, columns = _around(weight.any(1)), _around(weight.any(0))
        weight = weight[rows, columns]
        flow = (
            _flow(seen[rows, columns], seen_before[rows, columns]) if weight.size else np.zeros((0, 0, 2), np.float32)
        )
        x = flow[..., 0] + np.arange(columns.start, columns.stop, dtype=np.float32)
        y = flow[..., 1] + np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
        return _Compensation(rows, columns, x, y, weight * inside)

    def difference(self, previous: Frame, current: Frame) -> float:
        total = float(self.weight.sum(dtype=np.float64))
        if total <= 0:
            return float("nan")
        warped = cv2.remap(previous, self.from_x_px, self.from_y_px, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        change = np.abs(warped.astype(np.float32) - current[self.rows, self.columns]).mean(-1)
        return float((change * self.weight).sum(dtype=np.float64)) / total


def mask_weight(mask: Mask, frame: Frame) -> Float[np.ndarray, "height width"]:
    """The mask as weights in [0, 1]: bool, uint8 (255 is 1) or float already in [0, 1].

    Raises:
        ValueError: the mask's size is not the frame's.
    """
    if mask.shape != frame.shape[:2]:
        raise ValueError(
            f"expected a mask of the frame's size {frame.shape[:2]}, got {mask.shape}; resize the mask first"
        )
    return mask.astype(np.float32) / (255 if mask.dtype == np.uint8 else 1)


def _check_sizes(a: Frame, b: Frame) -> None:
    if a.shape != b.shape:
        raise ValueError(f"expected two frames of one size, got {a.shape} and {b.shape}; resize one of them first")


def _window_mean(
    values: Float[np.ndarray, "height width 3"],
) -> Float[np.ndarray, "inner_height inner_width 3"]:
    return cv2.GaussianBlur(values, (11, 11), 1.5)[5:-5, 5:-5]


def _around(occupied: Bool[np.ndarray, "length"]) -> slice:
    """The occupied range with a margin, within bounds."""
    index = np.flatnonzero(occupied)
    if not len(index):
        return slice(0, 0)
    return slice(max(int(index[0]) - FLOW_MARGIN_PX, 0), min(int(index[-1]) + 1 + FLOW_MARGIN_PX, len(occupied)))


def _flow(at: Frame, to: Frame) -> Float[np.ndarray, "height width 2"]:
    """Displacement in pixels, for each pixel of `at`, to the same thing in `to`."""
    height, width = at.shape[:2]
    below, beside = max(SMALLEST_FLOW_PX - height, 0), max(SMALLEST_FLOW_PX - width, 0)
    grey = [
        cv2.copyMakeBorder(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), 0, below, 0, beside, cv2.BORDER_REPLICATE)
        for frame in (at, to)
    ]
    estimator = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return estimator.calc(grey[0], grey[1], np.zeros((*grey[0].shape, 2), np.float32))[:height, :width]
