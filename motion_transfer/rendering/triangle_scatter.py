"""A z-buffer in plain torch, for any device.

Every triangle is expanded into the pixels of its bounding box (fragments), fragments outside of it are dropped, and the
nearest one of each pixel is found by a scatter-minimum over packed 64-bit keys: depth in the high bits, the triangle's
index in the low ones. A minimum does not depend on the order, so that pictures are repeatable bit for bit, and a frame
is the same alone and in a batch.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.triangle_scan import NEAR_M, NearestFragments

FRAGMENTS_AT_ONCE = 4_000_000  # about 0.4 GB of working memory
_EMPTY = torch.iinfo(torch.int64).max


def scatter_triangles(
    vertices_px: Float[Tensor, "frame vertex 2"],
    depth_m: Float[Tensor, "frame vertex"],
    faces: Int[Tensor, "face 3"],
    size: ImageSize,
) -> NearestFragments:
    """Rasterize triangles as `rasterizer.rasterize` describes."""
    frames = len(vertices_px)
    keys = torch.full((frames * size.height * size.width,), _EMPTY, device=vertices_px.device)
    triangles = _triangles(vertices_px, depth_m, faces, size)
    for chunk in _chunks(triangles.spans[0] * triangles.spans[1]):
        _draw(keys, triangles, chunk, size)
    return _resolve(keys.view(frames, size.height, size.width), triangles)


@value
class _Triangles:
    """Triangles that may be visible, in the order of frames and faces; each coordinate lies contiguously, for speed.

    Attributes:
        first, spans: left and top, width and height of the pixel box.
        planes: coefficients (x, y, 1) of the three linear barycentrics and of the inverse depth.
    """

    frame: Int[Tensor, "triangle"]
    face: Int[Tensor, "triangle"]
    first: Int[Tensor, "2 triangle"]
    spans: Int[Tensor, "2 triangle"]
    depth_m: Float[Tensor, "3 triangle"]
    planes: Float[Tensor, "4 3 triangle"]


def _triangles(vertices_px: Tensor, depth_m: Tensor, faces: Tensor, size: ImageSize) -> _Triangles:
    vertices = torch.stack([*vertices_px.unbind(-1), depth_m])  # (x, y, depth) frame vertex
    corners = vertices[..., faces.mT.flatten()].unflatten(-1, (3, len(faces)))  # (x, y, depth) frame corner face
    low, high = corners.amin(2), corners[:2].amax(2)
    limit = low.new_tensor([size.width, size.height]).view(2, 1, 1)
    first = (low[:2] - 0.5).ceil().clamp(min=0)
    last = ((high - 0.5).floor() + 1).minimum(limit)
    facing = _doubled_area(*corners[:2].unbind(0)) < 0  # outward faces turn against the clock as seen, with y down
    visible = facing & (last > first).all(0) & (low[2] > NEAR_M) & torch.isfinite(low[:2]).all(0)
    frame, face = torch.nonzero(visible, as_tuple=True)
    index = frame * len(faces) + face
    first, last = (edge.flatten(1)[:, index].long() for edge in (first, last))
    x, y, depth = corners.transpose(1, 2).flatten(2)[..., index]
    return _Triangles(
        frame=frame, face=face, first=first, spans=last - first, depth_m=depth, planes=_planes(x, y, depth)
    )


def _doubled_area(x: Float[Tensor, "*frame 3 face"], y: Float[Tensor, "*frame 3 face"]) -> Float[Tensor, "*frame face"]:
    (ax, bx, cx), (ay, by, cy) = x.unbind(-2), y.unbind(-2)
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)


def _chunks(counts: Int[Tensor, "triangle"]) -> list[slice]:
    """Ranges of triangles whose fragments fit into memory together."""
    if not len(counts):
        return []
    ends = torch.nonzero(torch.diff(counts.cumsum(0) // FRAGMENTS_AT_ONCE) > 0)[:, 0] + 1
    edges = [0, *ends.tolist(), len(counts)]
    return [slice(start, stop) for start, stop in zip(edges, edges[1:], strict=False)]


def _draw(keys: Tensor, triangles: _Triangles, chunk: slice, size: ImageSize) -> None:
    """Write the fragments of some triangles into the key buffer."""
    columns, rows = triangles.spans[:, chunk]
    counts = columns * rows
    triangle = torch.repeat_interleave(torch.arange(chunk.start, chunk.stop, device=keys.device), counts)
    index = torch.arange(len(triangle), device=keys.device)
    index -= torch.repeat_interleave(counts.cumsum(0) - counts, counts)
    down = index // triangles.spans[0][triangle]
    x = triangles.first[0][triangle] + index - down * triangles.spans[0][triangle]
    y = triangles.first[1][triangle] + down
    a, b, c, inverse_depth = (_at(plane, triangle, x, y) for plane in triangles.planes)
    inside = torch.nonzero((a >= 0) & (b >= 0) & (c >= 0))[:, 0]
    triangle = triangle[inside]
    key = ((1 / inverse_depth[inside]).view(torch.int32).long() << 32) | triangle
    pixel = (triangles.frame[triangle] * size.height + y[inside]) * size.width + x[inside]
    keys.scatter_reduce_(0, pixel, key, "amin")


def _planes(
    x: Float[Tensor, "3 triangle"], y: Float[Tensor, "3 triangle"], depth: Float[Tensor, "3 triangle"]
) -> Float[Tensor, "4 3 triangle"]:
    """Coefficients of the barycentrics, by edge functions, and of the inverse depth, which is linear in the picture."""
    after_x, after_y, before_x, before_y = x.roll(-1, 0), y.roll(-1, 0), x.roll(-2, 0), y.roll(-2, 0)
    # (coefficient corner triangle)
    slopes = torch.stack([after_y - before_y, before_x - after_x, after_x * before_y - after_y * before_x])
    barycentric = slopes / _doubled_area(x, y)
    return torch.cat([barycentric, (barycentric / depth).sum(1, keepdim=True)], 1).transpose(0, 1)


def _at(plane: Float[Tensor, "3 triangle"], triangle: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """A linear function's values at the centres of pixels."""
    a, b, c = plane.index_select(1, triangle)
    return a * (x + 0.5) + b * (y + 0.5) + c


def _resolve(keys: Int[Tensor, "frame height width"], triangles: _Triangles) -> NearestFragments:
    """Read the winners out of the key buffer."""
    frame, y, x = torch.nonzero(keys != _EMPTY, as_tuple=True)
    winner = keys[frame, y, x] & 0xFFFFFFFF
    a, b, c, inverse_depth = (_at(plane, winner, x, y) for plane in triangles.planes)
    depth = 1 / inverse_depth
    barycentric = depth.new_zeros(*keys.shape, 3)
    barycentric[frame, y, x] = ((torch.stack([a, b, c]) / triangles.depth_m[:, winner]) * depth).mT
    depth_map = depth.new_full(keys.shape, torch.inf)
    depth_map[frame, y, x] = depth
    face = torch.full_like(keys, -1)
    face[frame, y, x] = triangles.face[winner]
    return face, barycentric, depth_map
