"""Stage 4: a posed body in a window -> the maps that the generator reads."""

from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.anchors import Anchors, landmark_anchors
from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import PARTS
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.conditioning import ConditioningMaps
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.rasterizer import Fragments, interpolate, rasterize
from motion_transfer.rendering.stick import draw_stick_figure
from motion_transfer.rendering.texture import Texture, sample_atlas

FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear", "mouth_left", "mouth_right")
BODY_CHANNELS = ("normal_x", "normal_y", "normal_z", "depth", "silhouette", "part_r", "part_g", "part_b", "u", "v")
TEXTURE_CHANNELS = ("texture_r", "texture_g", "texture_b", "seen")
STICK_CHANNELS = ("stick_r", "stick_g", "stick_b")


def part_colours() -> Float[Tensor, "part 3"]:
    """Corners and edge middles of the colour cube: far apart, in [0, 1]."""
    cube = torch.cartesian_prod(*[torch.tensor([0.0, 0.5, 1.0])] * 3)
    return cube[torch.linspace(1, len(cube) - 1, len(PARTS)).round().long()]


class MapRenderer:
    """Renders a person of one texture; `condition="stick"` leaves only the stick figure, as Everybody Dance Now had.

    Args:
        condition: what the generator shall see.
        face: the model's points on the face, for the stick figure.
    """

    def __init__(self, condition: Literal["smpl", "stick"], face: Anchors) -> None:
        self.condition, self.face = condition, face
        self.channels = STICK_CHANNELS
        if condition == "smpl":
            self.channels = (*BODY_CHANNELS, *TEXTURE_CHANNELS, *STICK_CHANNELS)
        self._part_colours = part_colours()
        self._parts: Tensor | None = None

    def __call__(
        self,
        body: PosedBody,
        texture: Texture,
        betas: Float[Tensor, "beta"],
        camera: Camera,
        window_from_frame: Float[Tensor, "frame 2 3"],
        size: ImageSize,
    ) -> tuple[ConditioningMaps, Fragments]:
        """Render a chunk of frames.

        Args:
            body: in the world.
            camera: of the full frame.
            window_from_frame: affine map to each frame's window; it may turn and scale.
            size: of the window.
        """
        to_window = _Window(camera, window_from_frame)
        pixels, depth = to_window(body.vertices_m())
        fragments = rasterize(pixels, depth, body.shaped.model.faces, size)
        maps = [self._stick(body, betas, to_window, size)]
        if self.condition == "smpl":
            uv = uv_map(fragments, body)
            drawn = draw_texture(fragments, texture, uv)
            # Colours in [-1, 1], and 0 beside the body.
            rgb = 2 * drawn[:, :3] - fragments.covered[:, None].float()
            maps = [self._body(fragments, body, depth), uv, rgb, drawn[:, 3:], *maps]
        return ConditioningMaps(values=torch.cat(maps, 1), channels=self.channels), fragments

    def _body(self, fragments: Fragments, body: PosedBody, depth: Tensor) -> Tensor:
        model = body.shaped.model
        covered = fragments.covered[:, None].float()
        normals = interpolate(fragments, model.faces, posed_normals(body))
        pelvis = depth.median(1).values[:, None, None]
        nearness = torch.where(fragments.covered, (pelvis - fragments.depth_m).clamp(-1, 1), -1.0) * 0.5 + 0.5
        if self._parts is None or len(self._parts) != len(model.faces):
            self._parts = model.part_of_face
        part = torch.where(fragments.covered, self._parts[fragments.face.clamp(min=0)], len(PARTS))
        colours = torch.nn.functional.pad(self._part_colours, (0, 0, 0, 1)).to(part.device).mT[:, part]
        return torch.cat([normals, nearness[:, None], covered, colours.transpose(0, 1)], 1)

    def _stick(self, body: PosedBody, betas: Tensor, to_window: "_Window", size: ImageSize) -> Tensor:
        joints, _ = to_window(body.joints_m)
        face, _ = to_window(self.face.posed(betas, body.world_from_rest))
        drawn = [
            draw_stick_figure(j, f, size)
            for j, f in zip(joints.cpu().double().numpy(), face.cpu().double().numpy(), strict=True)
        ]
        return torch.from_numpy(np.stack(drawn)).to(joints.device).permute(0, 3, 1, 2) / 255.0


class _Window:
    """Projects world points into each frame's window."""

    def __init__(self, camera: Camera, window_from_frame: Float[Tensor, "frame 2 3"]) -> None:
        self.camera, self.affine = camera, window_from_frame

    def __call__(self, points_m: Float[Tensor, "frame point 3"]) -> tuple[Tensor, Tensor]:
        pixels, depth = self.camera.project(points_m)
        return pixels @ self.affine[:, :, :2].mT + self.affine[:, None, :, 2], depth


def make_map_renderer(condition: Literal["smpl", "stick"], body: PosedBody) -> MapRenderer:
    """A renderer for people of this body's model."""
    return MapRenderer(condition, landmark_anchors(body.shaped.model, FACE))


def posed_normals(body: PosedBody) -> Float[Tensor, "frame vertex 3"]:
    """Unit normals in the world: those at rest, turned with the joints that move each vertex."""
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
    """Colours in [0, 1] and how well they were seen; 0 where the body is not."""
    seen = fragments.covered_pixels()
    places = uv.transpose(0, 1).flatten(1)[:, seen][None, :, None]
    drawn = [sample_atlas(atlas, places)[0, :, 0] for atlas in (texture.rgb, texture.seen[None])]
    return fragments.scatter(torch.cat(drawn), seen)
