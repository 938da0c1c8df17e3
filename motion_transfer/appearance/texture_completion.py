"""Colours for the surface that no frame shows: the mirror-image side first, then the nearest seen surface of the part.

Distances are on the body at rest, so that colour never leaks between charts that only lie side by side in the atlas. On
trunk and limbs they hardly count depth, and a shirt ends on a thigh as it does on the trunk. Where all that was seen is
far away, such as on a back that was never filmed, there is plain cloth (`plain_cloth.py`).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy.ndimage import uniform_filter
from torch import Tensor

from motion_transfer.appearance.garments import RestSurface, lenders, soft_step
from motion_transfer.appearance.known_surface import NEIGHBOURS, Colours, KnownSurface, Points, known_surface
from motion_transfer.appearance.limb_rims import rim_worth
from motion_transfer.appearance.mirrored_side import MIRROR_IMAGE, MIRROR_REACH_M, mirrored_colours
from motion_transfer.appearance.plain_cloth import clothe_unseen_sides
from motion_transfer.appearance.texel_map import TexelMap
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import vertex_normals
from motion_transfer.body.skeleton import PARTS, mirrored

KNOWN = 0.15  # `seen` above which a texel lends its colour to others
BLEND = 0.3  # `seen` above which a texel keeps its colour entirely
DEPTH_WEIGHT = 0.1  # of distances from front to back; not nothing, for the shoulder's front is not its back
ONE_SIDED = 0.25  # distance in colours of [0, 1] between left and right at which one of them may be a badge
SHADES, RARE = 8, 0.05  # bins of each channel; fraction of a part below which colours are no part of its cloth
DEEP_PARTS = ("head", "left_hand", "right_hand", "left_foot", "right_foot")  # whose fronts are no patterns of backs
PARTNER = mirrored(PARTS)
CROWN, NAPE, BACK = 0.85, (0.31, 0.39), 0.5  # fractions of the height and depth of the head


def complete_texels(
    rgb: Float[Tensor, "texel 3"], seen: Float[Tensor, "texel"], texels: TexelMap, model: BodyModel
) -> Float[Tensor, "texel 3"]:
    """Fill in the colours of texels that were not well seen; where nothing is known, everything becomes grey.

    Args:
        rgb: colours in [0, 1].
        seen: how well each texel was seen, in [0, 1].
    """
    normals = torch.nn.functional.normalize(
        texels.at(vertex_normals(model.template_m, model.faces), model.faces), dim=-1
    )
    points_m = texels.at(model.template_m, model.faces).numpy()
    surface = RestSurface(points_m=points_m, normals=normals.numpy(), rgb=rgb.numpy())
    part = model.part_of_face[texels.face].numpy()
    seen = seen * torch.from_numpy(rim_worth(surface, part, seen.numpy(), KNOWN)).float()
    known = (seen > KNOWN).numpy()
    completed = rgb.numpy().copy()
    if not known.any():
        return torch.full_like(rgb, 0.5)
    cloth = _without_badges(rgb.numpy(), points_m, part, known)
    everywhere = KnownSurface(points_m[known], cloth[known], depth_weight=1)
    for index, name in enumerate(PARTS):
        in_part = part == index
        missing = in_part & (seen < BLEND).numpy()
        if not missing.any():
            continue
        depth_weight = 1 if name in DEEP_PARTS else DEPTH_WEIGHT
        twin = known_surface(points_m * MIRROR_IMAGE, cloth, known & (part == PARTNER[index]))
        lends = known & (np.isin(part, lenders(name)) if (known & in_part).sum() >= NEIGHBOURS else in_part)
        near = known_surface(points_m, cloth, lends, depth_weight=depth_weight) or twin or everywhere
        completed[missing] = near.colours(points_m[missing])
        if twin is not None:
            own = known & in_part
            share, colours = mirrored_colours(points_m[missing], points_m[own], cloth[own], twin)
            completed[missing] += share[:, None] * (colours - completed[missing])
        if name == "head":
            _grow_hair(completed, points_m, missing, known & in_part)
    clothe_unseen_sides(completed, replace(surface, rgb=cloth), part, known, (seen < BLEND).numpy())
    weight = (seen / BLEND).clamp(0, 1)[:, None]
    return weight * rgb + (1 - weight) * torch.from_numpy(completed)


def _without_badges(
    rgb: Colours, points_m: Points, part: Int[np.ndarray, "point"], known: Bool[np.ndarray, "point"]
) -> Colours:
    """The colours as they may be repeated elsewhere: without a badge, a watch or a number that is on one side only.

    Where left and right differ much and one has a colour that the part hardly shows, it takes the other's.
    """
    cloth = rgb.copy()
    for index, name in enumerate(PARTS):
        in_part = known & (part == index)
        twin = known_surface(points_m * MIRROR_IMAGE, rgb, known & (part == PARTNER[index]))
        if name in DEEP_PARTS or twin is None or not in_part.any():
            continue
        near, twin_rgb = twin.within(points_m[in_part], MIRROR_REACH_M)
        both = np.flatnonzero(in_part)[near]
        frequency = _colour_histogram(rgb[in_part])
        odd = np.linalg.norm(rgb[both] - twin_rgb, axis=1) > ONE_SIDED
        odd &= (frequency(rgb[both]) < RARE) & (frequency(twin_rgb) >= RARE)
        cloth[both[odd]] = twin_rgb[odd]
    return cloth


def _colour_histogram(rgb: Colours) -> Callable[[Float[np.ndarray, "query 3"]], Float[np.ndarray, "query"]]:
    """A function that gives the fraction of these colours that are about like each of the colours it is called with."""

    def bins(colours: np.ndarray) -> tuple[np.ndarray, ...]:
        return tuple((colours * SHADES).astype(int).clip(0, SHADES - 1).T)

    counts = np.zeros((SHADES,) * 3)
    np.add.at(counts, bins(rgb), 1 / len(rgb))
    around = uniform_filter(counts, 3, mode="constant") * 27
    return lambda colours: around[bins(colours)]


def _grow_hair(
    completed: Colours, points_m: Points, missing: Bool[np.ndarray, "point"], known: Bool[np.ndarray, "point"]
) -> None:
    """Give the unseen back of the head, in place, the colour of the crown and not of the cheeks that are nearer."""
    head = missing | known
    low, high = points_m[head].min(0), points_m[head].max(0)
    fraction = (points_m - low) / np.maximum(high - low, 1e-6)
    crown = known & (fraction[:, 1] > CROWN)
    back = missing & (fraction[:, 2] < BACK)
    if crown.any() and back.any():
        hair = soft_step((fraction[back, 1] - NAPE[0]) / (NAPE[1] - NAPE[0]))[:, None]
        completed[back] = hair * np.median(completed[crown], axis=0) + (1 - hair) * completed[back]
