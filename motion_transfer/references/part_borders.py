"""Borders between parts of the body, an arm before the trunk, at the frame's own pixels: no steps of the grid show."""

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from motion_transfer.domain.video import ImageSize
from motion_transfer.references.driven_frames import DrivenFrame, SurfaceParts
from motion_transfer.references.enlarging import Enlargement
from motion_transfer.rendering.rasterizer import rasterize_some


def parts_at_pixels(
    driven: DrivenFrame,
    faces: Int[Tensor, "face 3"],
    parts: SurfaceParts,
    to: Enlargement,
    shown: Bool[Tensor, "face"] | None,
) -> Int[np.ndarray, "tall wide"]:
    """Body part of each pixel of the frame, -1 beside the body.

    Args:
        shown: faces of the body that are rasterized; all where it is None.
    """
    height, width = to.size
    first_cell = driven.vertices_px.new_tensor(to.corner[::-1])
    first_px = driven.vertices_px.new_tensor([to.area[1].start, to.area[0].start])
    pixels = (driven.vertices_px + first_cell) * to.px_per_cell - first_px
    face = rasterize_some(pixels, driven.depth_m, faces, ImageSize(height=height, width=width), shown).face[0]
    return torch.where(face >= 0, parts.part_of_face[face.clamp(min=0)], -1).numpy()
