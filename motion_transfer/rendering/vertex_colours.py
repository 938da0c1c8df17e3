"""A mesh with a colour at each vertex -> a picture: a z-buffer in one compiled loop, for many small pictures quickly.

`rasterizer` gives triangles and weights instead, from which anything can be interpolated.
"""

import numpy as np
from jaxtyping import Float, Int

from motion_transfer.compiled import compiled


def draw_vertex_colours(
    vertices_px: Float[np.ndarray, "vertex 2"],
    depth_m: Float[np.ndarray, "vertex"],
    rgb: Float[np.ndarray, "vertex 3"],
    faces: Int[np.ndarray, "face 3"],
    picture: Float[np.ndarray, "height width 3"],
    nearest_m: Float[np.ndarray, "height width"],
) -> None:
    """Draw over a picture, in place; colours are interpolated, and triangles seen from behind are left out.

    Args:
        vertices_px: pixels, y down, centres at +0.5.
        depth_m: positive before the camera.
        faces: outward winding.
        nearest_m: depth of what the picture shows; it is brought up to date.
    """
    _draw(vertices_px, depth_m, rgb, faces, picture, nearest_m)


@compiled
def _draw(
    vertices_px: np.ndarray,
    depth_m: np.ndarray,
    rgb: np.ndarray,
    faces: np.ndarray,
    picture: np.ndarray,
    nearest_m: np.ndarray,
) -> None:
    height, width = nearest_m.shape
    for number in range(len(faces)):
        a, b, c = faces[number, 0], faces[number, 1], faces[number, 2]
        ax, ay, bx, by = vertices_px[a, 0], vertices_px[a, 1], vertices_px[b, 0], vertices_px[b, 1]
        cx, cy = vertices_px[c, 0], vertices_px[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area >= 0 or min(depth_m[a], depth_m[b], depth_m[c]) <= 0:
            continue
        left, right = max(int(np.ceil(min(ax, bx, cx) - 0.5)), 0), min(int(np.floor(max(ax, bx, cx) - 0.5)), width - 1)
        top, bottom = max(int(np.ceil(min(ay, by, cy) - 0.5)), 0), min(int(np.floor(max(ay, by, cy) - 0.5)), height - 1)
        for row in range(top, bottom + 1):
            y = row + 0.5
            for column in range(left, right + 1):
                x = column + 0.5
                u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                w = 1 - u - v
                if u < 0 or v < 0 or w < 0:
                    continue
                u, v, w = u / depth_m[a], v / depth_m[b], w / depth_m[c]
                depth = 1 / (u + v + w)
                if depth < nearest_m[row, column]:
                    nearest_m[row, column] = depth
                    for channel in range(3):
                        colour = u * rgb[a, channel] + v * rgb[b, channel] + w * rgb[c, channel]
                        picture[row, column, channel] = depth * colour
