"""The surface texture of a person: an atlas of colours, and how a picture samples it."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.domain.value import check_within, value

ROUNDING = 1e-3


@value
class Texture:
    """Colours of the surface.

    Attributes:
        rgb: the atlas, colours in [0, 1]; u to the right, v down.
        seen: how well each texel was seen in the footage, 1 for well and 0 for filled in.

    Raises:
        ValueError: a number lies outside of [0, 1].
    """

    rgb: Float[Tensor, "3 height width"]
    seen: Float[Tensor, "height width"]

    def __post_init__(self) -> None:
        check_within("a texture", -ROUNDING, 1 + ROUNDING, rgb=self.rgb, seen=self.seen)


def quantized(texture: Texture) -> Texture:
    """The texture with 8 bits a channel, as pictures store it, so that training and use see the same one."""
    rgb, seen = (values.mul(255).round().clamp(0, 255) / 255 for values in (texture.rgb, texture.seen))
    return Texture(rgb=rgb, seen=seen)


def sample_atlas(
    atlas: Float[Tensor, "channel atlas_height atlas_width"], uv: Float[Tensor, "frame 2 height width"]
) -> Float[Tensor, "frame channel height width"]:
    """Sample an atlas at positions in [0, 1], bilinearly; differentiable in the atlas."""
    grid = (uv * 2 - 1).permute(0, 2, 3, 1)
    source = atlas[None].expand(len(uv), -1, -1, -1)
    return torch.nn.functional.grid_sample(source, grid, mode="bilinear", padding_mode="border", align_corners=False)


def sample_points(
    atlas: Float[Tensor, "channel atlas_height atlas_width"], uv: Float[Tensor, "point 2"]
) -> Float[Tensor, "point channel"]:
    """Sample an atlas at a list of positions, as `sample_atlas` does."""
    return sample_atlas(atlas, uv.T[None, :, None])[0, :, 0].T
