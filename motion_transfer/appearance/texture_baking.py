"""The surface texture from the target's frames: every texel takes the colours of the frames that show it best."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from motion_transfer.appearance.texel_map import TexelMap
from motion_transfer.appearance.texture_completion import complete_texels
from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import PARTS
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.prefetch import thread_map
from motion_transfer.rendering.rasterizer import render_mesh
from motion_transfer.rendering.surface_maps import posed_normals
from motion_transfer.rendering.texture import Texture

GRAZING = 0.25  # cosine to the line of sight below which a surface is seen too flatly
BEHIND_M = 0.015  # a texel this far behind what the pixel sees is hidden
OUTLIER = 30.0 / 255  # distance from the median at which a sample loses most of its say
STRANGE = 0.3  # distance in colours of [0, 1] from a hand's median at which it is what lies behind the hand
FULLY_SEEN = 3.0  # sum of weights at which a texel counts as well seen


@value
class View:
    """One frame of the target, cropped to the person.

    Attributes:
        alpha: where the person and nothing else is; held objects are cut out.
        camera: of the crop.
    """

    rgb: UInt8[np.ndarray, "height width 3"]
    alpha: Float[np.ndarray, "height width"]
    camera: Camera
    pose: BodyPose


def bake_texture(views: Iterator[View], count: int, body: ShapedBody, texels: TexelMap) -> Texture:
    """Combine the views robustly and complete what none of them shows."""
    colours = np.zeros((count, len(texels.face), 3), np.uint8)
    weights = np.zeros((count, len(texels.face)), np.float16)
    for row, (rgb, weight) in enumerate(thread_map(lambda view: _sample(view, body, texels), views)):
        colours[row], weights[row] = rgb.numpy(), weight.numpy()
    rgb, total = _combine(colours, weights)
    total = total * ~_strange_on_hands(rgb, total, body.model.part_of_face[texels.face])
    seen = (total / FULLY_SEEN).clamp(max=1)
    full = complete_texels(rgb, seen, texels, body.model)
    return Texture(rgb=texels.to_atlas(full), seen=texels.to_atlas(seen[:, None])[0])


def _sample(view: View, body: ShapedBody, texels: TexelMap) -> tuple[UInt8[Tensor, "texel 3"], Float[Tensor, "texel"]]:
    """Colour of every texel in one view and how much it can be trusted."""
    posed = body.posed(view.pose)
    vertices, faces = posed.vertices_m(), body.model.faces
    fragments = render_mesh(vertices, faces, view.camera)
    points = texels.at(vertices[0], faces)
    normals = torch.nn.functional.normalize(texels.at(posed_normals(posed)[0], faces), dim=-1)
    pixels, depth = view.camera.project(points)
    eye = -view.camera.camera_from_world[:3, :3].T @ view.camera.camera_from_world[:3, 3]
    facing = (normals * torch.nn.functional.normalize(eye - points, dim=-1)).sum(-1)
    x, y = pixels[:, 0].floor().long(), pixels[:, 1].floor().long()
    height, width = view.rgb.shape[:2]
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
    visible = inside & (depth < fragments.depth_m[0, y, x] + BEHIND_M)
    alpha = torch.from_numpy(view.alpha)[y, x]
    weight = visible * ((facing - GRAZING) / (1 - GRAZING)).clamp(min=0) ** 2 * (alpha > 0.9)
    grid = (pixels / torch.tensor([width, height]) * 2 - 1)[None, None]
    picture = torch.from_numpy(view.rgb).permute(2, 0, 1)[None].float()
    rgb = torch.nn.functional.grid_sample(picture, grid, align_corners=False, padding_mode="border")[0, :, 0].T
    return rgb.round().byte(), weight


def _combine(colours: np.ndarray, weights: np.ndarray) -> tuple[Float[Tensor, "texel 3"], Float[Tensor, "texel"]]:
    """Mean of the samples near the median, in colours of [0, 1], and the sum of the weights."""
    usable = weights > 0.02
    masked = np.where(usable[..., None], colours, 255)
    masked.sort(axis=0)
    middle = (np.maximum(usable.sum(0) - 1, 0) // 2)[None, :, None]
    median = np.take_along_axis(masked, np.broadcast_to(middle, (1, *masked.shape[1:])), 0)[0].astype(np.float32) / 255
    total, summed = np.zeros(weights.shape[1], np.float32), np.zeros((weights.shape[1], 3), np.float32)
    for sample, weight in zip(colours, weights, strict=True):
        rgb = sample.astype(np.float32) / 255
        say = weight.astype(np.float32) * np.exp(-(((rgb - median) ** 2).sum(1)) / OUTLIER**2)
        total += say
        summed += rgb * say[:, None]
    rgb = np.where(total[:, None] > 0.02, summed / np.maximum(total, 1e-6)[:, None], median)
    return torch.from_numpy(rgb), torch.from_numpy(np.where(usable.any(0), total, 0).astype(np.float32))


def _strange_on_hands(
    rgb: Float[Tensor, "texel 3"], total: Float[Tensor, "texel"], part: Int[Tensor, "texel"]
) -> Bool[Tensor, "texel"]:
    """Texels of hands that show something else: fingers are as thin as the fit is exact, and skin or glove is of one
    colour."""
    strange = torch.zeros(len(part), dtype=torch.bool)
    for name in ("left_hand", "right_hand"):
        seen = (part == PARTS.index(name)) & (total > 0)
        if seen.any():
            strange |= seen & ((rgb - rgb[seen].median(0).values).norm(dim=1) > STRANGE)
    return strange


def well_seen(texture: Texture) -> Bool[Tensor, "height width"]:
    """Texels whose colour was seen rather than guessed."""
    return texture.seen > 0.15
