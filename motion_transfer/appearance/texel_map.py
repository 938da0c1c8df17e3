"""Which point of the surface each texel of the atlas is."""

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.rasterizer import interpolate_barycentric, rasterize


@value
class TexelMap:
    """The texels that lie on the surface.

    Attributes:
        row, column: their places in the atlas.
        face, barycentric: their points of the surface.
        nearest: for every texel of the atlas, the number of the nearest one on the surface; fills the gaps.
    """

    size: int
    row: Int[Tensor, "texel"]
    column: Int[Tensor, "texel"]
    face: Int[Tensor, "texel"]
    barycentric: Float[Tensor, "texel 3"]
    nearest: Int[Tensor, "size size"]

    def at(self, vertex_values: Float[Tensor, "vertex channel"], faces: Tensor) -> Float[Tensor, "texel channel"]:
        """Mix values of the vertices over the texels."""
        return interpolate_barycentric(vertex_values, faces[self.face], self.barycentric)

    def to_atlas(self, texel_values: Float[Tensor, "texel channel"]) -> Float[Tensor, "channel size size"]:
        """The atlas with these values on the surface and the nearest one of them beside it."""
        return texel_values[self.nearest].permute(2, 0, 1)


def texel_map(model: BodyModel, size: int) -> TexelMap:
    """Rasterize the atlas itself; charts may be mirrored, so every face is drawn whichever way it winds."""
    flat = model.uv * size
    corners = flat[model.uv_faces]
    a, b, c = corners.unbind(1)
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    order = torch.where((area > 0)[:, None], torch.tensor([0, 2, 1]), torch.tensor([0, 1, 2]))
    wound = model.uv_faces.gather(1, order)
    depth = torch.ones(1, len(flat))
    fragments = rasterize(flat[None], depth, wound, ImageSize(height=size, width=size))
    row, column = torch.nonzero(fragments.covered[0], as_tuple=True)
    face = fragments.face[0, row, column]
    # Back to the face's own order of corners; the swap is its own inverse.
    barycentric = fragments.barycentric[0, row, column].gather(1, order[face])
    number = torch.full((size, size), -1)
    number[row, column] = torch.arange(len(row))
    to_row, to_column = np.asarray(
        distance_transform_edt((number < 0).numpy(), return_distances=False, return_indices=True)
    )
    nearest = number[torch.from_numpy(to_row).long(), torch.from_numpy(to_column).long()]
    return TexelMap(size=size, row=row, column=column, face=face, barycentric=barycentric, nearest=nearest)
