"""Skin: fingers are as thin as a pose is exact, so that a reference shows the ball or the window in their place."""

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS
from motion_transfer.references.atlas import Place
from motion_transfer.rendering.texture import Texture, sample_points

HANDS = ("left_hand", "right_hand")
SEEN = 0.3  # `seen` above which a texel tells the colour of a hand
LEAST_TEXELS = 20
NOT_SKIN = 0.3  # distance in colours of [0, 1] from a hand's own at which something else is shown
BLUR_PX = 3


def shows_hands(
    vertices_px: Float[Tensor, "vertex 2"], place: Place, texture: Texture, model: BodyModel
) -> Float[Tensor, "vertex"]:
    """1 for each vertex of which a reference shows no other colour than the hand's, by the median of its texture.

    A hand, or a glove, is of one colour; on all other parts colours prove nothing, and the answer is 1.

    Args:
        vertices_px: in the full frame.
    """
    shown = torch.ones(len(vertices_px))
    picture = cv2.blur(place.picture.foreground, (BLUR_PX, BLUR_PX))
    height, width = picture.shape[:2]
    at = (vertices_px - torch.from_numpy(place.corner_px)).floor().long()
    x, y = at[:, 0].clamp(0, width - 1).numpy(), at[:, 1].clamp(0, height - 1).numpy()
    for name in HANDS:
        colour = _median_colour(texture, model, PARTS.index(name))
        if colour is None:
            continue
        on_hand = (model.part_of_vertex == PARTS.index(name)).numpy()
        apart = np.linalg.norm(picture[y[on_hand], x[on_hand]] / 255 - colour, axis=1)
        shown[torch.from_numpy(on_hand)] = torch.from_numpy((apart < NOT_SKIN).astype(np.float32))
    return shown


def _median_colour(texture: Texture, model: BodyModel, part: int) -> Float[np.ndarray, "3"] | None:
    """The colour of a part's well-seen texels; None where they are too few."""
    corners = model.uv[model.uv_faces[model.part_of_face == part].flatten().unique()]
    seen = sample_points(texture.seen[None], corners)[:, 0] > SEEN
    if seen.sum() < LEAST_TEXELS:
        return None
    return sample_points(texture.rgb, corners[seen]).median(0).values.numpy()
