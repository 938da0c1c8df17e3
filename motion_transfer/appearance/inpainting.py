"""Picture with holes in -> whole picture: the background that no frame shows, made up from what is around it.

Every inpainter calls `advance` at least twice a second while it works, in the thread that it was called from. What
`advance` raises ends the work, so that a run can be cancelled.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Protocol, TypeVar, runtime_checkable

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8

from motion_transfer.appearance.anisotropic_diffusion import fill_by_diffusion
from motion_transfer.training.deep_image_prior import DeepImagePrior

logger = logging.getLogger(__name__)

Picture = UInt8[np.ndarray, "height width 3"]
Known = Bool[np.ndarray, "height width"]
Result = TypeVar("Result")

TELEA_RADIUS_PX = 5
DETAIL_PX = 3.0  # standard deviation of the filter that parts colours from detail
MAX_DETAIL = 2.5  # times the mean detail around the hole
POLL_S = 0.2


@runtime_checkable
class Inpainter(Protocol):
    """A way to fill the unknown pixels of a picture."""

    def __call__(self, picture: Picture, known: Known, advance: Callable[[], None]) -> Picture:
        """Fill the pixels that are not known.

        Args:
            picture: values at unknown pixels do not change the result.
            known: true at the pixels that are given; at least one is.
            advance: called while it works; what it raises ends the work.

        Returns:
            The filled picture; its values at known pixels are not used.
        """
        ...


class TeleaInpainter:
    """Spreads the colours of the rim inward (Telea 2004): fast, but smeared."""

    def __call__(self, picture: Picture, known: Known, advance: Callable[[], None]) -> Picture:
        """Fill the pixels that are not known."""
        missing = (~known).astype(np.uint8)
        return run_polled(lambda: cv2.inpaint(picture, missing, TELEA_RADIUS_PX, cv2.INPAINT_TELEA), advance)


class PatchInpainter:
    """Lays shifted patches of the picture into the hole (shift-map inpainting; Pritch, Kav-Venaki and Peleg 2009).

    Patches keep the texture of grass and walls, where diffusion would blur. Only their detail is taken, no stronger
    than the detail at the rim, so that no window is copied to a bare wall; the colours come from anisotropic diffusion.
    Where the patches cannot be laid the colours alone are taken, and a warning is logged.
    """

    def __call__(self, picture: Picture, known: Known, advance: Callable[[], None]) -> Picture:
        """Fill the pixels that are not known."""
        return run_polled(lambda: self._fill(picture, known), advance)

    def _fill(self, picture: Picture, known: Known) -> Picture:
        colours = fill_by_diffusion(picture.astype(np.float32), ~known)
        lab = cv2.cvtColor(picture, cv2.COLOR_RGB2Lab)
        patches = np.zeros_like(lab)
        try:
            cv2.xphoto.inpaint(lab, known.astype(np.uint8) * 255, patches, cv2.xphoto.INPAINT_SHIFTMAP)
        except cv2.error:
            logger.warning("the background's holes are filled smoothly: they are too large for patches of the picture")
            return colours.clip(0, 255).round().astype(np.uint8)
        detail = _detail(cv2.cvtColor(patches, cv2.COLOR_Lab2RGB).astype(np.float32))
        limit = MAX_DETAIL * _mean_detail(colours, known)
        return (colours + detail.clip(-limit, limit)).clip(0, 255).round().astype(np.uint8)


class DeepImagePriorInpainter:
    """Fits an untrained network to the known pixels (deep image prior): lines go on, but fine texture is lost.

    The fit is done on a smaller picture, because its cost grows with the number of pixels.

    Args:
        prior: the network and how it is fitted.
        longest_side_px: of the smaller picture; one that is no longer keeps its size.

    Raises:
        ValueError: the longest side is too short for a picture.
    """

    def __init__(self, prior: DeepImagePrior, longest_side_px: int) -> None:
        if longest_side_px < 64:
            raise ValueError(f"expected longest_side_px of at least 64, got {longest_side_px}; try 128")
        self.prior, self.longest_side_px = prior, longest_side_px

    def __call__(self, picture: Picture, known: Known, advance: Callable[[], None]) -> Picture:
        """Fill the pixels that are not known."""
        height, width = known.shape
        scale = min(1.0, self.longest_side_px / max(height, width))
        size = tuple(max(self.prior.smallest_side_px, round(side * scale)) for side in (width, height))
        shown = known.astype(np.float32)
        weight = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
        # Only known pixels count in a mean over pixels: what stands in the hole must not bleed out of it.
        summed = cv2.resize(picture * shown[..., None], size, interpolation=cv2.INTER_AREA)
        small = torch.from_numpy(summed / np.maximum(weight, 1e-6)[..., None] / 255).permute(2, 0, 1).float()
        filled = self.prior(small.contiguous(), torch.from_numpy(weight > 0.5), advance).rgb.permute(1, 2, 0).numpy()
        full = cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC)
        return (full * 255).round().clip(0, 255).astype(np.uint8)


def inpaint_holes(
    picture: Picture, known: Known, inpainter: Inpainter, advance: Callable[[], None] = lambda: None
) -> Picture:
    """Fill the unknown pixels from the part of the picture around them; known pixels stay as they are.

    Raises:
        ValueError: nothing is known.
    """
    if known.all():
        return picture
    if not known.any():
        raise ValueError(
            "expected a background that some frame shows, found none; use a clip in which the person moves"
        )
    rows, columns = np.nonzero(~known)
    reach = 2 * max(np.ptp(rows), np.ptp(columns)) // 3 + 16
    around = (
        slice(max(0, rows.min() - reach), min(len(picture), rows.max() + reach)),
        slice(max(0, columns.min() - reach), min(picture.shape[1], columns.max() + reach)),
    )
    known_around = np.ascontiguousarray(known[around])
    filled = inpainter(np.ascontiguousarray(picture[around]), known_around, advance)
    result = picture.copy()
    result[around][~known_around] = filled[~known_around]
    return result


def run_polled(work: Callable[[], Result], advance: Callable[[], None]) -> Result:
    """The result of library calls that cannot be interrupted, run in a thread while `advance` is called here.

    What `advance` raises is raised at once; the thread ends by itself, and its result is dropped.
    """
    executor = ThreadPoolExecutor(1, "inpaint")
    future = executor.submit(work)
    try:
        while not future.done():
            advance()
            wait([future], timeout=POLL_S)
    finally:
        executor.shutdown(wait=False)
    return future.result()


def _detail(picture: Float[np.ndarray, "height width 3"]) -> Float[np.ndarray, "height width 3"]:
    return picture - cv2.GaussianBlur(picture, (0, 0), DETAIL_PX)


def _mean_detail(colours: Float[np.ndarray, "height width 3"], known: Known) -> Float[np.ndarray, "height width 1"]:
    """Mean absolute detail around every pixel; in the hole, that of its rim."""
    around = cv2.GaussianBlur(np.abs(_detail(colours)).mean(-1), (0, 0), DETAIL_PX)
    reach = 2 * round(DETAIL_PX) + 1
    smoothed = cv2.dilate((~known).astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0  # by the filling itself
    return fill_by_diffusion(around[..., None], ~known if smoothed.all() else smoothed)
