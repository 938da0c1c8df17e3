"""What cutting hands and heads out of references has in common."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8
from torch import Tensor, minimum

from motion_transfer.body.posing import PosedBody, ShapedBody
from motion_transfer.prefetch import thread_map
from motion_transfer.references.atlas import Place, lit_place
from motion_transfer.references.frames import References

Picture = TypeVar("Picture")

SOLID = 0.5  # alpha from which a pixel shows the part
LEAST_TRUSTED = 0.98  # of a part's pixels that show nothing which the person holds
NEAREST_M = 0.1  # to the camera


def cut_all(
    body: ShapedBody,
    references: References,
    rows: Sequence[int],
    cut: Callable[[PosedBody, Place], Sequence[Picture]],
) -> list[list[Picture]]:
    """What `cut` takes out of each reference, several side by side: a list of all references for each of its pictures.

    Args:
        rows: the references that are looked at.
    """

    def from_one(row: int) -> Sequence[Picture]:
        posed = body.posed(references.frames.pose[row : row + 1], fingers=False)
        return cut(posed, lit_place(references, row))

    return [list(pictures) for pictures in zip(*thread_map(from_one, rows), strict=True)]


def box_around(
    part_px: Float[Tensor, "vertex 2"], margin_px: float, shape: tuple[int, ...]
) -> tuple[slice, slice] | None:
    """Rows and columns of a picture around a part of the body; None where the part itself leaves the picture.

    Args:
        shape: rows and columns of the picture.
    """
    low, high, most = part_px.amin(0), part_px.amax(0), part_px.new_tensor([shape[1], shape[0]])
    if (low < 0).any() or (high > most).any():
        return None
    left, top = (low - margin_px).clamp(min=0).int().tolist()
    right, bottom = minimum(high + margin_px + 1, most).int().tolist()
    return slice(top, bottom), slice(left, right)


def mean_detail(rgb: UInt8[np.ndarray, "height width 3"], solid: Bool[np.ndarray, "height width"]) -> float:
    """Mean absolute Laplacian within a part."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inner = cv2.erode(solid.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return float(np.abs(cv2.Laplacian(grey, cv2.CV_32F))[inner].mean()) if inner.any() else 0.0
