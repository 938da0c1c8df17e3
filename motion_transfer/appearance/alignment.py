"""Registration: where the picture shows the surface, against where the fit puts it.

Two kinds of evidence. Inside the body, optical flow from the textured body to the frame moves its points onto the
picture. At the outline, points of the rim go to the nearest outline of the matte with a like direction. Only the pose
is fitted to both afterwards; the picture is never warped.
"""

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from motion_transfer.appearance.rerender import Rerender

FARTHEST = 0.05  # of the window's height: larger shifts are mistakes
LIKE = 40.0  # grey levels to which flow must bring texture and picture together
RIM_STEP, INNER_STEP = 3, 6  # pixels of a 256 px window between the points
RIM_WEIGHT, INNER_WEIGHT = 0.12, 0.08


def surface_shifts(
    rerender: Rerender, faces: Tensor, flow_estimator: cv2.DISOpticalFlow
) -> tuple[Tensor, Tensor, Tensor]:
    """Vertices, their places in the crop (pixels) and weights, from flow and outline.

    A vertex stands for the pixel in whose triangle it is; triangles are about as small as pixels.
    """
    inner = _inner_shifts(rerender, flow_estimator)
    rim = _rim_shifts(rerender)
    x, y, to_x, to_y, weight = (np.concatenate(pair) for pair in zip(inner, rim, strict=True))
    fragments = rerender.fragments
    row, column = torch.from_numpy(y).long(), torch.from_numpy(x).long()
    face = fragments.face[0, row, column]
    corner = fragments.barycentric[0, row, column].argmax(1)
    vertex = faces[face, corner]
    return vertex, torch.from_numpy(np.stack([to_x, to_y], 1)).float(), torch.from_numpy(weight).float()


def _inner_shifts(rerender: Rerender, flow_estimator: cv2.DISOpticalFlow) -> tuple[np.ndarray, ...]:
    height = rerender.frame.shape[0]
    # Held objects are painted over with the texture, so that they drag nothing along.
    frame = np.where(rerender.trusted[..., None], rerender.frame, rerender.textured)
    before, after = (_luminance(picture) for picture in (rerender.textured, frame))
    flow = flow_estimator.calc(before, after, np.zeros((*before.shape, 2), np.float32))
    step = max(2, round(INNER_STEP * height / 256))
    y, x = np.mgrid[step // 2 : height : step, step // 2 : rerender.frame.shape[1] : step].reshape(2, -1)
    shift = flow[y, x]
    to_x, to_y = x + shift[:, 0], y + shift[:, 1]
    row = np.clip(to_y.round().astype(int), 0, height - 1)
    column = np.clip(to_x.round().astype(int), 0, rerender.frame.shape[1] - 1)
    like = np.abs(frame[row, column].astype(np.float32) - rerender.textured[y, x]).max(1) < LIKE
    near = np.hypot(shift[:, 0], shift[:, 1]) < FARTHEST * height
    covered = rerender.fragments.covered[0].numpy()
    good = covered[y, x] & (rerender.seen[y, x] > 0.3) & like & near & rerender.trusted[y, x]
    good &= (rerender.alpha[row, column] > 0.6) & rerender.trusted[row, column]
    x, y, to_x, to_y = x[good], y[good], to_x[good], to_y[good]
    return x, y, to_x + 0.5, to_y + 0.5, np.full(len(x), INNER_WEIGHT)


def _rim_shifts(rerender: Rerender) -> tuple[np.ndarray, ...]:
    """Points just inside the drawn outline and the nearest point of the matte's outline that faces the same way."""
    height = rerender.frame.shape[0]
    drawn = rerender.fragments.covered[0].numpy()
    matte = rerender.alpha > 0.5
    edge = drawn & ~cv2.erode(drawn.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    seen_edge = matte & ~cv2.erode(matte.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    empty = np.zeros(0, int), np.zeros(0, int), np.zeros(0), np.zeros(0), np.zeros(0)
    usable_edge = seen_edge & rerender.trusted
    if not edge.any() or not usable_edge.any():
        return empty
    _, labels = cv2.distanceTransformWithLabels(
        (~usable_edge).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    places = np.zeros((labels.max() + 1, 2), np.float32)
    places[labels[usable_edge]] = np.argwhere(usable_edge)
    y, x = np.nonzero(edge & rerender.trusted)
    step = max(1, round(RIM_STEP * height / 256))
    y, x = y[::step], x[::step]
    target = places[labels[y, x]]
    to_y, to_x = target[:, 0], target[:, 1]
    outward, seen_outward = _outward(drawn), _outward(matte)
    agree = (outward[y, x] * seen_outward[to_y.astype(int), to_x.astype(int)]).sum(1) > 0.6
    shift = np.hypot(to_x - x, to_y - y)
    good = agree & (shift < FARTHEST * height)
    weight = np.full(int(good.sum()), RIM_WEIGHT)
    return x[good], y[good], to_x[good] + 0.5, to_y[good] + 0.5, weight


def _outward(mask: Bool[np.ndarray, "height width"]) -> Float[np.ndarray, "height width 2"]:
    """Unit vectors out of a region, from the slope of its blurred picture."""
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 2.0)
    slope = -np.stack([cv2.Sobel(soft, cv2.CV_32F, 0, 1), cv2.Sobel(soft, cv2.CV_32F, 1, 0)], -1)
    return slope / np.maximum(np.linalg.norm(slope, axis=-1, keepdims=True), 1e-6)


def _luminance(picture: UInt8[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "height width"]:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
