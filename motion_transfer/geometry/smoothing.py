"""Low-pass filters over frames. Their widths are in seconds, so that they mean the same at every frame rate."""

import math
from fractions import Fraction

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def smooth_over_frames(
    track: Float[Tensor, "frame *rest"], fps: Fraction | float, *, sigma_s: float
) -> Float[Tensor, "frame *rest"]:
    """Convolve with a Gaussian; before the first and after the last frame the track stays as it is there.

    A width of far less than a frame changes nothing.
    """
    sigma_frames = sigma_s * float(fps)
    reach = math.ceil(4 * sigma_frames)
    if sigma_frames < 0.1 or len(track) < 2:
        return track
    offsets = torch.arange(-reach, reach + 1, device=track.device)
    weights = torch.exp(-0.5 * (offsets / sigma_frames) ** 2).to(track.dtype)
    flat = track.flatten(1).T[:, None] if track.ndim > 1 else track[None, None]
    padded = torch.cat([flat[..., :1].expand(-1, -1, reach), flat, flat[..., -1:].expand(-1, -1, reach)], -1)
    smooth = torch.nn.functional.conv1d(padded, (weights / weights.sum())[None, None])
    return smooth[:, 0].T.reshape(track.shape)


def bridge_over_frames(
    track: Float[Tensor, "frame *rest"], known: Bool[Tensor, "frame"]
) -> Float[Tensor, "frame *rest"]:
    """Draw straight lines over the frames that are not known; before the first and after the last known one it stays.

    Raises:
        ValueError: no frame is known.
    """
    index = known.nonzero().flatten()
    if not len(index):
        raise ValueError("expected at least one known frame to draw lines from, got none; use a constant instead")
    frames = torch.arange(len(track), device=track.device)
    after = torch.searchsorted(index, frames).clamp(max=len(index) - 1)
    before = (torch.searchsorted(index, frames, right=True) - 1).clamp(min=0)
    low, high = index[before], index[after]
    share = ((frames - low) / (high - low).clamp(min=1)).clamp(0, 1).to(track.dtype)
    share = share.reshape(-1, *[1] * (track.ndim - 1))
    return track[low] * (1 - share) + track[high] * share
