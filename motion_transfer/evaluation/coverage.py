"""Coverage of the driving body by the synthesized alpha: scores for results that have no true frame to compare with.

They find lost limbs and debris; they cannot see a wrong face or a wrong colour. Alpha is in [0, 1], at the
resolution of the rendered body.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int

TRANSPARENT = 0.5  # below this alpha the background shows more than the person
LEAK_MARGIN_PX = 8  # clothes and hair may stand off the body by this much

Alpha = Float[np.ndarray, "height width"]
BodyMask = Bool[np.ndarray, "height width"]


def eroded(body_mask: BodyMask, radius_px: float) -> BodyMask:
    """The pixels of the body that lie farther than `radius_px` from its outline; the picture's border is none."""
    return _distance_inside(body_mask) > radius_px


def missing_inside(alpha: Alpha, body_mask_eroded: BodyMask) -> float:
    """Fraction of the body's inside that was left transparent; NaN where the body has no inside."""
    _check(alpha, body_mask_eroded)
    inside = alpha[body_mask_eroded]
    return float((inside < TRANSPARENT).mean()) if inside.size else float("nan")


def missing_per_part(
    alpha: Alpha, part: Int[np.ndarray, "height width"], body_mask_eroded: BodyMask, part_count: int
) -> Float[np.ndarray, "part"]:
    """Fraction of every body part's inside that was left transparent; NaN for a part of which nothing is visible.

    Args:
        part: index of the body part at each pixel, negative outside the body.
    """
    _check(alpha, part)
    _check(alpha, body_mask_eroded)
    seen = body_mask_eroded & (part >= 0)
    total = np.bincount(part[seen], minlength=part_count).astype(np.float64)
    missing = np.bincount(part[seen & (alpha < TRANSPARENT)], minlength=part_count)
    return np.divide(missing, total, out=np.full(len(total), np.nan), where=total > 0)


def leak(alpha: Alpha, body_mask: BodyMask, margin_px: float = LEAK_MARGIN_PX) -> float:
    """Opacity farther than `margin_px` from the body, as a fraction of the body's area; NaN without a body."""
    _check(alpha, body_mask)
    area = int(body_mask.sum())
    if area == 0:
        return float("nan")
    beyond = _distance_inside(~body_mask) > margin_px
    return float(alpha[beyond].sum(dtype=np.float64)) / area


@dataclass
class CoverageScore:
    """Coverage of a clip, gathered frame by frame.

    Attributes:
        inside_px: how far inside the outline of the body a pixel must lie to have to be opaque.
        part_names: in the order of the part indices.
    """

    inside_px: float
    part_names: tuple[str, ...]
    _missing: list[float] = field(default_factory=list, init=False, repr=False)
    _leaks: list[float] = field(default_factory=list, init=False, repr=False)
    _parts: list[np.ndarray] = field(default_factory=list, init=False, repr=False)

    def add(self, alpha: Alpha, part: Int[np.ndarray, "height width"]) -> None:
        """Score one frame; `part` is the rendered body part at each pixel, negative outside the body."""
        body = part >= 0
        inside = eroded(body, self.inside_px)
        self._missing.append(missing_inside(alpha, inside))
        self._leaks.append(leak(alpha, body))
        self._parts.append(missing_per_part(alpha, part, inside, len(self.part_names)))

    @property
    def missing(self) -> Float[np.ndarray, "frame"]:
        """Fraction of the body's inside that was left transparent in each frame; NaN where none is visible."""
        return np.array(self._missing, np.float64)

    def summary(self) -> dict[str, float | str]:
        """`missing_inside` (mean over frames), `missing_worst_part` with its name, and `leak_p90`; NaN where unseen."""
        per_part = [_mean_seen(column) for column in np.array(self._parts).reshape(-1, len(self.part_names)).T]
        worst = int(np.argmax(np.nan_to_num(per_part, nan=-1)))
        leaks = [leaked for leaked in self._leaks if not np.isnan(leaked)]
        return {
            "missing_inside": _mean_seen(self.missing),
            "missing_worst_part": per_part[worst],
            "worst_part": self.part_names[worst],
            "leak_p90": float(np.quantile(leaks, 0.9)) if leaks else float("nan"),
        }


def _mean_seen(scores: Float[np.ndarray, "frame"]) -> float:
    seen = scores[~np.isnan(scores)]
    return float(seen.mean()) if len(seen) else float("nan")


def _distance_inside(mask: BodyMask) -> Float[np.ndarray, "height width"]:
    """Distance in pixels of every pixel of the mask to the nearest one outside; infinite where there is none."""
    if mask.all():
        return np.full(mask.shape, np.inf, np.float32)
    return np.asarray(cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE))


def _check(alpha: Alpha, other: np.ndarray) -> None:
    if alpha.shape != other.shape:
        raise ValueError(f"expected maps of one size, got {alpha.shape} and {other.shape}; resample the alpha")
