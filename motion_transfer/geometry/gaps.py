"""Fill the frames of a track that are not known from those that are."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def fill_linear(track: Float[Tensor, "frame *rest"], known: Bool[Tensor, "frame"]) -> Float[Tensor, "frame *rest"]:
    """Interpolate linearly between known frames; before the first and after the last one the track stays constant.

    Raises:
        ValueError: no frame is known.
    """
    index = _known_frames(known)
    frames = torch.arange(len(track), device=track.device)
    after = torch.searchsorted(index, frames).clamp(max=len(index) - 1)
    before = (torch.searchsorted(index, frames, right=True) - 1).clamp(min=0)
    low, high = index[before], index[after]
    weight = ((frames - low) / (high - low).clamp(min=1)).clamp(0, 1).to(track.dtype)
    weight = weight.reshape(-1, *[1] * (track.ndim - 1))
    return track[low] * (1 - weight) + track[high] * weight


def fill_nearest(track: Float[Tensor, "frame *rest"], known: Bool[Tensor, "frame"]) -> Float[Tensor, "frame *rest"]:
    """Take the nearest known frame, the earlier of two: for what cannot be averaged, such as rotation matrices.

    Raises:
        ValueError: no frame is known.
    """
    index = _known_frames(known)
    frames = torch.arange(len(track), device=track.device)
    after = torch.searchsorted(index, frames).clamp(max=len(index) - 1)
    before = (after - 1).clamp(min=0)
    closer = (index[after] - frames).abs() < (frames - index[before]).abs()
    return track[index[torch.where(closer, after, before)]]


def _known_frames(known: Bool[Tensor, "frame"]) -> Tensor:
    index = known.nonzero().flatten()
    if not len(index):
        raise ValueError("expected at least one known frame to fill the others from, got none; use a constant instead")
    return index
