"""Backgrounds out of nothing, for pictures that only have to be varied: walls, floors, furniture, clutter, noise."""

import cv2
import numpy as np
from jaxtyping import Float

OCTAVES = (2, 4, 8, 16, 32, 64)
MOST_SHAPES = 24


def random_background(generator: np.random.Generator, size_px: int) -> Float[np.ndarray, "height width 3"]:
    """A square background; values in [0, 1]."""
    picture = _shade(generator, size_px)
    if generator.random() < 0.7:
        picture = _room(picture, generator)
    _clutter(picture, generator, int(generator.integers(0, MOST_SHAPES)))
    if generator.random() < 0.5:
        picture *= 1 + generator.uniform(0.05, 0.5) * _noise(generator, size_px)[..., None]
    if generator.random() < 0.4:
        width = 2 * int(generator.integers(1, 6)) + 1
        picture = cv2.GaussianBlur(picture, (width, width), 0)
    return picture.clip(0, 1)


def random_texture(generator: np.random.Generator, size_px: int) -> Float[np.ndarray, "height width 3"]:
    """A coloured surface, for occluders; values in [0, 1]."""
    return (_colour(generator) * (1 + generator.uniform(0, 0.5) * _noise(generator, size_px)[..., None])).clip(0, 1)


def _colour(generator: np.random.Generator) -> np.ndarray:
    """Muted colours are the commonest ones."""
    grey = generator.random()
    return (grey + generator.uniform(0, 0.6) * (generator.random(3) - 0.5)).clip(0, 1).astype(np.float32)


def _noise(generator: np.random.Generator, size_px: int) -> Float[np.ndarray, "height width"]:
    """Noise of several octaves, mean 0 and deviation 1 or so."""
    total = np.zeros((size_px, size_px), np.float32)
    slope = generator.uniform(0.4, 1.1)
    for cells in OCTAVES:
        fine = generator.standard_normal((cells, cells), dtype=np.float32)
        total += cv2.resize(fine, (size_px, size_px), interpolation=cv2.INTER_CUBIC) * (2 / cells) ** slope
    return total / max(float(total.std()), 1e-3)


def _shade(generator: np.random.Generator, size_px: int) -> np.ndarray:
    """A colour gradient."""
    corners = np.stack([_colour(generator) for _ in range(4)]).reshape(2, 2, 3)
    corners = corners * generator.uniform(0, 1) + corners[:1, :1] * generator.uniform(0, 1)
    return cv2.resize(corners.clip(0, 1).astype(np.float32), (size_px, size_px), interpolation=cv2.INTER_LINEAR)


def _room(picture: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A floor below an edge that may slope, with planks or tiles in perspective."""
    size = len(picture)
    row, column = np.mgrid[:size, :size].astype(np.float32) / size
    edge = generator.uniform(0.3, 0.95) + generator.normal(0, 0.05) * (column - 0.5)
    below = row > edge
    depth = 1 / (row - edge + 0.15).clip(0.05)
    lines = np.sin(generator.uniform(2, 30) * (column - 0.5) * depth) * generator.choice([0, 1])
    lines = lines + np.sin(generator.uniform(2, 30) * depth) * generator.choice([0, 1])
    floor = _colour(generator) * (1 + generator.uniform(0, 0.15) * lines[..., None])
    return np.where(below[..., None], floor, picture).astype(np.float32)


def _clutter(picture: np.ndarray, generator: np.random.Generator, shapes: int) -> None:
    """Boxes, ellipses, bars and limb-like strokes."""
    size = len(picture)
    for _ in range(shapes):
        colour = tuple(float(channel) for channel in _colour(generator))
        at = generator.integers(0, size, 2)
        extent = np.maximum(generator.exponential(0.12 * size, 2), 2).astype(int)
        angle = float(generator.uniform(0, 180))
        kind = generator.integers(4)
        if kind == 0:
            cv2.rectangle(picture, at.tolist(), (at + extent).tolist(), colour, -1)
        elif kind == 1:
            cv2.ellipse(picture, at.tolist(), extent.tolist(), angle, 0, 360, colour, -1)
        elif kind == 2:
            corners = at + generator.normal(0, 0.1 * size, (int(generator.integers(3, 7)), 2))
            cv2.fillPoly(picture, [corners.astype(np.int32)], colour)
        else:
            thick = int(generator.integers(1, max(2, size // 12)))
            end = at + generator.normal(0, 0.3 * size, 2)
            cv2.line(picture, at.tolist(), end.astype(int).tolist(), colour, thick)
