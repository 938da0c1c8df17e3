"""A z-buffer: the nearest triangle of every pixel, compiled on the CPU and in plain torch on other devices."""

from dataclasses import replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.triangle_scan import scan_triangles
from motion_transfer.rendering.triangle_scatter import scatter_triangles


@value
class Fragments:
    """The nearest fragment of every pixel.

    Attributes:
        face: the nearest triangle, -1 where there is none.
        barycentric: weights of its three corners, perspective-correct; 0 where there is none.
        depth_m: distance along the camera's axis; infinite where there is none.
    """

    face: Int[Tensor, "frame height width"]
    barycentric: Float[Tensor, "frame height width 3"]
    depth_m: Float[Tensor, "frame height width"]

    @property
    def covered(self) -> Bool[Tensor, "frame height width"]:
        """Pixels that show the mesh."""
        return self.face >= 0

    def covered_pixels(self) -> Int[Tensor, "pixel"]:
        """Indices of the covered pixels among all pixels of all frames."""
        return torch.nonzero(self.face.flatten() >= 0)[:, 0]

    def scatter(
        self, values: Float[Tensor, "channel pixel"], pixels: Int[Tensor, "pixel"]
    ) -> Float[Tensor, "frame channel height width"]:
        """Maps that have these values at these pixels, given as `covered_pixels`, and 0 elsewhere."""
        maps = values.new_zeros(len(values), self.face.numel())
        maps[:, pixels] = values
        return maps.view(-1, *self.face.shape).transpose(0, 1)


def render_mesh(vertices_m: Float[Tensor, "frame vertex 3"], faces: Int[Tensor, "face 3"], camera: Camera) -> Fragments:
    """Rasterize a mesh in world axes through one camera."""
    pixels, depth = camera.project(vertices_m)
    return rasterize(pixels, depth, faces, camera.size)


def rasterize(
    vertices_px: Float[Tensor, "frame vertex 2"],
    depth_m: Float[Tensor, "frame vertex"],
    faces: Int[Tensor, "face 3"],
    size: ImageSize,
) -> Fragments:
    """Rasterize triangles; those seen from behind or reaching nearer than 5 cm are culled.

    A pixel belongs to a triangle if its centre does. Pixels are of the whole picture, y down, centres at +0.5.
    """
    draw = scan_triangles if vertices_px.device.type == "cpu" else scatter_triangles
    face, barycentric, depth_map_m = draw(vertices_px, depth_m, faces, size)
    return Fragments(face=face, barycentric=barycentric, depth_m=depth_map_m)


def rasterize_some(
    vertices_px: Float[Tensor, "frame vertex 2"],
    depth_m: Float[Tensor, "frame vertex"],
    faces: Int[Tensor, "face 3"],
    size: ImageSize,
    shown: Bool[Tensor, "face"] | None,
) -> Fragments:
    """Rasterize the triangles that are shown, all of them if None; fragments count among all triangles."""
    if shown is None:
        return rasterize(vertices_px, depth_m, faces, size)
    numbers = shown.nonzero()[:, 0]
    found = rasterize(vertices_px, depth_m, faces[numbers], size)
    return replace(found, face=torch.where(found.covered, numbers[found.face.clamp(min=0)], -1))


def interpolate(
    fragments: Fragments, faces: Int[Tensor, "face 3"], attributes: Float[Tensor, "#frame vertex channel"]
) -> Float[Tensor, "frame channel height width"]:
    """Interpolate attributes of the vertices over the pixels; 0 where the mesh is not.

    Args:
        attributes: of every frame, or once for all frames.
    """
    pixels = fragments.covered_pixels()
    corners = faces[fragments.face.flatten()[pixels]]
    if len(attributes) > 1:
        corners = corners + (pixels // fragments.face[0].numel())[:, None] * attributes.shape[1]
    values, barycentric = attributes.flatten(0, 1), fragments.barycentric.flatten(0, 2)[pixels]
    return fragments.scatter(interpolate_barycentric(values, corners, barycentric).mT, pixels)


def interpolate_barycentric(
    values: Float[Tensor, "vertex channel"], corners: Int[Tensor, "point 3"], barycentric: Float[Tensor, "point 3"]
) -> Float[Tensor, "point channel"]:
    """Interpolate values of the vertices at points of triangles, which are given by their corners and weights."""
    # One corner after the other: summing over a short middle axis takes several times as long.
    a, b, c = (values[corners[:, corner]] * barycentric[:, corner, None] for corner in range(3))
    return a + b + c
