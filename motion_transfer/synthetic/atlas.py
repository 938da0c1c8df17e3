"""The surface atlas as a canvas: every texel knows which part of the body it covers and where that lies at rest."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import vertex_normals
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.atlas import nearest_inside, rasterize_atlas


@value
class Atlas:
    """The texels of a body's atlas; those outside of all charts repeat the nearest one inside, against seams.

    Attributes:
        rest_m: position on the template (body axes).
        normal: outward direction there.
        part: index into `PARTS`.
        inside: texels that a chart covers.
    """

    rest_m: Float[np.ndarray, "height width 3"]
    normal: Float[np.ndarray, "height width 3"]
    part: Int[np.ndarray, "height width"]
    inside: Bool[np.ndarray, "height width"]


def unfold(model: BodyModel, size: ImageSize) -> Atlas:
    """Find the point of the body at rest that each texel shows."""
    fragments, order = rasterize_atlas(model, size)
    face, weights = fragments.face[0], fragments.barycentric[0]
    corners = model.faces.gather(1, order)[face]
    rest = (model.template_m[corners] * weights[..., None]).sum(-2)
    normals = vertex_normals(model.template_m, model.faces)
    normal = torch.nn.functional.normalize((normals[corners] * weights[..., None]).sum(-2), dim=-1)
    inside = fragments.covered[0].numpy()
    row, column = nearest_inside(inside)
    return Atlas(
        rest_m=rest.numpy()[row, column],
        normal=normal.numpy()[row, column],
        part=model.part_of_face[face].numpy()[row, column],
        inside=inside,
    )
