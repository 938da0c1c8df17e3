"""Specks of a hand that pokes through what it rests on: the body around them goes on instead."""

import cv2
import numpy as np
import torch
from jaxtyping import Bool

from motion_transfer.rendering.nearest_pixel import nearest_pixel
from motion_transfer.rendering.rasterizer import Fragments

LARGEST = 0.012  # of the window's height: side of the largest square that is a speck, and no fingertip
AROUND = np.ones((3, 3), np.uint8)


def without_specks(fragments: Fragments, hand: Bool[np.ndarray, "height width"], window: int) -> Fragments:
    """Fragments of one frame, with those of the nearest other part where a speck of a hand lies amidst the body.

    Args:
        hand: which pixels show a hand.
        window: its height in these pixels.
    """
    covered = fragments.covered[0].numpy()
    body = covered & ~hand
    count, found, stats, _ = cv2.connectedComponentsWithStats(hand.astype(np.uint8))
    label = np.asarray(found, np.int64)
    small = stats[:, cv2.CC_STAT_AREA] <= (LARGEST * window) ** 2
    small[0] = False
    if count < 2 or not small.any() or not body.any():
        return fragments
    # A piece that borders on what is not the body is a fingertip.
    small[np.unique(cv2.dilate(label.astype(np.uint16), AROUND)[~covered])] = False
    speck = small[label]
    _, nearest = nearest_pixel(body)
    # Each pixel shows its own fragment, but a speck that of the body beside it.
    shown = torch.from_numpy(np.where(speck.ravel(), nearest.ravel(), np.arange(hand.size)))
    height, width = hand.shape
    return Fragments(
        face=fragments.face.flatten()[shown].view(1, height, width),
        barycentric=fragments.barycentric.flatten(0, 2)[shown].view(1, height, width, 3),
        depth_m=fragments.depth_m.flatten()[shown].view(1, height, width),
    )
