"""A low-pass filter over frames. Its width is in seconds, so that it means the same at every frame rate."""

import math
from fractions import Fraction

import torch
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d
from torch import Tensor


def smooth_over_frames(
    track: Float[Tensor, "frame *rest"], fps: Fraction | float, *, sigma_s: float
) -> Float[Tensor, "frame *rest"]:
    """Convolve with a Gaussian; before the first and after the last frame the track stays as it is there.

    A width of far less than a frame changes nothing.
    """
    sigma_frames = sigma_s * float(fps)
    if sigma_frames < 0.1 or len(track) < 2:
        return track
    values = track.detach().cpu().numpy()
    smooth = gaussian_filter1d(values, sigma_frames, axis=0, mode="nearest", radius=math.ceil(4 * sigma_frames))
    return torch.from_numpy(smooth).to(track)
