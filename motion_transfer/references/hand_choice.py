"""Which hand pictures are used for a motion, and which of them each frame shows."""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import SIDES, joint
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.references.atlas import lit_place
from motion_transfer.references.foreign import own_colours
from motion_transfer.references.frames import References
from motion_transfer.references.hand_pictures import HandPicture, cut_hand, mirrored_hand
from motion_transfer.references.similarity import joint_angles_deg, mirrored_turns, outline_likeness
from motion_transfer.references.views import camera_from_joint
from motion_transfer.rendering.texture import Texture

TOLERANCE_DEG = 25.0  # a hand that is turned as little looks right
MOST = 10  # pictures of one hand
MOST_REFERENCES = 80  # that are looked at for them
LEAST_GAIN = 0.004  # of what a perfect picture would be worth in all frames, for one more
LEAST_DETAIL = 0.7  # of the median picture's: others are blurred by motion
MIRRORED_WORTH = 0.5
KEPT = 2  # motions whose hands are remembered, to tell of them and to paint with them
LEAST_WORTH = 0.001
MOST_FRAMES = 200  # of a motion that are looked at to choose the pictures
CHANGE = 1.5  # what showing another picture than in the frame before costs, in tolerances


@value
class HandShow:
    """Pictures of one hand, and which each frame of a motion shows.

    Attributes:
        shown: index of the picture in each frame; -1 where there is none.
    """

    pictures: tuple[HandPicture, ...]
    shown: Int[np.ndarray, "frame"]


@lru_cache(maxsize=KEPT)
def hand_shows(
    body: ShapedBody, texture: Texture, references: References, motion: BodyMotion, camera: Camera
) -> Mapping[str, HandShow]:
    """The pictures of each side's hand that a motion needs: its own in the references, and the other's in a mirror."""
    rows = evenly_spaced(len(references.frames), MOST_REFERENCES)
    known, colours = references.frames.at(rows), own_colours(texture, body.model)
    turns, worth = camera_from_joint(body.posed(known.pose), camera), known.sharpness.clamp(max=1)
    driven = camera_from_joint(body.posed(motion.pose), camera)

    @cache
    def cut(row: int, side: str) -> HandPicture | None:
        posed = body.posed(known.pose[row : row + 1], fingers=False)
        return cut_hand(posed, camera, lit_place(references, rows[row]), side, colours)

    def cut_for(side: str, other: str, candidate: int) -> HandPicture | None:
        if candidate < len(rows):
            return cut(candidate, side)
        found = cut(candidate - len(rows), other)
        return None if found is None else mirrored_hand(found)

    shows = dict[str, HandShow]()
    for side, other in zip(SIDES, reversed(SIDES), strict=True):
        wrist = joint(f"{side}_wrist")
        shows[side] = choose_hands(
            driven[:, wrist],
            torch.cat([turns[:, wrist], mirrored_turns(turns)[:, wrist]]),
            torch.cat([worth, worth * MIRRORED_WORTH]),
            partial(cut_for, side, other),
        )
    return shows


def choose_hands(
    driven: Float[Tensor, "frame 3 3"],
    known: Float[Tensor, "candidate 3 3"],
    worth: Float[Tensor, "candidate"],
    cut: Callable[[int], HandPicture | None],
) -> HandShow:
    """Choose pictures, each the one that adds most to what the others show, and their order in time.

    Args:
        driven, known: camera_from_wrist in the motion, and in each candidate.
        worth: of each candidate: how sharp it is, and whether it is mirrored.
        cut: the picture of a candidate, None where it gives none.
    """
    some = driven[evenly_spaced(len(driven), MOST_FRAMES)]
    value_of = outline_likeness(_angles_deg(some, known), TOLERANCE_DEG) * worth
    best, chosen, pictures = torch.zeros(len(some)), list[int](), list[HandPicture]()
    open_to = torch.ones(len(known), dtype=torch.bool)
    for _ in range(len(known)):
        gain = (value_of - best[:, None]).clamp(min=0).sum(0) * open_to
        candidate = int(gain.argmax())
        if len(pictures) == MOST or gain[candidate] <= LEAST_GAIN * len(some):
            break
        open_to[candidate] = False
        picture = cut(candidate)
        if picture is not None:
            chosen.append(candidate)
            pictures.append(picture)
            best = torch.maximum(best, value_of[:, candidate])
    sharp = _sharp(pictures)
    used = [chosen[row] for row in sharp]
    cost = _angles_deg(driven, known[used]) / TOLERANCE_DEG - worth[used].clamp(min=LEAST_WORTH).log()
    return HandShow(pictures=tuple(pictures[row] for row in sharp), shown=steadiest(cost.numpy(), CHANGE))


def _angles_deg(
    driven: Float[Tensor, "frame 3 3"], known: Float[Tensor, "candidate 3 3"]
) -> Float[Tensor, "frame candidate"]:
    if not len(known):
        return driven.new_zeros(len(driven), 0)
    return torch.stack([joint_angles_deg(driven, one.expand_as(driven)) for one in known], 1)


def _sharp(pictures: list[HandPicture]) -> list[int]:
    detail = np.array([picture.detail for picture in pictures])
    return np.flatnonzero(detail >= LEAST_DETAIL * np.median(detail)).tolist() if len(detail) else []


def steadiest(cost: Float[np.ndarray, "frame choice"], change: float) -> Int[np.ndarray, "frame"]:
    """The choices of least cost in sum where each change between two frames costs as much again (Viterbi 1967)."""
    frames, choices = cost.shape
    if not choices:
        return np.full(frames, -1)
    total, came_from = cost[0].astype(np.float64), np.zeros((frames, choices), np.int64)
    for frame in range(1, frames):
        best = int(total.argmin())
        stays = total <= total[best] + change
        came_from[frame] = np.where(stays, np.arange(choices), best)
        total = np.where(stays, total, total[best] + change) + cost[frame]
    path = np.empty(frames, np.int64)
    path[-1] = int(total.argmin())
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = came_from[frame, path[frame]]
    return path
