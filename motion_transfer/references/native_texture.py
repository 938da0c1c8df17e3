"""The texture at the frame's own size, baked from references: it stands in where none of them is believed."""

from collections.abc import Callable, Iterator

import torch

from motion_transfer.appearance.texel_map import texel_map
from motion_transfer.appearance.texture_baking import View, bake_texture
from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import ImageSize
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.references.atlas import Place, lit_place
from motion_transfer.references.frames import References
from motion_transfer.rendering.texture import Texture

FINER = 2.0  # pixels of the frame per pixel of a crop from which frames show more than crops
TEXTURE_PX, VIEWS = 1024, 24


def bake_native_texture(
    references: References,
    body: ShapedBody,
    camera: Camera,
    advance: Callable[[], None],
    *,
    texture_px: int = TEXTURE_PX,
) -> Texture:
    """Combine references, spread over their poses, into an atlas.

    Args:
        advance: called after each reference.
        texture_px: size of the atlas.
    """
    rows = evenly_spaced(len(references.frames), VIEWS)

    def each() -> Iterator[View]:
        for row in rows:
            place = lit_place(references, row)
            picture = place.picture
            yield View(
                rgb=picture.foreground,
                alpha=picture.matte / 255 * picture.trusted,
                camera=_camera_of(place, camera),
                pose=references.frames.pose[row : row + 1],
            )
            advance()

    return bake_texture(each(), len(rows), body, texel_map(body.model, texture_px))


def _camera_of(place: Place, camera: Camera) -> Camera:
    """The camera that sees one picture alone."""
    shift = torch.eye(3)
    shift[0, 2], shift[1, 2] = (-float(edge) for edge in place.corner_px)
    height, width = place.picture.matte.shape
    return Camera(
        intrinsics_px=shift @ camera.intrinsics_px,
        camera_from_world=camera.camera_from_world,
        size=ImageSize(height=height, width=width),
    )
