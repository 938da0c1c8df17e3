"""What is foreign to the body: a ball before a thigh, or a window between fingers, by colours that it does not have."""

from functools import lru_cache

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.appearance.part_colours import (
    HANDS,
    STRETCHES,
    Palettes,
    is_foreign,
    palettes,
)
from motion_transfer.appearance.texel_map import texel_map
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS
from motion_transfer.references.atlas import Place
from motion_transfer.rendering.texture import Texture

SEEN = 0.3  # `seen` above which a texel tells a colour of a part
FOREIGN = 0.3  # distance in colours of [0, 1] from all that a part has
LEAST_SHARE = 0.01  # of a part's texels that have a colour which counts as its own
HAND_BLUR_PX = 3  # hands are thin: the picture is looked at closely
KEPT = 4  # textures whose colours are remembered: one for each performer of a run
BLUR = 0.02  # of the body's longer side in the picture: prints and buttons are smaller


def shows_body(
    vertices_px: Float[Tensor, "vertex 2"], place: Place, texture: Texture, model: BodyModel
) -> Float[Tensor, "vertex"]:
    """1 for each vertex where a reference shows a colour that its part of the body has in the texture, otherwise 0.

    Poses are not exact and objects are not always found: without this a thigh is painted with a piece of ball.

    Args:
        vertices_px: in the full frame.
    """
    shown = torch.ones(len(vertices_px))
    picture = place.picture
    close = cv2.blur(picture.foreground, (HAND_BLUR_PX, HAND_BLUR_PX))
    side = float((vertices_px.amax(0) - vertices_px.amin(0)).max())
    wide = _blurred_inside(picture.foreground, picture.matte, max(HAND_BLUR_PX, round(BLUR * side)))
    height, width = picture.matte.shape
    at = (vertices_px - torch.from_numpy(place.corner_px)).floor().long()
    x, y = at[:, 0].clamp(0, width - 1).numpy(), at[:, 1].clamp(0, height - 1).numpy()
    on_hand = np.isin(model.part_of_vertex.numpy(), [PARTS.index(name) for name in HANDS])
    colours = np.where(on_hand[:, None], close[y, x], wide[y, x]) / 255
    known = own_colours(texture, model)
    foreign = torch.from_numpy(is_foreign(colours, model.part_of_vertex.numpy() * STRETCHES, known, FOREIGN))
    for number, name in enumerate(PARTS):
        of_part = model.part_of_vertex == number
        reach_px = 0.0 if name in HANDS else BLUR * side
        shown[of_part] = (~_near(foreign[of_part], vertices_px[of_part], reach_px)).float()
    return shown


@lru_cache(maxsize=KEPT)
def own_colours(texture: Texture, model: BodyModel) -> Palettes:
    """Colours in [0, 1] of each part, taken whole: cloth slides, and patterns are finer than a texture shows."""
    texels = texel_map(model, texture.seen.shape[0])
    seen = texture.seen[texels.row, texels.column] > SEEN
    rgb, part = texture.rgb[:, texels.row, texels.column].T[seen], model.part_of_face[texels.face[seen]]
    return palettes(rgb.numpy(), part.numpy() * STRETCHES, LEAST_SHARE)


def _near(
    foreign: Bool[Tensor, "vertex"], vertices_px: Float[Tensor, "vertex 2"], reach_px: float
) -> Bool[Tensor, "vertex"]:
    """Vertices that are foreign or near to some that are: the edge of an object is as foreign as its middle."""
    if not foreign.any() or reach_px <= 0:
        return foreign
    return torch.cdist(vertices_px, vertices_px[foreign]).amin(1) <= reach_px


def _blurred_inside(rgb: np.ndarray, matte: np.ndarray, side_px: int) -> Float[np.ndarray, "height width 3"]:
    """Colours blurred over what the matte shows, so that no background is mixed in; as they are where it shows none."""
    weight = matte.astype(np.float32)[..., None] / 255
    blurred = cv2.blur(rgb * weight, (side_px, side_px))
    share = cv2.blur(weight, (side_px, side_px))[..., None]
    return np.where(share > 0.05, blurred / np.maximum(share, 0.05), rgb.astype(np.float32))
