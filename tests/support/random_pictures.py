"""Pictures of noise and of smooth blobs."""

import cv2
import numpy as np


def noise(seed: int, height: int = 40, width: int = 52) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def texture(height: int = 120, width: int = 160) -> np.ndarray:
    """Smooth blobs, in which flow can be found everywhere."""
    blurred = cv2.GaussianBlur(noise(3, height, width).astype(np.float32), (0, 0), 3)
    return np.clip((blurred - blurred.mean()) * 8 + 128, 0, 255).astype(np.uint8)
