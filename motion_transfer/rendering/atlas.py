"""The surface atlas as a picture: which point of the body each texel shows."""

import numpy as np
import torch
from jaxtyping import Bool, Int
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.rasterizer import Fragments, rasterize


def rasterize_atlas(model: BodyModel, size: ImageSize) -> tuple[Fragments, Int[Tensor, "face 3"]]:
    """Rasterize the triangles of the atlas itself, in one frame.

    Charts may lie mirrored, so that faces are turned over where they would be culled.

    Returns:
        The fragments, and for each face the order of its corners that their barycentric weights belong to. Each order
        is its own inverse.
    """
    flat_px = model.uv * torch.tensor([size.width, size.height])
    a, b, c = flat_px[model.uv_faces].unbind(1)
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    order = torch.where((area > 0)[:, None], torch.tensor([0, 2, 1]), torch.tensor([0, 1, 2]))
    faces = model.uv_faces.gather(1, order)
    return rasterize(flat_px[None], torch.ones(1, len(flat_px)), faces, size), order


def nearest_inside(
    inside: Bool[np.ndarray, "height width"],
) -> tuple[Int[np.ndarray, "height width"], Int[np.ndarray, "height width"]]:
    """Row and column of the nearest pixel inside, for every pixel."""
    row, column = np.asarray(distance_transform_edt(~inside, return_distances=False, return_indices=True))
    return row, column
