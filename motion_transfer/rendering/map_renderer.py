"""The seam for conditioning maps: a posed body and a texture in, the named pictures that the generator reads out."""

from typing import Protocol

from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.conditioning import ConditioningMaps
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.rasterizer import Fragments
from motion_transfer.rendering.smpl_maps import SmplMapRenderer
from motion_transfer.rendering.stick_maps import StickMapRenderer
from motion_transfer.rendering.texture import Texture


class MapRenderer(Protocol):
    """A way to show a body to the generator, made from the body model alone: `SmplMapRenderer(model)`."""

    @property
    def channels(self) -> tuple[str, ...]:
        """The name of every map, in order; names that begin with `texture_` are colours of the person."""
        ...

    def __call__(
        self,
        body: PosedBody,
        texture: Texture,
        betas: Float[Tensor, "beta"],
        camera: Camera,
        window_from_frame: Float[Tensor, "frame 2 3"],
        size: ImageSize,
    ) -> tuple[ConditioningMaps, Fragments]:
        """Render the maps of a chunk of frames, and which triangle of the body each pixel sees.

        Args:
            body: in world axes.
            betas: the person's shape.
            camera: of the full frame.
            window_from_frame: affine map from full-frame pixels to each frame's window; it may turn and scale.
            size: of the window.
        """
        ...


def make_map_renderer(name: str, model: BodyModel) -> MapRenderer:
    """Make the renderer of that name, `smpl` or `stick`, for people of one body model.

    Raises:
        ValueError: there is no renderer of that name.
    """
    renderers = {"smpl": SmplMapRenderer, "stick": StickMapRenderer}
    if name not in renderers:
        raise ValueError(f"expected a map renderer named {' or '.join(renderers)}, got {name!r}; choose one of them")
    return renderers[name](model)
