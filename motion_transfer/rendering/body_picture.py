"""A shaded body drawn over a picture, for contact sheets."""

import numpy as np
from jaxtyping import UInt8

from motion_transfer.body.posing import PosedBody
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.rasterizer import interpolate, render_mesh
from motion_transfer.rendering.surface_maps import posed_normals

TINT = np.array([110.0, 170.0, 255.0])
LIGHT = np.array([0.3, 0.6, 0.74])


def draw_body(
    picture: UInt8[np.ndarray, "height width 3"], posed: PosedBody, camera: Camera
) -> UInt8[np.ndarray, "height width 3"]:
    """Draw the body of one frame over the picture, which may be smaller than the camera's image.

    Args:
        posed: of one frame.
        camera: of the full frame.
    """
    small = camera.resized(ImageSize(height=picture.shape[0], width=picture.shape[1]))
    fragments = render_mesh(posed.vertices_m(), posed.shaped.model.faces, small)
    normals = interpolate(fragments, posed.shaped.model.faces, posed_normals(posed))[0].permute(1, 2, 0).numpy()
    shade = 0.35 + 0.65 * np.clip(normals @ LIGHT, 0, 1)
    drawn = 0.15 * picture + 0.85 * shade[..., None] * TINT
    return np.where(fragments.covered[0].numpy()[..., None], drawn, picture).clip(0, 255).astype(np.uint8)
