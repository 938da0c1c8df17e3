"""Conditioning maps of the SMPL body: normals, depth, silhouette, parts, atlas positions, texture and stick figure."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.anchors import landmark_anchors
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import PARTS
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.conditioning import ConditioningMaps
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.crop_track import project_to_window
from motion_transfer.rendering.rasterizer import Fragments, interpolate, rasterize
from motion_transfer.rendering.stick_maps import FACE, STICK_CHANNELS, stick_map
from motion_transfer.rendering.surface_maps import draw_texture, posed_normals, uv_map
from motion_transfer.rendering.texture import Texture

BODY_CHANNELS = ("normal_x", "normal_y", "normal_z", "depth", "silhouette", "part_r", "part_g", "part_b", "u", "v")
TEXTURE_CHANNELS = ("texture_r", "texture_g", "texture_b", "seen")
SMPL_CHANNELS = (*BODY_CHANNELS, *TEXTURE_CHANNELS, *STICK_CHANNELS)


class SmplMapRenderer:
    """Renders the surface of the body, its texture, and the stick figure.

    Args:
        model: the body model of the people to draw.
    """

    def __init__(self, model: BodyModel) -> None:
        self.channels = SMPL_CHANNELS
        self._face = landmark_anchors(model, FACE)
        self._part_of_face = model.part_of_face
        self._part_colours = part_colours()

    def __call__(
        self,
        body: PosedBody,
        texture: Texture,
        betas: Float[Tensor, "beta"],
        camera: Camera,
        window_from_frame: Float[Tensor, "frame 2 3"],
        size: ImageSize,
    ) -> tuple[ConditioningMaps, Fragments]:
        """Render a chunk of frames; the arguments are those of `MapRenderer`."""
        pixels, depth = project_to_window(body.vertices_m(), camera, window_from_frame)
        fragments = rasterize(pixels, depth, body.shaped.model.faces, size)
        uv = uv_map(fragments, body)
        drawn = draw_texture(fragments, texture, uv)
        # Colours in [-1, 1], and 0 beside the body.
        rgb = 2 * drawn[:, :3] - fragments.covered[:, None].float()
        stick = stick_map(body, self._face, betas, camera, window_from_frame, size)
        maps = [self._shape(fragments, body, depth), uv, rgb, drawn[:, 3:], stick]
        return ConditioningMaps(values=torch.cat(maps, 1), channels=self.channels), fragments

    def _shape(
        self, fragments: Fragments, body: PosedBody, depth_m: Float[Tensor, "frame vertex"]
    ) -> Float[Tensor, "frame 8 height width"]:
        """Normals, nearness (1 is a metre nearer than the middle of the body, 0 a metre farther), mask and parts."""
        normals = interpolate(fragments, body.shaped.model.faces, posed_normals(body))
        middle = depth_m.median(1).values[:, None, None]
        nearness = torch.where(fragments.covered, (middle - fragments.depth_m).clamp(-1, 1), -1.0) * 0.5 + 0.5
        part = torch.where(fragments.covered, self._part_of_face[fragments.face.clamp(min=0)], len(PARTS))
        colours = torch.nn.functional.pad(self._part_colours, (0, 0, 0, 1)).to(part.device).mT[:, part]
        silhouette = fragments.covered[:, None].float()
        return torch.cat([normals, nearness[:, None], silhouette, colours.transpose(0, 1)], 1)


def part_colours() -> Float[Tensor, "part 3"]:
    """A colour in [0, 1] for each body part: corners and edge middles of the colour cube, which lie far apart."""
    cube = torch.cartesian_prod(*[torch.tensor([0.0, 0.5, 1.0])] * 3)
    return cube[torch.linspace(1, len(cube) - 1, len(PARTS)).round().long()]
