"""The rim of a painted person without slits: what its references disagree about is closed, or ends there for good."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int

from motion_transfer.body.skeleton import PARTS
from motion_transfer.compiled import compiled

# Shares of the window's height, which the body nearly fills.
SLIT = 0.006  # width of the widest slit within the body that is closed
SURE = 0.016  # inside of the outline, beyond which nothing ends
NOTCH = 0.012  # as wide and as deep as no part of clothes is
FINE_PARTS = tuple(PARTS.index(part) for part in ("head", "left_hand", "right_hand"))  # whose outline has fine things
STEPLESS = 1.5  # pixels of the frame per cell from which cells are interpolated over several pixels
BELIEVED = 0.5  # alpha below which the person has ended


def rim_bounds(
    alpha: Float[np.ndarray, "height width"], covered: Bool[np.ndarray, "height width"], window: int
) -> tuple[Float[np.ndarray, "height width"], Float[np.ndarray, "height width"]]:
    """The least and the largest alpha of every cell, from the alpha that references show and where the body is.

    Poses are not exact: one reference shows grass where another still shows a trouser leg. A narrow slit within the
    body is closed. Where the person has ended on the way out from the middle of a limb, no more of it follows.

    Args:
        window: its height in cells.
    """
    within = covered.astype(np.float32)
    side = round(SLIT * window) + 1 | 1
    closed = cv2.morphologyEx(alpha * within, cv2.MORPH_CLOSE, np.ones((side, side), np.float32)) * within
    shown = np.maximum(alpha, closed)
    inside, outside = (cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3) for mask in (covered, ~covered))
    depth = inside - outside
    near = np.flatnonzero(depth < SURE * window)
    order = near[np.argsort(-depth.ravel()[near], kind="stable")]
    way = _least_on_the_way(shown, depth, order)
    return closed, np.minimum(1, way / BELIEVED)


def smoothed_outline(
    alpha: Float[np.ndarray, "height width"], clothed: Float[np.ndarray, "height width"], window_px: float
) -> Float[np.ndarray, "height width"]:
    """Alpha without notches and tufts where references take turns along a clothed outline.

    Args:
        clothed: 1 where alpha is that of clothes, 0 where it is that of hair or fingers.
        window_px: the window's height in these pixels.
    """
    levels = (alpha.clip(0, 1) * 255).astype(np.uint8)
    side = round(NOTCH * window_px) | 1
    smooth = cv2.medianBlur(levels, side).astype(np.float32) / 255
    return alpha + clothed * (smooth - alpha)


def without_steps(
    alpha: Float[np.ndarray, "height width"], filmed: Float[np.ndarray, "height width"], px_per_cell: float
) -> Float[np.ndarray, "height width"]:
    """Alpha whose edge shows no steps: cells as small as pixels are not smoothed on the way from one to the other.

    Args:
        filmed: 1 where alpha is that of references, whose edges are as soft as the footage's; 0 where it is the body's.
    """
    if px_per_cell >= STEPLESS:
        return alpha
    drawn = 1 - cv2.blur(filmed.clip(0, 1), (3, 3))
    return alpha + drawn * (cv2.GaussianBlur(alpha, (3, 3), 0) - alpha)


@compiled
def _least_on_the_way(
    alpha: Float[np.ndarray, "height width"],
    depth: Float[np.ndarray, "height width"],
    order: Int[np.ndarray, "cell"],
) -> Float[np.ndarray, "height width"]:
    """Least alpha between the middle of the limb and each cell, without the cell's own.

    Args:
        depth: distance to the outline, cells, negative beside the body.
        order: the cells from the deepest on, without those so deep inside that nothing ends there.
    """
    height, width = alpha.shape
    least = np.ones((height, width), np.float32)
    for cell in order:
        y, x = cell // width, cell % width
        from_y, from_x = y, x
        for near_y in range(max(0, y - 1), min(height, y + 2)):
            for near_x in range(max(0, x - 1), min(width, x + 2)):
                if depth[near_y, near_x] > depth[from_y, from_x]:
                    from_y, from_x = near_y, near_x
        if from_y != y or from_x != x:
            least[y, x] = min(least[from_y, from_x], alpha[from_y, from_x])
    return least
