"""What is foreign to the body: a ball before a thigh, or a window between fingers, by colours that it does not have."""

from functools import lru_cache

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.appearance.hand_colour import is_no_hand
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS
from motion_transfer.references.atlas import Place
from motion_transfer.rendering.texture import Texture, sample_points

HANDS = ("left_hand", "right_hand")  # of one colour, and thin: the picture is looked at closely
MANY_COLOURS = ("head",)  # small things on it, as eyes and glasses, are its own
SEEN = 0.3  # `seen` above which a texel tells a colour of a part
LEAST_TEXELS = 20
FOREIGN = 0.3  # distance in colours of [0, 1] from all that a part has
LEVELS = 12  # of each channel, into which the colours of a part are sorted
LEAST_SHARE = 0.01  # of a part's texels that have a colour which counts as its own
HAND_BLUR_PX = 3
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
    for name, own in own_colours(texture, model).items():
        on_hand, on_part = name in HANDS, (model.part_of_vertex == PARTS.index(name)).numpy()
        colours = (close if on_hand else wide)[y[on_part], x[on_part]] / 255
        foreign = torch.from_numpy(is_no_hand(colours, own[0]) if on_hand else _unlike(colours, own))
        reach_px = 0.0 if on_hand else BLUR * side
        shown[torch.from_numpy(on_part)] = (~_near(foreign, vertices_px[torch.from_numpy(on_part)], reach_px)).float()
    return shown


@lru_cache(maxsize=KEPT)
def own_colours(texture: Texture, model: BodyModel) -> dict[str, Float[np.ndarray, "colour 3"]]:
    """Colours in [0, 1] of each part that the texture knows enough of, by name; of a hand a single one."""
    found = {}
    for number, name in enumerate(PARTS):
        texels = _texels(texture, model, number)
        if name not in MANY_COLOURS and len(texels) >= LEAST_TEXELS:
            found[name] = np.median(texels, 0, keepdims=True) if name in HANDS else _palette(texels)
    return found


def _unlike(
    colours: Float[np.ndarray, "vertex 3"], palette: Float[np.ndarray, "colour 3"]
) -> Bool[np.ndarray, "vertex"]:
    return np.linalg.norm(colours[:, None] - palette, axis=-1).min(1) >= FOREIGN


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


def _texels(texture: Texture, model: BodyModel, part: int) -> Float[np.ndarray, "texel 3"]:
    """Colours of a part that were well seen."""
    corners = model.uv[model.uv_faces[model.part_of_face == part].flatten().unique()]
    seen = sample_points(texture.seen[None], corners)[:, 0] > SEEN
    return sample_points(texture.rgb, corners[seen]).numpy()


def _palette(texels: Float[np.ndarray, "texel 3"]) -> Float[np.ndarray, "colour 3"]:
    """Means of the colours that are not rare."""
    bins = (texels.clip(0, 1) * (LEVELS - 1)).round().astype(np.int64) @ np.array([LEVELS**2, LEVELS, 1])
    _, which, count = np.unique(bins, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(which, texels[:, channel]) for channel in range(3)], 1)
    means = sums / count[:, None]
    often = count >= LEAST_SHARE * len(texels)
    return means[often] if often.any() else means
