"""A shaded mesh drawn over a picture, for contact sheets and previews."""

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from motion_transfer.body.posing import vertex_normals
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.mesh_motion import MeshMotion
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.rasterizer import Fragments, interpolate_barycentric, render_mesh

TINT = np.array([110.0, 170.0, 255.0])
LIGHT = np.array([0.3, 0.6, 0.74])
OPACITY = 0.85


def draw_body(
    picture: UInt8[np.ndarray, "height width 3"], posed: MeshMotion, camera: Camera
) -> UInt8[np.ndarray, "height width 3"]:
    """Draw the mesh of one frame over the picture, which may be smaller than the camera's image.

    Args:
        posed: of one frame.
        camera: of the full frame.
    """
    small = camera.resized(ImageSize(height=picture.shape[0], width=picture.shape[1]))
    vertices, faces = posed.vertices_m(), posed.faces
    fragments = render_mesh(vertices, faces, small)
    seen, shade = fragments.covered[0].numpy(), shading(fragments, vertices[0], faces, LIGHT)[:, None]
    drawn = picture.copy()
    drawn[seen] = ((1 - OPACITY) * picture[seen] + OPACITY * shade * TINT).clip(0, 255)
    return drawn


def shading(
    fragments: Fragments,
    vertices_m: Float[Tensor, "vertex 3"],
    faces: Int[Tensor, "face 3"],
    toward_light: Float[np.ndarray, "3"],
) -> Float[np.ndarray, "pixel"]:
    """Lambert's law with light from all around: the brightness of every covered pixel of one frame.

    Args:
        toward_light: a unit vector in world axes.
    """
    normals = at_covered_pixels(fragments, vertex_normals(vertices_m, faces), faces)
    normals = torch.nn.functional.normalize(normals, dim=1).numpy()
    return 0.35 + 0.65 * np.clip(normals @ toward_light, 0, 1)


def at_covered_pixels(
    fragments: Fragments, values: Float[Tensor, "vertex channel"], faces: Int[Tensor, "face 3"]
) -> Float[Tensor, "pixel channel"]:
    """Values of the vertices, interpolated at every covered pixel of one frame."""
    pixels = fragments.covered_pixels()
    corners = faces[fragments.face.flatten()[pixels]]
    return interpolate_barycentric(values, corners, fragments.barycentric.flatten(0, 2)[pixels])
