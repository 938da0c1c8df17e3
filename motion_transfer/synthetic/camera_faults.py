"""What stands between a person and a good picture: occluders, motion blur, few pixels, noise and compression."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from motion_transfer.domain.value import value
from motion_transfer.synthetic.backgrounds import random_texture

OCCLUDED, BLURRED, SMALL, NOISY, COMPRESSED = 0.35, 0.25, 0.4, 0.5, 0.6  # shares of the crops
MOST_OCCLUDERS = 3


@value
class Faults:
    """Faults of one picture; 0 for none.

    Attributes:
        blur_px, blur_rad: length and direction of the motion.
        small_px: side that the crop had before it was enlarged.
        noise: standard deviation, of 1.
        quality: of JPEG, in percent.
    """

    blur_px: float
    blur_rad: float
    small_px: int
    noise: float
    quality: int

    @staticmethod
    def draw(generator: np.random.Generator) -> "Faults":
        """The faults of a random picture."""
        blurred, small, noisy, compressed = generator.random(4) < (BLURRED, SMALL, NOISY, COMPRESSED)
        return Faults(
            blur_px=float(generator.uniform(2, 14)) if blurred else 0.0,
            blur_rad=float(generator.uniform(0, np.pi)),
            small_px=int(np.exp(generator.uniform(np.log(28), np.log(200)))) if small else 0,
            noise=float(generator.uniform(0, 0.06)) if noisy else 0.0,
            quality=int(generator.integers(12, 95)) if compressed else 0,
        )


def spoil(
    picture: Float[np.ndarray, "height width 3"], faults: Faults, generator: np.random.Generator
) -> UInt8[np.ndarray, "height width 3"]:
    """A picture with values around [0, 1] -> the same with its faults."""
    size = (picture.shape[1], picture.shape[0])
    if faults.blur_px:
        picture = cv2.filter2D(picture, -1, _streak(faults.blur_px, faults.blur_rad))
    if faults.small_px:
        small = cv2.resize(picture, (faults.small_px, faults.small_px), interpolation=cv2.INTER_AREA)
        picture = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    if faults.noise:
        picture = picture + faults.noise * generator.standard_normal(picture.shape, dtype=np.float32)
    rgb = (picture * 255).clip(0, 255).astype(np.uint8)
    if faults.quality:
        _, packed = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, faults.quality])
        rgb = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(rgb)


def _streak(length_px: float, angle_rad: float) -> Float[np.ndarray, "height width"]:
    """The kernel of a motion along a line."""
    size = 2 * int(np.ceil(length_px / 2)) + 1
    kernel = np.zeros((size, size), np.float32)
    reach = length_px / 2 * np.array([np.cos(angle_rad), np.sin(angle_rad)])
    middle = size // 2
    first, last = (np.rint(middle + sign * reach).astype(int).tolist() for sign in (-1, 1))
    cv2.line(kernel, first, last, (1.0,), 1, cv2.LINE_AA)
    return kernel / kernel.sum()


def occlude(
    picture: Float[np.ndarray, "height width 3"],
    landmarks_px: Float[np.ndarray, "landmark 2"],
    generator: np.random.Generator,
) -> Bool[np.ndarray, "landmark"]:
    """Put objects before the person, in place, in some of the pictures; gives the landmarks that are still visible."""
    size = len(picture)
    hidden = np.zeros((size, size), np.uint8)
    if generator.random() < OCCLUDED:
        for _ in range(int(generator.integers(1, MOST_OCCLUDERS + 1))):
            _add_shape(hidden, generator)
        where = hidden > 0
        picture[where] = random_texture(generator, size)[where]
    inside = ((landmarks_px >= 0) & (landmarks_px < size)).all(1)
    column, row = landmarks_px.clip(0, size - 1).astype(int).T
    return inside & (hidden[row, column] == 0)


def _add_shape(hidden: UInt8[np.ndarray, "height width"], generator: np.random.Generator) -> None:
    """A box, an ellipse, or everything beyond one side of the picture."""
    size = len(hidden)
    at, extent = generator.integers(0, size, 2), (size * generator.uniform(0.04, 0.3, 2)).astype(int)
    kind = generator.integers(3)
    if kind == 0:
        cv2.rectangle(hidden, (at - extent // 2).tolist(), (at + extent // 2).tolist(), (1,), -1)
    elif kind == 1:
        cv2.ellipse(hidden, at.tolist(), (extent // 2).tolist(), float(generator.uniform(0, 180)), 0, 360, (1,), -1)
    else:
        beyond = int(size * generator.uniform(0.5, 0.9))
        hidden[tuple(np.s_[beyond:, :] if generator.random() < 0.5 else np.s_[:, beyond:])] = 1
