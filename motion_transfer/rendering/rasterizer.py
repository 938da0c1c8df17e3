"""A z-buffer in plain torch, for the CPU and CUDA alike.

Every triangle is expanded into the pixels of its bounding box (fragments), fragments outside of it are dropped, and the
nearest one of each pixel is found by a scatter-minimum over packed 64-bit keys, depth above face number. A minimum does
not depend on the order, so pictures are repeatable bit for bit, and a frame is the same alone and in a batch.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize

NEAR_M = 0.05
FRAGMENTS_AT_ONCE = 4_000_000  # about 0.4 GB of working memory
_EMPTY = torch.iinfo(torch.int64).max


@value
class Raster:
    """What each pixel sees.

    Attributes:
        face: the nearest triangle, -1 where there is none.
        barycentric: weights of its three corners, perspective-correct; 0 where there is none.
        depth_m: distance along the camera's axis; infinite where there is none.
    """

    face: Int[Tensor, "frame height width"]
    barycentric: Float[Tensor, "frame height width 3"]
    depth_m: Float[Tensor, "frame height width"]

    @property
    def covered(self) -> Tensor:
        """Pixels that see the mesh."""
        return self.face >= 0


def render_mesh(vertices_m: Float[Tensor, "frame vertex 3"], faces: Int[Tensor, "face 3"], camera: Camera) -> Raster:
    """Rasterize a mesh of the world through one camera."""
    pixels, depth = camera.project(vertices_m)
    return rasterize(pixels, depth, faces, camera.size)


def rasterize(
    vertices_px: Float[Tensor, "frame vertex 2"],
    depth_m: Float[Tensor, "frame vertex"],
    faces: Int[Tensor, "face 3"],
    size: ImageSize,
) -> Raster:
    """Rasterize triangles; those seen from behind or reaching nearer than 5 cm are culled.

    A pixel belongs to a triangle if its centre does. Pixels are of the whole picture, y down, centres at +0.5.
    """
    frames = len(vertices_px)
    keys = torch.full((frames * size.height * size.width,), _EMPTY, device=vertices_px.device)
    corners = torch.cat([vertices_px, depth_m[..., None]], -1)[:, faces]  # frame face corner (x, y, depth)
    frame, face, boxes = _visible(corners, size)
    spans = boxes[:, 2:] - boxes[:, :2]
    counts = spans[:, 0] * spans[:, 1]
    for start, stop in _slices(counts):
        picked = slice(start, stop)
        _draw(keys, corners[frame[picked], face[picked]], frame[picked], face[picked], boxes[picked], size)
    return _resolve(keys.view(frames, size.height, size.width), corners)


def interpolate(
    raster: Raster, faces: Int[Tensor, "face 3"], attributes: Float[Tensor, "#frame vertex channel"]
) -> Float[Tensor, "frame channel height width"]:
    """Mix a value at the vertices over the pixels; 0 where nothing is seen. One set serves all frames if given once."""
    frames, height, width = raster.face.shape
    frame, y, x = torch.nonzero(raster.covered, as_tuple=True)
    corners = faces[raster.face[frame, y, x]]
    source = frame if len(attributes) > 1 else torch.zeros_like(frame)
    mixed = (attributes[source[:, None], corners] * raster.barycentric[frame, y, x][..., None]).sum(1)
    out = attributes.new_zeros(frames, height, width, attributes.shape[-1])
    out[frame, y, x] = mixed
    return out.permute(0, 3, 1, 2)


def _visible(corners: Float[Tensor, "frame face 3 3"], size: ImageSize) -> tuple[Tensor, Tensor, Tensor]:
    """Frame, face and pixel box (left, top, right, bottom; exclusive) of the triangles that may be seen."""
    low, high = corners[..., :2].amin(2), corners[..., :2].amax(2)
    limit = low.new_tensor([size.width, size.height])
    first = (low - 0.5).ceil().clamp(min=0)
    last = ((high - 0.5).floor() + 1).minimum(limit)
    facing = _doubled_area(corners) < 0  # outward faces turn against the clock as seen, with y down
    seen = facing & (last > first).all(-1) & (corners[..., 2].amin(2) > NEAR_M) & torch.isfinite(low).all(-1)
    frame, face = torch.nonzero(seen, as_tuple=True)
    return frame, face, torch.cat([first, last], -1)[frame, face].long()


def _doubled_area(corners: Float[Tensor, "*batch 3 3"]) -> Float[Tensor, "*batch"]:
    a, b, c = corners[..., :2].unbind(-2)
    return (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])


def _slices(counts: Int[Tensor, "triangle"]) -> list[tuple[int, int]]:
    """Ranges of triangles whose fragments fit into memory together."""
    if not len(counts):
        return []
    ends = torch.nonzero(torch.diff(counts.cumsum(0) // FRAGMENTS_AT_ONCE) > 0)[:, 0] + 1
    edges = [0, *ends.tolist(), len(counts)]
    return list(zip(edges, edges[1:], strict=False))


def _draw(keys: Tensor, corners: Tensor, frame: Tensor, face: Tensor, boxes: Tensor, size: ImageSize) -> None:
    """Write the fragments of some triangles into the key buffer."""
    spans = boxes[:, 2:] - boxes[:, :2]
    counts = spans[:, 0] * spans[:, 1]
    owner = torch.repeat_interleave(torch.arange(len(counts), device=keys.device), counts)
    index = torch.arange(len(owner), device=keys.device) - (counts.cumsum(0) - counts)[owner]
    columns = spans[:, 0][owner]
    x, y = boxes[:, 0][owner] + index % columns, boxes[:, 1][owner] + index // columns
    # Three edge functions and 1/depth are linear in the picture: one row of coefficients a triangle.
    planes = _planes(corners)[owner]
    values = planes[..., 0] * (x + 0.5)[:, None] + planes[..., 1] * (y + 0.5)[:, None] + planes[..., 2]
    inside = (values[:, :3] >= 0).all(-1)
    depth = 1 / values[inside, 3]
    key = (depth.view(torch.int32).long() << 32) | face[owner[inside]]
    place = (frame[owner[inside]] * size.height + y[inside]) * size.width + x[inside]
    keys.scatter_reduce_(0, place, key, "amin")


def _planes(corners: Float[Tensor, "triangle 3 3"]) -> Float[Tensor, "triangle 4 3"]:
    """Coefficients (x, y, 1) of the three linear barycentrics and of the inverse depth."""
    xy, depth = corners[..., :2], corners[..., 2]
    after, before = xy.roll(-1, 1), xy.roll(-2, 1)
    slope_x = after[..., 1] - before[..., 1]
    slope_y = before[..., 0] - after[..., 0]
    offset = after[..., 0] * before[..., 1] - after[..., 1] * before[..., 0]
    area = _doubled_area(corners)[:, None, None]
    barycentric = torch.stack([slope_x, slope_y, offset], -1) / area
    return torch.cat([barycentric, ((1 / depth)[..., None] * barycentric).sum(1, keepdim=True)], 1)


def _resolve(keys: Int[Tensor, "frame height width"], corners: Float[Tensor, "frame face 3 3"]) -> Raster:
    face = torch.where(keys == _EMPTY, -1, keys & 0xFFFFFFFF)
    frame, y, x = torch.nonzero(face >= 0, as_tuple=True)
    won = corners[frame, face[frame, y, x]]
    planes = _planes(won)
    values = planes[..., 0] * (x + 0.5)[:, None] + planes[..., 1] * (y + 0.5)[:, None] + planes[..., 2]
    depth = 1 / values[:, 3]
    barycentric = corners.new_zeros(*face.shape, 3)
    barycentric[frame, y, x] = (values[:, :3] / won[..., 2]) * depth[:, None]
    depth_map = corners.new_full(face.shape, torch.inf)
    depth_map[frame, y, x] = depth
    return Raster(face=face, barycentric=barycentric, depth_m=depth_map)
