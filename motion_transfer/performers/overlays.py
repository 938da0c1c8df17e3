"""One crop of the target with the body drawn into it: the common ground of registration, held objects and scoring."""

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor

from motion_transfer.appearance.occluders import find_occluders
from motion_transfer.appearance.plate import Plate
from motion_transfer.appearance.rerender import Rerender
from motion_transfer.body.posing import PosedBody, ShapedBody
from motion_transfer.datasets.footage import Footage
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.camera import Camera
from motion_transfer.rendering.rasterizer import render_mesh
from motion_transfer.rendering.surface_maps import draw_texture, uv_map
from motion_transfer.rendering.texture import Texture


def draw_overlay(
    footage: Footage,
    index: int,
    alpha: Float[np.ndarray, "height width"],
    plate: Plate,
    texture: Texture,
    posed: PosedBody,
    camera: Camera,
) -> Rerender:
    """Render the textured body of one frame into its crop and find what does not belong to it.

    Args:
        camera: of the full frame.
    """
    window_camera = footage.camera(index, camera)
    fragments = render_mesh(posed.vertices_m(), posed.shaped.model.faces, window_camera)
    covered = fragments.covered[0].numpy()
    drawn = draw_texture(fragments, texture, uv_map(fragments, posed))[0]
    background = footage.crop(index, plate.rgb)
    rgb = (drawn[:3].permute(1, 2, 0).numpy() * 255).round().clip(0, 255).astype(np.uint8)
    textured = np.where(covered[..., None], rgb, background)
    seen = drawn[3].numpy()
    frame = np.asarray(footage.rgb[index])
    held = find_occluders(frame, textured, covered, seen, background, alpha)
    inside = footage.valid(index, camera.size) > 0
    return Rerender(frame=frame, textured=textured, seen=seen, alpha=alpha, trusted=inside & ~held, fragments=fragments)


def pose_of(body: ShapedBody, pose: BodyPose, number: int) -> PosedBody:
    """One frame's body."""
    return body.posed(pose[number : number + 1])


def as_bytes(alpha: Float[np.ndarray, "height width"]) -> UInt8[np.ndarray, "height width"]:
    """Alpha as it is stored."""
    return (alpha * 255).round().astype(np.uint8)


def to_full_frame(
    places_px: Float[Tensor, "point 2"], top_left_px: Float[Tensor, "2"], px_per_pixel: float
) -> Float[Tensor, "point 2"]:
    """Window pixels as full-frame pixels."""
    return places_px * px_per_pixel + top_left_px
