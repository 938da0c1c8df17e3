"""The textured body drawn over a picture, without any network."""

import numpy as np
from jaxtyping import UInt8

from motion_transfer.body.posing import PosedBody
from motion_transfer.domain.camera import Box, Camera
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.crop_track import body_boxes
from motion_transfer.rendering.rasterizer import render_mesh
from motion_transfer.rendering.surface_maps import draw_colours, uv_map
from motion_transfer.rendering.texture import Texture


def draw_textured(
    picture: UInt8[np.ndarray, "height width 3"], posed: PosedBody, texture: Texture, camera: Camera
) -> UInt8[np.ndarray, "height width 3"]:
    """Draw the body of one frame over a picture of the camera's size, pixel by pixel.

    Args:
        posed: of one frame.
    """
    vertices, drawn = posed.vertices_m(), picture.copy()
    left, top, right, bottom = body_boxes(vertices, camera)[0].tolist()
    rows = slice(max(int(top), 0), min(int(bottom) + 1, camera.size.height))
    columns = slice(max(int(left), 0), min(int(right) + 1, camera.size.width))
    if rows.stop <= rows.start or columns.stop <= columns.start:
        return drawn
    size = ImageSize(height=rows.stop - rows.start, width=columns.stop - columns.start)
    box = Box(left=columns.start, top=rows.start, width=size.width, height=size.height)
    fragments = render_mesh(vertices, posed.shaped.model.faces, camera.cropped(box, size))
    colours = draw_colours(fragments, texture, uv_map(fragments, posed))[0].permute(1, 2, 0).numpy()
    covered = fragments.covered[0].numpy()
    drawn[rows, columns][covered] = (colours[covered] * 255).round().clip(0, 255).astype(np.uint8)
    return drawn
