"""A driven body at the frame's own pixels: borders between its parts and its texture show no steps of the grid."""

import cv2
import numpy as np
import torch
from jaxtyping import Float, Int

from motion_transfer.body.posing import PosedBody
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.references.driven_frames import DrivenFrame, SurfaceParts
from motion_transfer.references.enlarging import Enlargement
from motion_transfer.rendering.nearest_pixel import nearest_pixel
from motion_transfer.rendering.rasterizer import rasterize_some
from motion_transfer.rendering.surface_maps import draw_colours, uv_map
from motion_transfer.rendering.texture import Texture


@value
class NativeBody:
    """What each pixel of the frame shows of a body.

    Attributes:
        part: body part, -1 beside the body.
        texture: colours in [0, 255]; beside the body those of its nearest pixel, so that no dark rim is mixed in.
    """

    part: Int[np.ndarray, "tall wide"]
    texture: Float[np.ndarray, "tall wide 3"]


def native_body(
    driven: DrivenFrame,
    posed: PosedBody,
    parts: SurfaceParts,
    texture: Texture,
    to: Enlargement,
) -> NativeBody:
    """Draw the faces of a driven body that are shown."""
    height, width = to.size
    first_cell = driven.vertices_px.new_tensor(to.corner[::-1])
    first_px = driven.vertices_px.new_tensor([to.area[1].start, to.area[0].start])
    pixels = (driven.vertices_px + first_cell) * to.px_per_cell - first_px
    size = ImageSize(height=height, width=width)
    fragments = rasterize_some(pixels, driven.depth_m, posed.faces, size, driven.shown)
    face = fragments.face[0]
    drawn = draw_colours(fragments, texture, uv_map(fragments, posed))[0].permute(1, 2, 0).numpy() * 255
    part = torch.where(face >= 0, parts.part_of_face[face.clamp(min=0)], -1).numpy()
    covered = fragments.covered[0].numpy()
    if covered.any():
        _, nearest = nearest_pixel(covered)
        drawn = _antialiased(drawn.reshape(-1, 3)[nearest], part.reshape(-1)[nearest])
    return NativeBody(part=part, texture=drawn)


def _antialiased(
    rgb: Float[np.ndarray, "tall wide 3"], part: Int[np.ndarray, "tall wide"]
) -> Float[np.ndarray, "tall wide 3"]:
    """Colours without the steps of the pixels where one part of the body lies before another."""
    numbers, around = part.astype(np.uint8), np.ones((3, 3), np.uint8)
    border = cv2.dilate(numbers, around) != cv2.erode(numbers, around)
    return np.where(border[..., None], cv2.GaussianBlur(rgb, (3, 3), 0), rgb)
