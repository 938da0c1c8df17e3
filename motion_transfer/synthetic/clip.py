"""Rendered clips: a performer in motion before a background, with the person's exact mask.

Each frame is computed when it is asked for, from its number alone, so that every pass yields the same pixels. The
person is drawn at twice the resolution inside a box around the body and averaged down.
"""

from collections.abc import Iterator
from functools import lru_cache

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body, vertex_normals
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Box, Camera
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.rendering.rasterizer import render_mesh
from motion_transfer.rendering.texture import sample_points
from motion_transfer.synthetic.performer import SyntheticPerformer
from motion_transfer.synthetic.scene import Background

SUPERSAMPLING = 2
MARGIN_PX = 2
KEY_LIGHT = (-0.35, 0.7, 0.62)  # where the light comes from, world axes
AMBIENT, KEY, SKY = 0.5, 0.45, 0.08
NOISE_LEVELS = 1.5  # standard deviation of the sensor's noise, of 255
NOISE_SHIFT_PX = 256
SHADOW_JOINTS = ("left_foot", "right_foot", "left_ankle", "right_ankle", "left_knee", "right_knee", "pelvis")


@value
class SyntheticClip:
    """A rendered clip and everything that is true about it."""

    video: Video
    motion: BodyMotion
    camera: Camera
    masks: Masks
    performer: SyntheticPerformer


@value
class PersonLayer:
    """The person alone within a box of the frame.

    Attributes:
        left: column of the frame that the box starts at; `top` likewise for rows.
        rgb: colour in [0, 1] times alpha.
        alpha: the share of each pixel that the person covers.
    """

    left: int
    top: int
    rgb: Float[np.ndarray, "height width 3"]
    alpha: Float[np.ndarray, "height width"]


def synthesize_clip(
    model: BodyModel, performer: SyntheticPerformer, motion: BodyMotion, camera: Camera, background: Background
) -> SyntheticClip:
    """The video with its ground truth; the masks are rendered at once."""
    return SyntheticClip(
        video=render_clip(model, performer, motion, camera, background),
        motion=motion,
        camera=camera,
        masks=render_masks(model, motion, camera),
        performer=performer,
    )


def render_clip(
    model: BodyModel, performer: SyntheticPerformer, motion: BodyMotion, camera: Camera, background: Background
) -> Video:
    """A video whose frames are rendered when they are read."""
    shaped = shape_body(model, motion.shape)

    def frames() -> Iterator[UInt8[np.ndarray, "height width 3"]]:
        for number in range(len(motion)):
            yield render_frame(shaped, performer, motion, number, camera, background)

    return Video(open_frames=frames, size=camera.size, fps=motion.fps, frame_count=len(motion))


def render_masks(model: BodyModel, motion: BodyMotion, camera: Camera) -> Masks:
    """The person's coverage in every frame, exactly as it is drawn."""
    shaped = shape_body(model, motion.shape)
    return Masks(
        compressed=tuple(Masks.compress(coverage(shaped, motion, number, camera)) for number in range(len(motion))),
        size=camera.size,
    )


def coverage(shaped: ShapedBody, motion: BodyMotion, number: int, camera: Camera) -> UInt8[np.ndarray, "height width"]:
    """How much of each pixel of one frame the person covers, 0 to 255."""
    mask = np.zeros((camera.size.height, camera.size.width), np.uint8)
    layer = draw_person(shaped, None, motion, number, camera)
    if layer is not None:
        height, width = layer.alpha.shape
        mask[layer.top : layer.top + height, layer.left : layer.left + width] = (layer.alpha * 255).round()
    return mask


def render_frame(
    shaped: ShapedBody,
    performer: SyntheticPerformer,
    motion: BodyMotion,
    number: int,
    camera: Camera,
    background: Background,
) -> UInt8[np.ndarray, "height width 3"]:
    """One frame: the room with the person's shadow, the person over it, and the sensor's noise."""
    joints = shaped.posed(motion.pose[number : number + 1]).joints_m[0].numpy()
    frame = background.rgb * (_shadow(joints, background)[..., None] * np.float32(1 / 255))
    layer = draw_person(shaped, performer.texture_rgb, motion, number, camera)
    if layer is not None:
        height, width = layer.alpha.shape
        seen = frame[layer.top : layer.top + height, layer.left : layer.left + width]
        seen *= 1 - layer.alpha[..., None]
        seen += layer.rgb
    return np.clip(frame * 255 + (_noise(frame.shape, number) + 0.5), 0, 255).astype(np.uint8)


def draw_person(
    shaped: ShapedBody,
    texture_rgb: Float[Tensor, "3 tall wide"] | None,
    motion: BodyMotion,
    number: int,
    camera: Camera,
) -> PersonLayer | None:
    """Draw one frame's person, black without a texture; None where nothing of it is in the picture."""
    model = shaped.model
    vertices = shaped.posed(motion.pose[number : number + 1]).vertices_m()
    box = _box_around(vertices[0], camera)
    if box is None:
        return None
    width, height = int(box.width), int(box.height)
    fine = ImageSize(height=height * SUPERSAMPLING, width=width * SUPERSAMPLING)
    fragments = render_mesh(vertices, model.faces, camera.cropped(box, fine))
    seen = torch.nonzero(fragments.covered.flatten())[:, 0]
    pixels = torch.zeros(fine.height * fine.width, 4)
    pixels[seen, 3] = 1.0
    if texture_rgb is not None:
        face, weights = fragments.face.flatten()[seen], fragments.barycentric.flatten(0, 2)[seen][..., None]
        uv = (model.uv[model.uv_faces[face]] * weights).sum(1)
        normals = (vertex_normals(vertices[0], model.faces)[model.faces[face]] * weights).sum(1)
        light = _light(torch.nn.functional.normalize(normals, dim=-1))[:, None]
        pixels[seen, :3] = (sample_points(texture_rgb, uv) * light).clamp(0, 1)
    averaged = pixels.view(height, SUPERSAMPLING, width, SUPERSAMPLING, 4).mean((1, 3)).numpy()
    return PersonLayer(left=int(box.left), top=int(box.top), rgb=averaged[..., :3], alpha=averaged[..., 3])


def _box_around(vertices_m: Float[Tensor, "vertex 3"], camera: Camera) -> Box | None:
    """The whole pixels of the picture that hold the body; None where there are none."""
    pixels, depth = camera.project(vertices_m)
    pixels = pixels[depth > 0]
    if not len(pixels):
        return None
    left, top = (int(edge) - MARGIN_PX for edge in pixels.amin(0).floor())
    right, bottom = (int(edge) + MARGIN_PX for edge in pixels.amax(0).ceil())
    left, top = max(left, 0), max(top, 0)
    right, bottom = min(right, camera.size.width), min(bottom, camera.size.height)
    return Box(left=left, top=top, width=right - left, height=bottom - top) if right > left and bottom > top else None


def _light(normals: Float[Tensor, "pixel 3"]) -> Float[Tensor, "pixel"]:
    """Lambert's law for one key light, with light from all around and a little more from above."""
    toward = torch.nn.functional.normalize(torch.tensor(KEY_LIGHT), dim=0)
    return AMBIENT + KEY * (normals @ toward).clamp(min=0) + SKY * normals[:, 1]


def _noise(shape: tuple[int, ...], number: int) -> Float[np.ndarray, "height width 3"]:
    """The sensor's noise of one frame: drawn once for the size, then shifted at random, which costs far less."""
    rows, columns = np.random.default_rng(number).integers(NOISE_SHIFT_PX, size=2)
    return _noise_field(shape)[rows : rows + shape[0], columns : columns + shape[1]]


@lru_cache(maxsize=4)
def _noise_field(shape: tuple[int, ...]) -> Float[np.ndarray, "taller wider 3"]:
    larger = (shape[0] + NOISE_SHIFT_PX, shape[1] + NOISE_SHIFT_PX, 3)
    return np.random.default_rng(0).standard_normal(larger, dtype=np.float32) * np.float32(NOISE_LEVELS)


def _shadow(joints_m: Float[np.ndarray, "joint 3"], background: Background) -> Float[np.ndarray, "height width"]:
    """How much light reaches each pixel of the room: soft blots on the ground, fainter and wider from higher joints."""
    step = 4
    ground = background.ground_m[::step, ::step]
    blocked = np.zeros(ground.shape[:2], np.float32)
    for name in SHADOW_JOINTS:
        x, y, z = joints_m[joint(name)]
        radius = 0.09 + 0.3 * max(y, 0.0)
        squared = (ground[..., 0] - x) ** 2 + (ground[..., 1] - z) ** 2
        blocked += 0.35 * np.exp(-squared / (2 * radius**2)) / (1 + 3 * max(y, 0.0))
    height, width = background.is_ground.shape
    smooth = cv2.resize(blocked, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.where(background.is_ground, np.exp(-smooth), 1.0).astype(np.float32)
