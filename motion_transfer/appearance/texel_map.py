"""Which point of the surface each texel of the atlas shows."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.atlas import nearest_inside, rasterize_atlas
from motion_transfer.rendering.rasterizer import interpolate_barycentric


@value
class TexelMap:
    """The texels that lie on the surface.

    Attributes:
        size: of the square atlas.
        row, column: where they are in the atlas.
        face, barycentric: their points of the surface.
        nearest: for every texel of the atlas, the index of the nearest one on the surface; fills the gaps.
    """

    size: int
    row: Int[Tensor, "texel"]
    column: Int[Tensor, "texel"]
    face: Int[Tensor, "texel"]
    barycentric: Float[Tensor, "texel 3"]
    nearest: Int[Tensor, "size size"]

    def at(
        self, vertex_values: Float[Tensor, "vertex channel"], faces: Int[Tensor, "face 3"]
    ) -> Float[Tensor, "texel channel"]:
        """Interpolate values of the vertices at the texels."""
        return interpolate_barycentric(vertex_values, faces[self.face], self.barycentric)

    def to_atlas(self, texel_values: Float[Tensor, "texel channel"]) -> Float[Tensor, "channel size size"]:
        """Lay values of the texels out in the atlas; beside the surface stands the value of the nearest texel."""
        return texel_values[self.nearest].permute(2, 0, 1)


def texel_map(model: BodyModel, size: int) -> TexelMap:
    """Find the texels of a square atlas by rasterizing it."""
    fragments, order = rasterize_atlas(model, ImageSize(height=size, width=size))
    row, column = torch.nonzero(fragments.covered[0], as_tuple=True)
    face = fragments.face[0, row, column]
    index = torch.full((size, size), -1)
    index[row, column] = torch.arange(len(row))
    near_row, near_column = map(torch.from_numpy, nearest_inside(fragments.covered[0].numpy()))
    return TexelMap(
        size=size,
        row=row,
        column=column,
        face=face,
        barycentric=fragments.barycentric[0, row, column].gather(1, order[face]),  # back to the face's own order
        nearest=index[near_row.long(), near_column.long()],
    )
