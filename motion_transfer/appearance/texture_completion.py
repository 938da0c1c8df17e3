"""Colours for the surface that no frame shows: the mirror-image side first, then the nearest seen surface of the part.

Distances are on the body at rest, so colour never leaks between pieces that only lie side by side in the atlas. On
trunk and limbs they hardly count depth: the unseen back of a shirt repeats its front, not its seams
and not what is on one side of it only.
"""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from scipy.ndimage import uniform_filter
from scipy.spatial import KDTree
from torch import Tensor

from motion_transfer.appearance.texel_map import TexelMap
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS, mirrored

KNOWN = 0.15  # `seen` above which a texel teaches others
BLEND = 0.3  # `seen` above which a texel keeps its own colour entirely
NEIGHBOURS = 12
SOFT_M = 0.01  # nearer ones weigh about equally
MIRROR_REACH_M = 0.02
DEPTH_SHARE = 0.1  # of distances from front to back; not nothing, for the shoulder's front is not its back
ONE_SIDED = 0.25  # distance in colours of [0, 1] between left and right at which one of them may be a badge
SHADES, RARE = 8, 0.05  # of each channel; share of a part below which colours are no part of its cloth
DEEP_PARTS = ("head", "left_hand", "right_hand", "left_foot", "right_foot")  # whose fronts are no patterns of backs
PARTNER = mirrored(PARTS)
CROWN, NAPE, BACK = 0.85, 0.35, 0.5  # shares of the height and depth of the head


class Seen:
    """Surface of known colour, found by place.

    Args:
        depth: share of its length by which a way from front to back counts.
    """

    def __init__(self, place: np.ndarray, rgb: np.ndarray, depth: float) -> None:
        self.scale = np.array([1, 1, depth])
        self.tree, self.rgb = KDTree(place * self.scale), rgb

    @classmethod
    def of(cls, place: np.ndarray, rgb: np.ndarray, chosen: np.ndarray, *, depth: float = 1) -> "Seen | None":
        """The chosen places; None where they are too few to tell."""
        return cls(place[chosen], rgb[chosen], depth) if chosen.sum() >= NEIGHBOURS else None

    def colours(self, place: np.ndarray) -> np.ndarray:
        """Of the surface around, the nearest most."""
        distance, index = self.tree.query(place * self.scale, k=min(NEIGHBOURS, len(self.rgb)), workers=-1)
        share = 1 / (np.reshape(distance, (len(place), -1)) + SOFT_M) ** 2
        return (self.rgb[np.reshape(index, (len(place), -1))] * share[..., None]).sum(1) / share.sum(1, keepdims=True)

    def within(self, place: np.ndarray, reach_m: float) -> tuple[np.ndarray, np.ndarray]:
        """Which places have known surface within reach, and its colours."""
        distance, index = self.tree.query(place * self.scale, workers=-1)
        there = np.asarray(distance) < reach_m
        return there, self.rgb[np.asarray(index)[there]]


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
    cloth = _without_badges(rgb.numpy(), place, part, known)
    everywhere = Seen(place=place[known], rgb=cloth[known], depth=1)
    for index, name in enumerate(PARTS):
        depth = 1 if name in DEEP_PARTS else DEPTH_SHARE
        wanted = part == index
        missing = wanted & (seen < BLEND).numpy()
        if not missing.any():
            continue
        twin = Seen.of(place * [-1, 1, 1], cloth, known & (part == PARTNER[index]))
        near = Seen.of(place, cloth, known & wanted, depth=depth) or twin or everywhere
        guess[missing] = near.colours(place[missing])
        if twin is not None:
            there, colours = twin.within(place[missing], MIRROR_REACH_M)
            guess[np.flatnonzero(missing)[there]] = colours
        if name == "head":
            _grow_hair(guess, place, missing, known & wanted)
    share = (seen / BLEND).clamp(0, 1)[:, None]
    return share * rgb + (1 - share) * torch.from_numpy(guess)


def _without_badges(rgb: np.ndarray, place: np.ndarray, part: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The colours as they may be repeated elsewhere: without a badge, a watch or a number that is on one side only.

    Where left and right differ much and one has a colour that the part hardly shows, it takes the other's.
    """
    cloth = rgb.copy()
    for index, name in enumerate(PARTS):
        wanted = known & (part == index)
        twin = Seen.of(place * [-1, 1, 1], rgb, known & (part == PARTNER[index]))
        if name in DEEP_PARTS or twin is None or not wanted.any():
            continue
        there, other = twin.within(place[wanted], MIRROR_REACH_M)
        both = np.flatnonzero(wanted)[there]
        share = _shares_of_colours(rgb[wanted])
        odd = np.linalg.norm(rgb[both] - other, axis=1) > ONE_SIDED
        odd &= (share(rgb[both]) < RARE) & (share(other) >= RARE)
        cloth[both[odd]] = other[odd]
    return cloth


def _shares_of_colours(rgb: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """A function that tells which share of these colours is about like each of the given ones."""

    def cells(colours: np.ndarray) -> tuple[np.ndarray, ...]:
        return tuple((colours * SHADES).astype(int).clip(0, SHADES - 1).T)

    counts = np.zeros((SHADES,) * 3)
    np.add.at(counts, cells(rgb), 1 / len(rgb))
    around = uniform_filter(counts, 3, mode="constant") * 27
    return lambda colours: around[cells(colours)]


def _grow_hair(guess: np.ndarray, place: np.ndarray, missing: np.ndarray, known: np.ndarray) -> None:
    """The back of the head, where it was not seen, looks like the crown and not like the cheeks that are nearer."""
    head = missing | known
    low, high = place[head].min(0), place[head].max(0)
    share = (place - low) / np.maximum(high - low, 1e-6)
    crown = known & (share[:, 1] > CROWN)
    back = missing & (share[:, 2] < BACK) & (share[:, 1] > NAPE)
    if crown.any() and back.any():
        guess[back] = np.median(guess[crown], axis=0)
