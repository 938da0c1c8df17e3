"""Colours for the surface that no frame shows: the mirror-image side first, then the nearest seen surface of the part.

Distances are on the body at rest, so colour never leaks between pieces that only lie side by side in the atlas.
"""

import numpy as np
import torch
from jaxtyping import Float
from scipy.spatial import KDTree
from torch import Tensor

from motion_transfer.appearance.texel_map import TexelMap
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS, mirrored

KNOWN = 0.15  # `seen` above which a texel teaches others
BLEND = 0.3  # `seen` above which a texel keeps its own colour entirely
NEIGHBOURS = 12
MIRROR_REACH_M = 0.02
CROWN, NAPE, BACK = 0.85, 0.35, 0.5  # shares of the height and depth of the head


def complete_texels(
    rgb: Float[Tensor, "texel 3"], seen: Float[Tensor, "texel"], texels: TexelMap, model: BodyModel
) -> Float[Tensor, "texel 3"]:
    """Keep well seen texels and fill the others in."""
    place = texels.at(model.template_m, model.faces).numpy()
    part = model.part_of_face[texels.face].numpy()
    known = (seen > KNOWN).numpy()
    guess = rgb.numpy().copy()
    if not known.any():
        return torch.full_like(rgb, 0.5)
    everywhere = KDTree(place[known])
    partner = mirrored(PARTS)
    for index in range(len(PARTS)):
        wanted = part == index
        missing = wanted & (seen < BLEND).numpy()
        if not missing.any():
            continue
        guess[missing] = _fill(
            place[missing],
            _source(place, guess, known & wanted),
            _source(place * [-1, 1, 1], guess, known & (part == partner[index])),
            (everywhere, rgb.numpy()[known]),
        )
        if PARTS[index] == "head":
            _grow_hair(guess, place, missing, known & wanted)
    share = (seen / BLEND).clamp(0, 1)[:, None]
    return share * rgb + (1 - share) * torch.from_numpy(guess)


def _grow_hair(guess: np.ndarray, place: np.ndarray, missing: np.ndarray, known: np.ndarray) -> None:
    """The back of the head, where it was not seen, looks like the crown and not like the cheeks that are nearer."""
    head = missing | known
    low, high = place[head].min(0), place[head].max(0)
    share = (place - low) / np.maximum(high - low, 1e-6)
    crown = known & (share[:, 1] > CROWN)
    back = missing & (share[:, 2] < BACK) & (share[:, 1] > NAPE)
    if crown.any() and back.any():
        guess[back] = np.median(guess[crown], axis=0)


def _source(place: np.ndarray, rgb: np.ndarray, chosen: np.ndarray) -> tuple[KDTree, np.ndarray] | None:
    return (KDTree(place[chosen]), rgb[chosen].copy()) if chosen.sum() >= NEIGHBOURS else None


def _fill(
    place: np.ndarray,
    own: tuple[KDTree, np.ndarray] | None,
    mirror: tuple[KDTree, np.ndarray] | None,
    anywhere: tuple[KDTree, np.ndarray],
) -> np.ndarray:
    """The mirrored surface where it was seen right there, else the part's own nearest surface, else any."""
    near = own or mirror or anywhere
    count = min(NEIGHBOURS, len(near[1]))
    distance, index = map(np.asarray, near[0].query(place, k=count))
    share = 1 / (distance.reshape(len(place), -1) + 0.01) ** 2
    filled = (near[1][index.reshape(len(place), -1)] * share[..., None]).sum(1) / share.sum(1, keepdims=True)
    if mirror is not None:
        distance, index = map(np.asarray, mirror[0].query(place))
        there = distance < MIRROR_REACH_M
        filled[there] = mirror[1][index[there]]
    return filled
