"""A visible surface, as fragments -> pictures of its normals, atlas positions and texture."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import PosedBody
from motion_transfer.rendering.rasterizer import Fragments, interpolate
from motion_transfer.rendering.texture import Texture, sample_points


def posed_normals(body: PosedBody) -> Float[Tensor, "frame vertex 3"]:
    """Unit normals of the vertices in world axes: those at rest, turned with the joints that move each vertex."""
    turned = body.shaped.model.weights @ body.world_from_rest[:, :, :3, :3].flatten(2)
    return torch.nn.functional.normalize(
        (turned.unflatten(-1, (3, 3)) * body.shaped.rest_normals[:, None]).sum(-1), dim=-1
    )


def uv_map(fragments: Fragments, body: PosedBody) -> Float[Tensor, "frame 2 height width"]:
    """Atlas position of every pixel; 0 where the body is not."""
    model = body.shaped.model
    return interpolate(fragments, model.uv_faces, model.uv[None])


def draw_texture(
    fragments: Fragments, texture: Texture, uv: Float[Tensor, "frame 2 height width"]
) -> Float[Tensor, "frame 4 height width"]:
    """Texture colours in [0, 1], and how well they were seen in the footage; 0 where the body is not."""
    return _draw(fragments, (texture.rgb, texture.seen[None]), uv)


def draw_colours(
    fragments: Fragments, texture: Texture, uv: Float[Tensor, "frame 2 height width"]
) -> Float[Tensor, "frame 3 height width"]:
    """Texture colours in [0, 1]; 0 where the body is not."""
    return _draw(fragments, (texture.rgb,), uv)


def _draw(
    fragments: Fragments, atlases: Sequence[Float[Tensor, "_ tall wide"]], uv: Float[Tensor, "frame 2 height width"]
) -> Float[Tensor, "frame channel height width"]:
    covered = fragments.covered_pixels()
    positions = uv.transpose(0, 1).flatten(1)[:, covered].T
    return fragments.scatter(torch.cat([sample_points(atlas, positions).T for atlas in atlases]), covered)
