"""Light-field distance of shapes (Chen et al. 2003): how unlike their silhouettes are, seen from around.

Every shape is seen by parallel projection from a circle of views and from above, and each silhouette is described by
Zernike moments of its region and a Fourier descriptor of its outline. Shapes stand upright and face alike here, because
they are turned onto their references before. So views are compared with the same views, without a search over turns,
and moments keep their phase: their magnitudes, as published, are the same for a left arm that is raised and for a right
one.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Complex, Float, Int

from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.rasterizer import rasterize
from motion_transfer.retargeting.unpaired.zernike import zernike_basis

AWAY_M = 10.0  # of the parallel projection's depth, so that nothing is too near
AT_ONCE = 64  # silhouettes
ABOVE = [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]  # seen from there, +x points to the right and +z down


@dataclass(frozen=True, slots=True, kw_only=True)
class LightField:
    """Describes shapes by their silhouettes.

    Attributes:
        views: cameras on half a circle around the shape; those on the other half see the mirrored silhouettes.
        above: one camera more, above the shape.
        side_px: of a silhouette.
        highest_order: of the Zernike moments; 10 as published.
        harmonics: of the outline's Fourier descriptor; 10 as published.
        phase: whether moments keep their phase.
        fourier_weight: of the outline against the region.

    Raises:
        ValueError: a count is too small.
    """

    views: int = 6
    above: bool = True
    side_px: int = 64
    highest_order: int = 10
    harmonics: int = 10
    phase: bool = True
    fourier_weight: float = 0.1

    def __post_init__(self) -> None:
        if min(self.views, self.highest_order, self.harmonics) < 1 or self.side_px < 16:
            raise ValueError(
                "expected 1 or more views, orders and harmonics and 16 px or more, got "
                f"{self.views}, {self.highest_order}, {self.harmonics} and {self.side_px}; raise them"
            )

    def describe(
        self, vertices_m: Float[np.ndarray, "shape vertex 3"], faces: Int[np.ndarray, "face 3"], extent_m: float
    ) -> Float[np.ndarray, "shape value"]:
        """Descriptors, whose distances `light_field_distances` takes.

        Args:
            vertices_m: of aligned shapes, the mean of the vertices at the origin.
            extent_m: radius of the disc that silhouettes lie in, for all shapes of a collection.
        """
        basis = zernike_basis(self.side_px, self.highest_order)[1:]  # without the area
        described = []
        for silhouettes in self._silhouettes(vertices_m, faces, extent_m):
            moments = silhouettes.reshape(len(silhouettes), -1).astype(np.float64) @ basis.T
            outlines = np.stack([fourier_descriptor(one, self.harmonics) for one in silhouettes])
            found = np.concatenate([moments, self.fourier_weight * outlines], 1)
            described.append(_phases(found) if self.phase else np.abs(found))
        return np.concatenate(described).reshape(len(vertices_m), -1) / math.sqrt(len(self._axes()))

    def _silhouettes(
        self, vertices_m: np.ndarray, faces: np.ndarray, extent_m: float
    ) -> Iterator[Bool[np.ndarray, "silhouette height width"]]:
        """Silhouettes of all shapes and views, shape by shape, some at a time."""
        points = torch.tensor(vertices_m, dtype=torch.float32)
        triangles = torch.from_numpy(np.concatenate([faces, faces[:, ::-1]]))
        axes = self._axes()
        size = ImageSize(height=self.side_px, width=self.side_px)
        shapes = max(AT_ONCE // len(axes), 1)
        for part in points.split(shapes):
            seen = torch.einsum("wpa,sva->swvp", axes, part).flatten(0, 1)
            pixels = (seen / extent_m + 1) * self.side_px / 2
            depth = torch.full(pixels.shape[:2], AWAY_M)
            yield rasterize(pixels, depth, triangles, size).covered.numpy()

    def _axes(self) -> Float[torch.Tensor, "view 2 3"]:
        """What points to the right and down in each view."""
        angles = [math.pi * view / self.views for view in range(self.views)]
        around = [[[math.cos(angle), 0.0, math.sin(angle)], [0.0, -1.0, 0.0]] for angle in angles]
        return torch.tensor([*around, *([ABOVE] if self.above else [])])


def fourier_descriptor(silhouette: Bool[np.ndarray, "height width"], harmonics: int) -> Complex[np.ndarray, "harmonic"]:
    """Fourier coefficients of the distance of the longest outline from its middle, as it goes around, over the mean.

    The outline is sampled at equal steps of the angle about its middle, the farthest crossing of each; so that its
    start needs no search and coefficients of two shapes may be compared with their phase.
    """
    outlines, _ = cv2.findContours(silhouette.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return np.zeros(harmonics, complex)
    points = max(outlines, key=len)[:, 0].astype(np.float64)
    offsets = points - points.mean(0)
    angle, radius = np.arctan2(-offsets[:, 1], offsets[:, 0]), np.hypot(*offsets.T)
    bins = 4 * harmonics
    number = np.floor((angle / (2 * np.pi) + 0.5) * bins).astype(np.int64) % bins
    farthest = np.zeros(bins)
    np.maximum.at(farthest, number, radius)
    seen = np.flatnonzero(farthest)
    filled = np.interp(np.arange(bins), seen, farthest[seen], period=bins)
    return (np.fft.rfft(filled) / bins)[1 : harmonics + 1] / max(filled.mean(), 1e-9)


def _phases(found: Complex[np.ndarray, "row value"]) -> Float[np.ndarray, "row doubled"]:
    return np.concatenate([found.real, found.imag], 1)
