"""The surface texture from the target's frames: every texel takes the colours of the frames that show it best."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from motion_transfer.appearance.crossing_arms import beside_arms
from motion_transfer.appearance.masked_median import masked_median
from motion_transfer.appearance.part_colours import HANDS, STRETCHES, is_foreign, palettes, stretch_of_texel
from motion_transfer.appearance.texel_map import TexelMap
from motion_transfer.appearance.texture_completion import complete_texels
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import PARTS
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.prefetch import thread_map
from motion_transfer.rendering.rasterizer import render_mesh
from motion_transfer.rendering.surface_maps import posed_normals
from motion_transfer.rendering.texture import Texture, sample_points

GRAZING = 0.25  # cosine to the line of sight below which a surface is seen too flatly
BEHIND_M = 0.015  # a texel this far behind what the pixel sees is hidden
OPAQUE = 0.9  # alpha above which a pixel shows the person alone
USABLE = 0.02  # weight above which a sample counts
OUTLIER = 30.0 / 255  # distance from the median at which a sample loses most of its weight
WELL_SEEN = 0.3  # `seen` above which a texel tells a colour of its part
LEAST_SHARE = 0.05  # of a stretch of the body that has a colour which is its own
APART = 0.22  # distance in colours of [0, 1] from all of these at which a texel is foreign
AGREED = 0.8  # `seen` from which a rare colour is a badge; hands move too much for that
FULLY_SEEN = 3.0  # sum of weights at which a texel counts as well seen
HAND_PARTS = [PARTS.index(name) for name in HANDS]


@value
class View:
    """One frame of the target, cropped to the person.

    Attributes:
        alpha: where the person and nothing else is; occluders are cut out.
        camera: of the crop.
    """

    rgb: UInt8[np.ndarray, "height width 3"]
    alpha: Float[np.ndarray, "height width"]
    camera: Camera
    pose: BodyPose


def bake_texture(views: Iterator[View], count: int, body: ShapedBody, texels: TexelMap) -> Texture:
    """Combine the views robustly, and complete what none of them shows.

    Args:
        count: of the views.
    """
    colours = np.zeros((count, len(texels.face), 3), np.uint8)
    weights = np.zeros((count, len(texels.face)), np.float16)
    for row, (rgb, weight) in enumerate(thread_map(lambda view: _sample(view, body, texels), views)):
        colours[row], weights[row] = rgb.numpy(), weight.numpy()
    rgb, total = _combine(colours, weights)
    seen = (total / FULLY_SEEN).clamp(max=1)
    seen = seen * ~_foreign(rgb, seen, texels, body.model)
    full = complete_texels(rgb, seen, texels, body.model)
    return Texture(rgb=texels.to_atlas(full), seen=texels.to_atlas(seen[:, None])[0])


def _sample(view: View, body: ShapedBody, texels: TexelMap) -> tuple[UInt8[Tensor, "texel 3"], Float[Tensor, "texel"]]:
    """Colour of every texel in one view, and its weight: 0 where it is hidden, 1 where it faces the camera."""
    posed = body.posed(view.pose, fingers=False)
    vertices, faces = posed.vertices_m(), body.model.faces
    fragments = render_mesh(vertices, faces, view.camera)
    points = texels.at(vertices[0], faces)
    normals = torch.nn.functional.normalize(texels.at(posed_normals(posed)[0], faces), dim=-1)
    pixels, depth = view.camera.project(points)
    facing = (normals * torch.nn.functional.normalize(view.camera.position_m - points, dim=-1)).sum(-1)
    x, y = pixels[:, 0].floor().long(), pixels[:, 1].floor().long()
    height, width = view.rgb.shape[:2]
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
    visible = inside & (depth < fragments.depth_m[0, y, x] + BEHIND_M)
    alpha = torch.from_numpy(view.alpha)[y, x]
    part = body.model.part_of_face[texels.face].numpy()
    beside = torch.from_numpy(beside_arms(fragments, view.camera, body.model, part, x.numpy(), y.numpy()))
    weight = visible * ~beside * ((facing - GRAZING) / (1 - GRAZING)).clamp(min=0) ** 2 * (alpha > OPAQUE)
    picture = torch.from_numpy(view.rgb).permute(2, 0, 1).float()
    rgb = sample_points(picture, pixels / torch.tensor([width, height]))
    return rgb.round().byte(), weight


def _combine(
    colours: UInt8[np.ndarray, "view texel 3"], weights: Float[np.ndarray, "view texel"]
) -> tuple[Float[Tensor, "texel 3"], Float[Tensor, "texel"]]:
    """Weighted mean of the samples near the median, in colours of [0, 1], and the sum of the weights."""
    usable = weights > USABLE
    median = masked_median(colours, ~usable).astype(np.float32) / 255
    total, summed = np.zeros(weights.shape[1], np.float32), np.zeros((weights.shape[1], 3), np.float32)
    for sample, weight in zip(colours, weights, strict=True):
        rgb = sample.astype(np.float32) / 255
        inlier_weight = weight.astype(np.float32) * np.exp(-(((rgb - median) ** 2).sum(1)) / OUTLIER**2)
        total += inlier_weight
        summed += rgb * inlier_weight[:, None]
    rgb = np.where(total[:, None] > USABLE, summed / np.maximum(total, 1e-6)[:, None], median)
    return torch.from_numpy(rgb), torch.from_numpy(np.where(usable.any(0), total, 0).astype(np.float32))


def _foreign(
    rgb: Float[Tensor, "texel 3"], seen: Float[Tensor, "texel"], texels: TexelMap, model: BodyModel
) -> Bool[Tensor, "texel"]:
    """Texels that show what lies before or behind their part of the body; what many frames agree on is its own."""
    stretch, well, colours = stretch_of_texel(texels, model), (seen > WELL_SEEN).numpy(), rgb.numpy()
    known = palettes(colours[well], stretch[well], LEAST_SHARE)
    foreign = torch.from_numpy(is_foreign(colours, stretch, known, APART))
    return foreign & ((seen < AGREED) | torch.from_numpy(np.isin(stretch // STRETCHES, HAND_PARTS)))
