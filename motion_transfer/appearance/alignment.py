"""Where the picture shows the surface, against where the fit puts it: targets for refining the pose.

There are two kinds of evidence. Inside the body, optical flow from the re-rendered frame to the real one moves surface
points onto the picture. At the outline, points of the rim go to the nearest outline of the matte that faces the same
way. Only the pose is fitted to both afterwards; the picture is never warped.
"""

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from motion_transfer.appearance.rerender import Rerender
from motion_transfer.domain.value import value
from motion_transfer.rendering.outlines import inner_rim, outward_normals

MAX_SHIFT = 0.05  # of the window's height: larger shifts are mistakes
MAX_DIFFERENCE = 40.0  # grey levels to which flow must bring texture and picture together
KNOWN_TEXTURE = 0.3  # `seen` above which the texture is compared
PERSON_ALPHA = 0.6  # of the matte where flow may lead
SAME_DIRECTION = 0.6  # cosine between the normals of the drawn and the true outline
RIM_STEP, INNER_STEP = 3, 6  # pixels of a 256 px window between the points
RIM_WEIGHT, INNER_WEIGHT = 0.12, 0.08
NORMAL_BLUR_PX = 2.0


@value
class _Shifts:
    """Pixels on the drawn body, where each of them belongs (pixels of the window), and how much it counts."""

    row: Int[np.ndarray, "point"]
    column: Int[np.ndarray, "point"]
    to_px: Float[np.ndarray, "point 2"]
    weight: float


def surface_shifts(
    rerender: Rerender, faces: Int[Tensor, "face 3"], flow_estimator: cv2.DISOpticalFlow
) -> tuple[Int[Tensor, "point"], Float[Tensor, "point 2"], Float[Tensor, "point"]]:
    """Find targets for vertices from optical flow and outline.

    A vertex stands for the pixel in whose triangle it is; triangles are about as small as pixels.

    Returns:
        Vertices, where each of them belongs (x, y, pixels of the window), and weights.
    """
    shifts = (_inner_shifts(rerender, flow_estimator), _rim_shifts(rerender))
    row, column = (
        torch.from_numpy(np.concatenate(indices)).long()
        for indices in ([part.row for part in shifts], [part.column for part in shifts])
    )
    face = rerender.fragments.face[0, row, column]
    corner = rerender.fragments.barycentric[0, row, column].argmax(1)
    to_px = torch.from_numpy(np.concatenate([part.to_px for part in shifts])).float()
    weights = torch.cat([torch.full((len(part.row),), part.weight) for part in shifts])
    return faces[face, corner], to_px, weights


def _inner_shifts(rerender: Rerender, flow_estimator: cv2.DISOpticalFlow) -> _Shifts:
    """Points on a grid inside the body, and where optical flow finds their texture in the frame."""
    height, width = rerender.frame.shape[:2]
    # The texture is laid over occluders, so that they drag nothing along.
    frame = np.where(rerender.trusted[..., None], rerender.frame, rerender.textured)
    before, after = (_luminance(picture) for picture in (rerender.textured, frame))
    flow = flow_estimator.calc(before, after, np.zeros((*before.shape, 2), np.float32))
    step = max(2, round(INNER_STEP * height / 256))
    y, x = np.mgrid[step // 2 : height : step, step // 2 : width : step].reshape(2, -1)
    shift = flow[y, x]
    to_x, to_y = x + shift[:, 0], y + shift[:, 1]
    row = np.clip(to_y.round().astype(int), 0, height - 1)
    column = np.clip(to_x.round().astype(int), 0, width - 1)
    difference = np.abs(frame[row, column].astype(np.float32) - rerender.textured[y, x]).max(1)
    good = (difference < MAX_DIFFERENCE) & (np.hypot(shift[:, 0], shift[:, 1]) < MAX_SHIFT * height)
    good &= rerender.fragments.covered[0].numpy()[y, x] & (rerender.seen[y, x] > KNOWN_TEXTURE)
    good &= rerender.trusted[y, x] & rerender.trusted[row, column] & (rerender.alpha[row, column] > PERSON_ALPHA)
    to_px = np.stack([to_x, to_y], 1)[good] + 0.5
    return _Shifts(row=y[good], column=x[good], to_px=to_px, weight=INNER_WEIGHT)


def _rim_shifts(rerender: Rerender) -> _Shifts:
    """Points just inside the drawn outline, and the nearest point of the matte's outline that faces the same way."""
    height = rerender.frame.shape[0]
    drawn, matte = rerender.fragments.covered[0].numpy(), rerender.alpha > 0.5
    edge, true_edge = (inner_rim(region) & rerender.trusted for region in (drawn, matte))
    if not edge.any() or not true_edge.any():
        return _Shifts(row=np.zeros(0, int), column=np.zeros(0, int), to_px=np.zeros((0, 2)), weight=RIM_WEIGHT)
    step = max(1, round(RIM_STEP * height / 256))
    y, x = (positions[::step] for positions in np.nonzero(edge))
    to_y, to_x = _nearest_of(true_edge, y, x).T
    normals, true_normals = (outward_normals(region, NORMAL_BLUR_PX) for region in (drawn, matte))
    alike = (normals[y, x] * true_normals[to_y, to_x]).sum(1) > SAME_DIRECTION
    good = alike & (np.hypot(to_x - x, to_y - y) < MAX_SHIFT * height)
    to_px = np.stack([to_x, to_y], 1)[good] + 0.5
    return _Shifts(row=y[good], column=x[good], to_px=to_px, weight=RIM_WEIGHT)


def _nearest_of(
    edge: Bool[np.ndarray, "height width"], y: Int[np.ndarray, "point"], x: Int[np.ndarray, "point"]
) -> Int[np.ndarray, "point 2"]:
    """Row and column of the edge's nearest pixel."""
    _, labels = cv2.distanceTransformWithLabels(
        (~edge).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    positions = np.zeros((labels.max() + 1, 2), int)
    positions[labels[edge]] = np.argwhere(edge)
    return positions[labels[y, x]]


def _luminance(picture: UInt8[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "height width"]:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
