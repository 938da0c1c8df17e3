"""A z-buffer for the CPU, compiled: one triangle after the other, pixel by pixel of its box.

It computes what `triangle_scatter` computes, in the same precision and order, several times as fast.
"""

from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.compiled import compiled
from motion_transfer.domain.video import ImageSize

NEAR_M = 0.05
ONE, HALF = np.float32(1), np.float32(0.5)
NearestFragments: TypeAlias = tuple[
    Int[Tensor, "frame height width"], Float[Tensor, "frame height width 3"], Float[Tensor, "frame height width"]
]


def scan_triangles(
    vertices_px: Float[Tensor, "frame vertex 2"],
    depth_m: Float[Tensor, "frame vertex"],
    faces: Int[Tensor, "face 3"],
    size: ImageSize,
) -> NearestFragments:
    """Rasterize triangles as `rasterizer.rasterize` describes."""
    grid = (len(vertices_px), size.height, size.width)
    face, barycentric = np.full(grid, -1, np.int64), np.zeros((*grid, 3), np.float32)
    depth_map_m = np.full(grid, np.inf, np.float32)
    triangles = np.ascontiguousarray(faces.numpy(), np.int64)
    for frame, (places, depths) in enumerate(zip(vertices_px.detach(), depth_m.detach(), strict=True)):
        vertices = np.ascontiguousarray(torch.cat([places, depths[:, None]], 1).float().numpy())
        _scan(vertices, triangles, face[frame], barycentric[frame], depth_map_m[frame])
    return torch.from_numpy(face), torch.from_numpy(barycentric), torch.from_numpy(depth_map_m)


@compiled
def _pixels(low: float, high: float, length: int) -> tuple[int, int]:
    """First pixel whose centre lies between two places, and the one after the last."""
    first = max(np.ceil(low - HALF), np.float32(0))
    after = min(np.floor(high - HALF) + ONE, np.float32(length))
    return (int(first), int(after)) if after > first else (0, 0)


@compiled
def _scan(
    vertices: np.ndarray, faces: np.ndarray, face: np.ndarray, barycentric: np.ndarray, depth_map_m: np.ndarray
) -> None:
    """Fill in the nearest fragment of every pixel of one frame.

    Args:
        vertices: (x, y, depth) of each.
    """
    height, width = face.shape
    slopes = np.empty((3, 3), np.float32)  # coefficients (x, y, 1) of each corner's barycentric
    inverse = np.empty(3, np.float32)  # those of the inverse depth, which is linear in the picture
    share = np.empty(3, np.float32)
    for row in range(len(faces)):
        i, j, k = faces[row]
        ax, ay, a_depth = vertices[i]
        bx, by, b_depth = vertices[j]
        cx, cy, c_depth = vertices[k]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        # Outward faces turn against the clock as seen, with y down. Numbers that are none fail these tests as well.
        if not (area < 0 and min(a_depth, b_depth, c_depth) > NEAR_M):
            continue
        if not (np.isfinite(ax + bx + cx) and np.isfinite(ay + by + cy)):
            continue
        left, right = _pixels(min(ax, bx, cx), max(ax, bx, cx), width)
        top, bottom = _pixels(min(ay, by, cy), max(ay, by, cy), height)
        if right <= left or bottom <= top:
            continue
        depths = (a_depth, b_depth, c_depth)
        xs, ys = (ax, bx, cx), (ay, by, cy)
        for corner in range(3):
            after, before = (corner + 1) % 3, (corner + 2) % 3
            slopes[0, corner] = (ys[after] - ys[before]) / area
            slopes[1, corner] = (xs[before] - xs[after]) / area
            slopes[2, corner] = (xs[after] * ys[before] - ys[after] * xs[before]) / area
        for term in range(3):
            inverse[term] = (slopes[term, 0] / a_depth + slopes[term, 1] / b_depth) + slopes[term, 2] / c_depth
        for y in range(top, bottom):
            y_centre = np.float32(y) + HALF
            for x in range(left, right):
                x_centre = np.float32(x) + HALF
                inside = True
                for corner in range(3):
                    share[corner] = slopes[0, corner] * x_centre + slopes[1, corner] * y_centre + slopes[2, corner]
                    inside &= share[corner] >= 0
                if not inside:
                    continue
                depth = ONE / (inverse[0] * x_centre + inverse[1] * y_centre + inverse[2])
                if depth < depth_map_m[y, x]:
                    depth_map_m[y, x], face[y, x] = depth, row
                    for corner in range(3):
                        barycentric[y, x, corner] = share[corner] / depths[corner] * depth
