"""Picture with holes in -> whole picture: what no frame shows of the background, made up from what is around it."""

import logging
from typing import Protocol

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8

from motion_transfer.appearance.anisotropic_diffusion import fill_by_diffusion
from motion_transfer.training.deep_image_prior import DeepImagePrior

logger = logging.getLogger(__name__)

TELEA_RADIUS_PX = 5
DETAIL_PX = 3.0  # deviation of the filter that parts colours from detail
MOST_DETAIL = 2.5  # times what is usual at the rim


class Inpainter(Protocol):
    """A way to fill holes."""

    def __call__(
        self, area: UInt8[np.ndarray, "height width 3"], missing: Bool[np.ndarray, "height width"]
    ) -> UInt8[np.ndarray, "height width 3"]:
        """Give the area with its missing pixels filled; what it gives elsewhere is not used."""
        ...


class TeleaInpainter:
    """Colours spread inward from the rim (Telea 2004): at once, but smeared."""

    def __call__(
        self, area: UInt8[np.ndarray, "height width 3"], missing: Bool[np.ndarray, "height width"]
    ) -> UInt8[np.ndarray, "height width 3"]:
        return cv2.inpaint(area, missing.astype(np.uint8), TELEA_RADIUS_PX, cv2.INPAINT_TELEA)


class PatchInpainter:
    """Shifted pieces of the picture around (shift-map inpainting; Pritch, Kav-Venaki and Peleg 2009).

    Pieces keep the texture of grass and walls, where diffusion would blur; only their detail is taken, no stronger than
    the detail at the hole's rim, so that no window is copied to a bare wall. Colours are filled in level. Where the
    pieces cannot be laid colours alone are taken, and it is logged.
    """

    def __call__(
        self, area: UInt8[np.ndarray, "height width 3"], missing: Bool[np.ndarray, "height width"]
    ) -> UInt8[np.ndarray, "height width 3"]:
        colours = fill_by_diffusion(area.astype(np.float32), missing)
        lab = cv2.cvtColor(area, cv2.COLOR_RGB2Lab)
        pieces = np.zeros_like(lab)
        try:
            cv2.xphoto.inpaint(lab, (~missing).astype(np.uint8) * 255, pieces, cv2.xphoto.INPAINT_SHIFTMAP)
        except cv2.error:
            logger.warning("the background's holes are filled smoothly: they are too large for pieces of the picture")
            return colours.clip(0, 255).round().astype(np.uint8)
        detail = _detail(cv2.cvtColor(pieces, cv2.COLOR_Lab2RGB).astype(np.float32))
        most = MOST_DETAIL * _usual_detail(colours, missing)
        return (colours + detail.clip(-most, most)).clip(0, 255).round().astype(np.uint8)


def _detail(picture: Float[np.ndarray, "height width 3"]) -> Float[np.ndarray, "height width 3"]:
    return picture - cv2.GaussianBlur(picture, (0, 0), DETAIL_PX)


def _usual_detail(
    colours: Float[np.ndarray, "height width 3"], missing: Bool[np.ndarray, "height width"]
) -> Float[np.ndarray, "height width 1"]:
    """Mean absolute detail around every pixel; in the hole, that of its rim."""
    around = cv2.GaussianBlur(np.abs(_detail(colours)).mean(-1), (0, 0), DETAIL_PX)
    reach = 2 * round(DETAIL_PX) + 1
    smoothed = cv2.dilate(missing.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0  # by the filling itself
    return fill_by_diffusion(around[..., None], missing if smoothed.all() else smoothed)


class DeepImagePriorInpainter:
    """An untrained network fitted to what is known (deep image prior): lines go on, but fine texture is lost.

    The fit is done on the area made smaller, whose cost grows with its pixels.

    Args:
        prior: what is fitted.
        longest_side_px: of the smaller area; one that is no longer stays as it is.

    Raises:
        ValueError: the longest side is too short for a picture.
    """

    def __init__(self, prior: DeepImagePrior, longest_side_px: int) -> None:
        if longest_side_px < 64:
            raise ValueError(f"expected longest_side_px of at least 64, got {longest_side_px}; try 128")
        self.prior, self.longest_side_px = prior, longest_side_px

    def __call__(
        self, area: UInt8[np.ndarray, "height width 3"], missing: Bool[np.ndarray, "height width"]
    ) -> UInt8[np.ndarray, "height width 3"]:
        height, width = missing.shape
        scale = min(1.0, self.longest_side_px / max(height, width))
        size = tuple(max(self.prior.smallest_side_px, round(side * scale)) for side in (width, height))
        shown = (~missing).astype(np.float32)
        share = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
        # Only known pixels count in a mean over pixels: what stands in the hole must not bleed out of it.
        summed = cv2.resize(area * shown[..., None], size, interpolation=cv2.INTER_AREA)
        small = torch.from_numpy(summed / np.maximum(share, 1e-6)[..., None] / 255).permute(2, 0, 1).float()
        filled = self.prior(small.contiguous(), torch.from_numpy(share > 0.5)).rgb.permute(1, 2, 0).numpy()
        full = cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC)
        return (full * 255).round().clip(0, 255).astype(np.uint8)


def inpaint_holes(
    rgb: UInt8[np.ndarray, "height width 3"], known: Bool[np.ndarray, "height width"], inpainter: Inpainter
) -> UInt8[np.ndarray, "height width 3"]:
    """Fill pixels that no frame shows from the picture around them; known pixels stay as they are.

    Raises:
        ValueError: nothing is known.
    """
    if known.all():
        return rgb
    if not known.any():
        raise ValueError(
            "expected a background that some frame shows, found none; use a clip in which the person moves"
        )
    rows, columns = np.nonzero(~known)
    reach = 2 * max(np.ptp(rows), np.ptp(columns)) // 3 + 16
    around = (
        slice(max(0, rows.min() - reach), min(len(rgb), rows.max() + reach)),
        slice(max(0, columns.min() - reach), min(rgb.shape[1], columns.max() + reach)),
    )
    missing = np.ascontiguousarray(~known[around])
    filled = inpainter(np.ascontiguousarray(rgb[around]), missing)
    result = rgb.copy()
    result[around][missing] = filled[missing]
    return result
