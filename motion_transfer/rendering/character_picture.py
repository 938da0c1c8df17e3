"""A character in its own colours, drawn on a floor by cameras that walk around it."""

import math

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.character_mesh import CharacterMesh
from motion_transfer.rendering.body_picture import at_covered_pixels, shading
from motion_transfer.rendering.rasterizer import render_mesh
from motion_transfer.rendering.texture import sample_points

FOCAL = 1.4  # focal length over the picture's height
MARGIN = 1.5  # height of the view where the character stands, over the character's
EYE = 0.75  # height of the camera over the character's
LIGHT_IN_CAMERA = np.array([0.3, -0.6, -0.74])
TILE_M = 0.5
TILES = (np.array([222.0, 222.0, 226.0]), np.array([200.0, 200.0, 206.0]))
SKY = np.array([236.0, 238.0, 242.0])
FADE_M = 12.0  # where the floor has become sky


def draw_character(
    picture: UInt8[np.ndarray, "height width 3"],
    surface_m: Float[Tensor, "surface_vertex 3"],
    character: CharacterMesh,
    camera: Camera,
) -> UInt8[np.ndarray, "height width 3"]:
    """Draw one frame over a picture of the camera's size."""
    vertices, faces = character.split(surface_m)[None].float(), character.faces
    fragments = render_mesh(vertices, faces, camera)
    toward_light = camera.camera_from_world[:3, :3].numpy().T @ LIGHT_IN_CAMERA  # so that no side lies in the dark
    shade = shading(fragments, surface_m.float(), character.surface_vertex[faces], toward_light)
    rgb = at_covered_pixels(fragments, torch.from_numpy(character.vertex_rgb).float(), faces).numpy()
    if character.uv is not None and character.texture is not None:
        uv = at_covered_pixels(fragments, torch.tensor(character.uv, dtype=torch.float32), faces)
        atlas = torch.from_numpy(character.texture).permute(2, 0, 1).float() / 255
        rgb = rgb * sample_points(atlas, uv % 1.0).numpy()
    drawn = picture.copy()
    drawn[fragments.covered[0].numpy()] = (rgb * shade[:, None]).clip(0, 255)
    return drawn


def orbit_camera(middle_m: Float[Tensor, "3"], height_m: float, angle_rad: float, size: ImageSize) -> Camera:
    """A camera that looks at a character from some side.

    Args:
        middle_m: the point on the ground that it looks above of.
        angle_rad: 0 sees it from +z, positive angles from its left.
    """
    distance = MARGIN * height_m * FOCAL
    away = torch.tensor([math.sin(angle_rad), 0.0, math.cos(angle_rad)])
    aim = middle_m * torch.tensor([1.0, 0.0, 1.0]) + torch.tensor([0.0, 0.5 * height_m, 0.0])
    eye = aim + distance * away + torch.tensor([0.0, (EYE - 0.5) * height_m, 0.0])
    forward = torch.nn.functional.normalize(aim - eye, dim=0)
    right = torch.nn.functional.normalize(torch.linalg.cross(forward, torch.tensor([0.0, 1.0, 0.0])), dim=0)
    rotation = torch.stack([right, torch.linalg.cross(forward, right), forward])
    camera_from_world = torch.eye(4)
    camera_from_world[:3, :3], camera_from_world[:3, 3] = rotation, -rotation @ eye
    focal = FOCAL * size.height
    intrinsics = torch.tensor([[focal, 0, size.width / 2], [0, focal, size.height / 2], [0, 0, 1]])
    return Camera(intrinsics_px=intrinsics, camera_from_world=camera_from_world, size=size)


def draw_floor(camera: Camera) -> UInt8[np.ndarray, "height width 3"]:
    """Tiles on the ground y = 0 that fade into the distance, as the camera sees them."""
    height, width = camera.size.height, camera.size.width
    eye = camera.position_m.numpy()
    # A ray is linear in the pixel, so that three corners tell all of them.
    corners = camera.unproject(torch.tensor([[0.5, 0.5], [1.5, 0.5], [0.5, 1.5]]), torch.ones(3)).numpy() - eye
    first, across, down = corners[0], corners[1] - corners[0], corners[2] - corners[0]
    rows, columns = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)
    x, y, z = (first[axis] + columns * across[axis] + rows * down[axis] for axis in range(3))
    downward = y < -1e-6
    along = np.where(downward, -eye[1] / np.minimum(y, -1e-6), 0)
    x, z = along * x, along * z
    odd = (np.floor((x + eye[0]) / TILE_M) + np.floor((z + eye[2]) / TILE_M)) % 2 > 0
    far = np.clip(np.sqrt(x * x + z * z) / FADE_M, 0, 1)
    picture = np.empty((height, width, 3), np.uint8)
    for channel in range(3):
        tile = np.where(odd, TILES[0][channel], TILES[1][channel])
        picture[..., channel] = np.where(downward, tile + far * (SKY[channel] - tile), SKY[channel])
    return picture
