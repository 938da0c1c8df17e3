"""The re-rendered frame (analysis by synthesis): the textured body in a crop, and what does not belong to it."""

import numpy as np
import torch
from jaxtyping import Bool

from motion_transfer.appearance.occluders import find_occluders
from motion_transfer.appearance.rerender import Rerender
from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.body_motion import Capture
from motion_transfer.prefetch import thread_map
from motion_transfer.registration.crops import Crops
from motion_transfer.registration.footage import posed_in
from motion_transfer.rendering.rasterizer import render_mesh
from motion_transfer.rendering.surface_maps import draw_texture, uv_map
from motion_transfer.rendering.texture import Texture


def rerender(crops: Crops, index: int, body: ShapedBody, capture: Capture, texture: Texture) -> Rerender:
    """Render the textured body of one frame into its crop and find held objects by the difference."""
    camera = crops.camera(index, capture.camera)
    posed = posed_in(capture, body, crops.frames[index])
    fragments = render_mesh(posed.vertices_m(), body.model.faces, camera)
    covered = fragments.covered[0].numpy()
    drawn = draw_texture(fragments, texture, uv_map(fragments, posed))[0]
    background = crops.crop(index, crops.plate.rgb)
    rgb = (drawn[:3].permute(1, 2, 0).numpy() * 255).round().clip(0, 255).astype(np.uint8)
    textured = np.where(covered[..., None], rgb, background)
    seen, frame, alpha = drawn[3].numpy(), np.asarray(crops.rgb[index]), crops.alpha(index)
    held = find_occluders(frame, textured, covered, seen, background, alpha)
    inside = crops.inside(index, capture.camera.size) > 0
    return Rerender(frame=frame, textured=textured, seen=seen, alpha=alpha, trusted=inside & ~held, fragments=fragments)


def find_trusted(
    crops: Crops, body: ShapedBody, capture: Capture, texture: Texture
) -> Bool[np.ndarray, "frame height width"]:
    """Pixels of each crop that show body or background: inside the frame, and no held object."""

    @torch.no_grad()
    def trusted_in(index: int) -> np.ndarray:
        return rerender(crops, index, body, capture, texture).trusted

    trusted = np.empty(crops.matte.shape, bool)
    for index, found in enumerate(thread_map(trusted_in, range(len(crops)))):
        trusted[index] = found
    return trusted
