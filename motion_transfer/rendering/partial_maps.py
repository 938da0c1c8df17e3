"""Some of the maps of the 3D body alone, to measure what each of them is worth to a network."""

from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.conditioning import ConditioningMaps
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.rasterizer import Fragments
from motion_transfer.rendering.smpl_maps import BODY_CHANNELS, SMPL_CHANNELS, SmplMapRenderer
from motion_transfer.rendering.stick_maps import STICK_CHANNELS
from motion_transfer.rendering.texture import Texture


class StickDepthMapRenderer:
    """The stick figure, and how near the body's surface is.

    Args:
        model: the body model of the people to draw.
    """

    channels = ("depth", *STICK_CHANNELS)

    def __init__(self, model: BodyModel) -> None:
        self._whole = SmplMapRenderer(model)

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
        maps, fragments = self._whole(body, texture, betas, camera, window_from_frame, size)
        chosen = maps.values[:, [SMPL_CHANNELS.index(name) for name in self.channels]]
        return ConditioningMaps(values=chosen, channels=self.channels), fragments


class SurfaceMapRenderer(StickDepthMapRenderer):
    """All maps of the 3D body's shape and the stick figure; the texture is not shown."""

    channels = (*BODY_CHANNELS, *STICK_CHANNELS)
