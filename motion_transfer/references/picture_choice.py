"""Which pictures of a part of the body are used for a motion, and which of them each frame shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.domain.value import value
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.references.similarity import joint_angles_deg, outline_likeness

LEAST_GAIN = 0.004  # of what a perfect picture would be worth in all frames, for one more
LEAST_DETAIL = 0.7  # of the median picture's: others are blurred by motion
LEAST_WORTH = 0.001
CRISP = 0.75  # share of a part's pictures that are blurrier than one of full worth
MOST_FRAMES = 200  # of a motion that are looked at to choose the pictures


@runtime_checkable
class CutPicture(Protocol):
    """What is asked of a picture: its detail, a mean absolute Laplacian."""

    @property
    def detail(self) -> float: ...


Picture = TypeVar("Picture", bound=CutPicture)


@value
class PictureShow(Generic[Picture]):
    """Pictures of one part of the body, and which each frame of a motion shows.

    Attributes:
        shown: index of the picture in each frame; -1 where there is none.
    """

    pictures: tuple[Picture, ...]
    shown: Int[np.ndarray, "frame"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceLimits:
    """How pictures are chosen.

    Attributes:
        tolerance_deg: a part that is turned as little looks right.
        most: pictures of it.
        change: what showing another picture than in the frame before costs, in tolerances.
        farthest_deg: turn from which no picture is shown rather than a wrong one.
    """

    tolerance_deg: float
    most: int
    change: float
    farthest_deg: float = float("inf")


def choose_pictures(
    driven: Float[Tensor, "frame 3 3"],
    known: Float[Tensor, "candidate 3 3"],
    worth: Float[Tensor, "candidate"],
    cut: Callable[[int], Picture | None],
    limits: ChoiceLimits,
    unlike: Float[Tensor, "frame candidate"] | None = None,
) -> PictureShow[Picture]:
    """Choose pictures, each the one that adds most to what the others show, and their order in time.

    Args:
        driven, known: camera_from_joint in the motion, and in each candidate.
        worth: of each candidate: how sharp it is, and whether it is mirrored.
        cut: the picture of a candidate, None where it gives none.
        unlike: how far each candidate's look is from the one that is asked for, in tolerances.
    """
    frames = evenly_spaced(len(driven), MOST_FRAMES)
    some, looks = driven[frames], driven.new_zeros(len(driven), len(known)) if unlike is None else unlike
    value_of = outline_likeness(_angles_deg(some, known), limits.tolerance_deg) * worth * torch.exp(-looks[frames])
    best, chosen, pictures = torch.zeros(len(some)), list[int](), list[Picture]()
    open_to = torch.ones(len(known), dtype=torch.bool)
    for _ in range(len(known)):
        gain = (value_of - best[:, None]).clamp(min=0).sum(0) * open_to
        candidate = int(gain.argmax())
        if len(pictures) == limits.most or gain[candidate] <= LEAST_GAIN * len(some):
            break
        open_to[candidate] = False
        picture = cut(candidate)
        if picture is not None:
            chosen.append(candidate)
            pictures.append(picture)
            best = torch.maximum(best, value_of[:, candidate])
    sharp = _sharp(pictures)
    used = [chosen[row] for row in sharp]
    cost = _angles_deg(driven, known[used]) / limits.tolerance_deg - worth[used].clamp(min=LEAST_WORTH).log()
    cost = cost + looks[:, used]
    return PictureShow(
        pictures=tuple(pictures[row] for row in sharp),
        shown=steadiest(cost.numpy(), limits.change, none=limits.farthest_deg / limits.tolerance_deg),
    )


def _angles_deg(
    driven: Float[Tensor, "frame 3 3"], known: Float[Tensor, "candidate 3 3"]
) -> Float[Tensor, "frame candidate"]:
    if not len(known):
        return driven.new_zeros(len(driven), 0)
    return torch.stack([joint_angles_deg(driven, one.expand_as(driven)) for one in known], 1)


def with_mirrored(
    same: Sequence[Picture | None], others: Sequence[Picture | None], mirrored: Callable[[Picture], Picture]
) -> Callable[[int], Picture | None]:
    """The pictures of a part by their number, and then those of the other side, each mirrored when it is asked for."""

    def numbered(candidate: int) -> Picture | None:
        if candidate < len(same):
            return same[candidate]
        found = others[candidate - len(same)]
        return None if found is None else mirrored(found)

    return numbered


def crisp_worth(pictures: Sequence[CutPicture | None]) -> Float[Tensor, "picture"]:
    """What each picture counts, in [0, 1]: the square of its detail's share of a crisp one's; 0 where there is none.

    Pictures too small for any detail all count 1.
    """
    detail = torch.tensor([0.0 if picture is None else picture.detail for picture in pictures])
    if not (detail > 0).any():
        return torch.tensor([float(picture is not None) for picture in pictures])
    return (detail / detail[detail > 0].quantile(CRISP)).clamp(max=1).square()


def _sharp(pictures: list[Picture]) -> list[int]:
    detail = np.array([picture.detail for picture in pictures])
    return np.flatnonzero(detail >= LEAST_DETAIL * np.median(detail)).tolist() if len(detail) else []


def steadiest(
    cost: Float[np.ndarray, "frame choice"], change: float, none: float = float("inf")
) -> Int[np.ndarray, "frame"]:
    """The choices of least cost in sum where each change between two frames costs as much again (Viterbi 1967).

    Args:
        none: what choosing nothing, -1, costs in a frame.
    """
    frames, choices = cost.shape
    if not choices:
        return np.full(frames, -1)
    cost = np.concatenate([cost, np.full((frames, 1), none)], 1).astype(np.float64)
    total, came_from = cost[0].copy(), np.zeros(cost.shape, np.int64)
    for frame in range(1, frames):
        best = int(total.argmin())
        stays = total <= total[best] + change
        came_from[frame] = np.where(stays, np.arange(choices + 1), best)
        total = np.where(stays, total, total[best] + change) + cost[frame]
    path = np.empty(frames, np.int64)
    path[-1] = int(total.argmin())
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = came_from[frame, path[frame]]
    return np.where(path == choices, -1, path)
