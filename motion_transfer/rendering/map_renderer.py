"""The seam for conditioning maps: a posed body and a texture in, the named pictures that the generator reads out."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.conditioning import ConditioningMaps
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.partial_maps import StickDepthMapRenderer, SurfaceMapRenderer
from motion_transfer.rendering.rasterizer import Fragments
from motion_transfer.rendering.smpl_maps import SmplMapRenderer
from motion_transfer.rendering.stick_maps import StickHandsMapRenderer, StickMapRenderer
from motion_transfer.rendering.texture import Texture


@runtime_checkable
class MapRenderer(Protocol):
    """A way to show a body to the generator, made from the body model alone: `SmplMapRenderer(model)`."""

    @property
    def channels(self) -> tuple[str, ...]:
        """The name of every map, in order.

        Generators may read some names in a way of their own. `silhouette` is where the body is; without it they take
        the maps for a stick figure. `texture_r`, `texture_g` and `texture_b` are the person's colours in [-1, 1], and
        come with `seen` (where some frame shows them) and `silhouette`; `u` and `v` are their place in the atlas.
        `part_r`, `part_g` and `part_b` are the part's colour, as `smpl_maps.part_colours` has them. Any other name
        is a map of its own.
        """
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


MakeMapRenderer = Callable[[BodyModel], MapRenderer]
COMPLETE = {  # what has to be there as soon as one name begins so
    "texture_": ("texture_r", "texture_g", "texture_b", "seen", "silhouette"),
    "part_": ("part_r", "part_g", "part_b"),
}
BUILT_IN: dict[str, MakeMapRenderer] = {
    "smpl": SmplMapRenderer,
    "stick": StickMapRenderer,
    "stick_hands": StickHandsMapRenderer,
    "stick_depth": StickDepthMapRenderer,
    "surface": SurfaceMapRenderer,
}


def make_map_renderer(name: str, model: BodyModel, allowed: Iterable[MakeMapRenderer] = ()) -> MapRenderer:
    """Make the renderer of that name for people of one body model.

    A performer's folder may come from a stranger. So it only names a renderer, and only the built-in ones and those
    that the caller allows are ever made.

    Args:
        name: `smpl`, `stick`, `stick_hands`, `stick_depth`, `surface`, or the dotted name of an allowed class.
        allowed: classes, or partials of them, that may be named beside the built-in ones, such as the one in the
            user's own configuration.

    Raises:
        ValueError: there is no renderer of that name.
    """
    known = BUILT_IN | {map_renderer_name(make): make for make in allowed}
    if name not in known:
        raise ValueError(f"expected a map renderer out of {', '.join(known)}, got {name!r}; choose one of them")
    return known[name](model)


def draws_hands(renderer: MapRenderer) -> bool:
    """Whether it shows how fingers are turned; others paint hands whole, with fingers at rest."""
    return bool(getattr(renderer, "hands", False))


def check_channels(channels: tuple[str, ...]) -> None:
    """Refuse maps that no generator could read: see `MapRenderer.channels`.

    Raises:
        ValueError: two maps have one name, or a map lacks the maps that belong to it.
    """
    if len(set(channels)) < len(channels):
        raise ValueError(f"expected a name of its own for every map, got {', '.join(channels)}; rename the equal ones")
    for prefix, whole in COMPLETE.items():
        missing = [name for name in whole if name not in channels]
        if missing and any(name.startswith(prefix) for name in channels):
            raise ValueError(
                f"expected maps named {prefix}... to come with {', '.join(whole)}, got none named "
                f"{', '.join(missing)}; render these as well, or choose names that do not begin with {prefix}"
            )


def map_renderer_name(make: MakeMapRenderer) -> str:
    """The name by which a performer's folder refers to a renderer: short for a built-in one, else dotted."""
    cls: Any = make.func if isinstance(make, partial) else make
    short = [name for name, built_in in BUILT_IN.items() if built_in is cls]
    return short[0] if short else f"{cls.__module__}.{cls.__qualname__}"
