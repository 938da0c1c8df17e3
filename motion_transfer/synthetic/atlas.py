"""The surface atlas as a canvas: every texel knows which part of the body it covers and where that lies at rest."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import vertex_normals
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.rasterizer import rasterize


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
    """Rasterize the atlas itself: its charts are triangles in a flat picture."""
    flat = model.uv * torch.tensor([size.width, size.height])
    uv_faces, faces = _facing_up(flat, model.uv_faces, model.faces)
    fragments = rasterize(flat[None], torch.ones(1, len(flat)), uv_faces, size)
    face, weights = fragments.face[0], fragments.barycentric[0]
    corners = faces[face]
    rest = (model.template_m[corners] * weights[..., None]).sum(-2)
    normals = vertex_normals(model.template_m, model.faces)
    normal = torch.nn.functional.normalize((normals[corners] * weights[..., None]).sum(-2), dim=-1)
    inside = fragments.covered[0].numpy()
    nearest = distance_transform_edt(~inside, return_distances=False, return_indices=True)
    row, column = np.asarray(nearest)
    return Atlas(
        rest_m=rest.numpy()[row, column],
        normal=normal.numpy()[row, column],
        part=model.part_of_face[face].numpy()[row, column],
        inside=inside,
    )


def _facing_up(
    flat: Float[Tensor, "uv_vertex 2"], uv_faces: Int[Tensor, "face 3"], faces: Int[Tensor, "face 3"]
) -> tuple[Int[Tensor, "face 3"], Int[Tensor, "face 3"]]:
    """Turn over the triangles that lie mirrored in the atlas, on both sides alike; the rasterizer culls such."""
    a, b, c = flat[uv_faces].unbind(1)
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    order = torch.where((area > 0)[:, None], torch.tensor([0, 2, 1]), torch.tensor([0, 1, 2]))
    return uv_faces.gather(1, order), faces.gather(1, order)
