"""Rooms out of nothing: a camera, and what it sees where nobody stands."""

import colorsys

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from scipy.ndimage import gaussian_filter

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize

WALL_BEHIND_M = 1.8  # the wall stands this far behind the origin
ROOM_HEIGHT_M, ROOM_WIDTH_M = 2.5, 2.4  # what the picture must hold where the person stands
SKIRTING_M = 0.09


@value
class Background:
    """An empty room.

    Attributes:
        ground_m: x and z of the point of the ground that each pixel shows (meaningless where `is_ground` is false).
    """

    rgb: UInt8[np.ndarray, "height width 3"]
    ground_m: Float[np.ndarray, "height width 2"]
    is_ground: Bool[np.ndarray, "height width"]


def room_camera(size: ImageSize, seed: int) -> Camera:
    """A camera at chest height, pitched slightly down, that holds a dancer at the origin from head to toe."""
    generator = np.random.default_rng(seed)
    focal_px = 0.95 * max(size.height, size.width)
    height_m = generator.uniform(1.0, 1.3)
    distance_m = max(ROOM_HEIGHT_M * focal_px / size.height, ROOM_WIDTH_M * focal_px / size.width)
    distance_m *= generator.uniform(1.0, 1.08)
    pitch = np.arctan2(height_m - 0.98, distance_m)  # the middle of the picture shows the dancer's middle
    cos, sin = np.cos(pitch), np.sin(pitch)
    # Rows: the camera's axes right, down and forward in the world.
    rotation = np.array([[1, 0, 0], [0, -cos, sin], [0, -sin, -cos]])
    camera_from_world = np.eye(4)
    camera_from_world[:3, :3] = rotation
    camera_from_world[:3, 3] = -rotation @ [0, height_m, distance_m]
    intrinsics = [[focal_px, 0, size.width / 2], [0, focal_px, size.height / 2], [0, 0, 1]]
    return Camera(
        intrinsics_px=torch.tensor(intrinsics, dtype=torch.float32),
        camera_from_world=torch.tensor(camera_from_world, dtype=torch.float32),
        size=size,
    )


def room(camera: Camera, seed: int) -> Background:
    """Paint a wall with pictures and furniture, and a floor, as the camera sees them."""
    generator = np.random.default_rng([seed, 7])
    twice = ImageSize(height=2 * camera.size.height, width=2 * camera.size.width)
    ground, on_ground, wall = _surfaces(camera.resized(twice))
    hue = generator.random()
    rgb = np.where(on_ground[..., None], _floor(ground, hue, generator), _wall(wall, hue, generator))
    distance = np.where(on_ground, np.hypot(ground[..., 0], ground[..., 1] - 0.5), np.abs(wall[..., 0] - 0.6))
    rgb = rgb * (1.05 - 0.05 * distance.clip(0, 5)[..., None])  # light falls off to the sides
    height, width = camera.size.height, camera.size.width
    halved = rgb.reshape(height, 2, width, 2, 3).mean((1, 3))
    return Background(
        rgb=(halved.clip(0, 1) * 255).round().astype(np.uint8),
        ground_m=ground[::2, ::2].astype(np.float32),
        is_ground=on_ground[::2, ::2],
    )


def _surfaces(camera: Camera) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For every pixel: (x, z) on the ground, whether the ground hides the wall there, and (x, y) on the wall."""
    rows, columns = torch.meshgrid(torch.arange(camera.size.height), torch.arange(camera.size.width), indexing="ij")
    pixels = torch.stack([columns, rows], -1) + 0.5
    one = torch.ones(pixels.shape[:2])
    near, far = camera.unproject(pixels, one).double().numpy(), camera.unproject(pixels, 2 * one).double().numpy()
    ray = far - near
    with np.errstate(divide="ignore", invalid="ignore"):  # rays along a surface never meet it
        to_ground = -near[..., 1] / ray[..., 1]
        to_wall = (-WALL_BEHIND_M - near[..., 2]) / ray[..., 2]
    on_ground = (ray[..., 1] < 0) & (to_ground < to_wall)
    ground = near + ray * np.where(on_ground, to_ground, 0)[..., None]
    wall = near + ray * to_wall[..., None]
    return ground[..., [0, 2]], on_ground, wall[..., :2]


def _floor(ground_m: np.ndarray, hue: float, generator: np.random.Generator) -> Float[np.ndarray, "height width 3"]:
    """Planks, tiles or carpet."""
    kind = generator.choice(["planks", "tiles", "carpet"])
    base = np.array(
        colorsys.hsv_to_rgb((0.07 + 0.1 * hue) % 1, generator.uniform(0.1, 0.4), generator.uniform(0.4, 0.7))
    )
    x, z = ground_m[..., 0] + 50, ground_m[..., 1] + 50
    if kind == "planks":
        number = np.floor(x / 0.14)
        shade = 1 + 0.08 * np.sin(number * 12.9898) + 0.03 * np.sin(z * 9 + number * 4) * np.sin(x * 160)
        shade *= np.where(np.mod(x, 0.14) < 0.006, 0.7, 1.0)
    elif kind == "tiles":
        number = np.floor(x / 0.4) * 7 + np.floor(z / 0.4) * 3
        shade = 1 + 0.05 * np.sin(number * 78.233)
        shade *= np.where((np.mod(x, 0.4) < 0.008) | (np.mod(z, 0.4) < 0.008), 0.75, 1.0)
    else:
        shade = 1 + 0.04 * np.sin(x * 5.1 + np.sin(z * 3)) * np.sin(z * 4.3)
    return base * shade[..., None]


def _wall(wall_m: np.ndarray, hue: float, generator: np.random.Generator) -> Float[np.ndarray, "height width 3"]:
    x, y = wall_m[..., 0], wall_m[..., 1]
    base = np.array(colorsys.hsv_to_rgb(hue, generator.uniform(0.05, 0.25), generator.uniform(0.65, 0.85)))
    rough = gaussian_filter(generator.normal(0, 1, x.shape), 6)
    shade = 0.92 + 0.05 * y.clip(0, 3) + 0.02 * rough / rough.std()
    rgb = base * shade[..., None]
    rgb[y < SKIRTING_M] = np.minimum(base * 1.15, 0.95)
    for side in (-1, 1):  # a picture and a piece of furniture on either side, different ones
        centre = side * generator.uniform(0.75, 1.3)
        height, half_x, half_y = generator.uniform(1.4, 1.9), generator.uniform(0.18, 0.4), generator.uniform(0.15, 0.3)
        frame = _rectangle(x, y, centre, height, half_x, half_y)
        inner = _rectangle(x, y, centre, height, half_x - 0.035, half_y - 0.035)
        rgb[frame] = generator.uniform(0.15, 0.3)
        colour = np.array(colorsys.hsv_to_rgb(generator.random(), 0.5, 0.75))
        waves = 0.85 + 0.15 * np.sin(generator.uniform(8, 20) * x + generator.uniform(8, 20) * y)
        rgb[inner] = (colour * waves[..., None])[inner]
        tall = generator.uniform(0.5, 0.85)
        cupboard = _rectangle(x, y, side * generator.uniform(1.1, 1.6), tall / 2, generator.uniform(0.3, 0.5), tall / 2)
        wood = np.array(colorsys.hsv_to_rgb(generator.uniform(0.05, 0.12), 0.45, generator.uniform(0.3, 0.55)))
        rgb[cupboard] = wood
        rgb[cupboard & (np.mod(y, 0.25) < 0.012)] = 0.6 * wood
    return rgb


def _rectangle(x: np.ndarray, y: np.ndarray, at_x: float, at_y: float, half_x: float, half_y: float) -> np.ndarray:
    return (np.abs(x - at_x) < half_x) & (np.abs(y - at_y) < half_y)
