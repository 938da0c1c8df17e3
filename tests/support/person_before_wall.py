"""A short clip of a red figure before a patterned wall, with its masks."""

from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np

from motion_transfer.domain.masks import Masks
from motion_transfer.domain.video import ImageSize, Video

SIZE = ImageSize(height=160, width=200)


def wall() -> np.ndarray:
    coarse = np.random.default_rng(0).integers(60, 150, (9, 11, 3), np.uint8)
    return cv2.resize(coarse, (SIZE.width, SIZE.height), interpolation=cv2.INTER_CUBIC)


def mask_at(left: int) -> np.ndarray:
    mask = np.zeros((SIZE.height, SIZE.width), np.uint8)
    mask[30:140, left : left + 36] = 255
    return mask


def clip(lefts: list[int], noise: float = 2.0) -> tuple[Video, Masks]:
    """A red square that moves before the background, filmed by a sensor with noise."""
    generator = np.random.default_rng(1)
    frames = []
    for left in lefts:
        frame = wall().astype(float) + generator.normal(0, noise, (SIZE.height, SIZE.width, 3))
        frame[mask_at(left) > 0] = (220, 30, 40)
        frames.append(frame.round().clip(0, 255).astype(np.uint8))

    def open_frames() -> Iterator[np.ndarray]:
        yield from frames

    video = Video(open_frames=open_frames, size=SIZE, fps=Fraction(25), frame_count=len(frames))
    return video, Masks(compressed=tuple(Masks.compress(mask_at(left)) for left in lefts), size=SIZE)
