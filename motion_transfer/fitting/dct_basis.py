"""Tracks over time as sums of cosine waves, so that an optimizer moves the slow ones as easily as the fast ones.

A step of Adam moves every unknown by about as much. Unknowns per frame make slow changes, such as the depth of the
whole path, wait for hundreds of steps that must agree; unknowns per wave make them in one.

Notation: x_n = scale * sum_k g_k z_k cos(pi k (n + 1/2) / N), a DCT-III, with g_k = 1 / (1 + (f_k / CORNER_HZ)^2) for a
wave of frequency f_k; the scale makes x vary by 1 where all z do.
"""

import itertools
import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

CORNER_HZ = 1.0  # limbs move by about one wave a second; what is faster moves by less


class DctBasis:
    """The synthesis of tracks of one length out of waves."""

    def __init__(self, frames: int, fps: float) -> None:
        self.frames = frames
        index = torch.arange(frames)
        gains = 1 / (1 + (index * fps / (2 * frames) / CORNER_HZ) ** 2)
        scale = 1 / math.sqrt(float((gains**2).sum() + gains[0] ** 2) / 2)
        self.phases = gains * scale * torch.exp(1j * math.pi * index / (2 * frames))

    def __call__(self, amounts: Float[Tensor, "wave track"]) -> Float[Tensor, "frame track"]:
        """The tracks that the waves add up to."""
        padded = torch.fft.ifft(amounts * self.phases[:, None], n=2 * self.frames, dim=0, norm="forward")
        return padded.real[: self.frames]


class PerShotDctBasis:
    """Waves that end at cuts: what lies behind one has nothing to do with what lay before.

    Args:
        shot_starts: first frame of every shot; the first one is 0.
    """

    def __init__(self, frames: int, shot_starts: Sequence[int], fps: float) -> None:
        self.lengths = [after - start for start, after in itertools.pairwise((*shot_starts, frames))]
        self.waves = [DctBasis(length, fps) for length in self.lengths]

    def __call__(self, amounts: Float[Tensor, "wave track"]) -> Float[Tensor, "frame track"]:
        """The tracks that each shot's own waves add up to."""
        return torch.cat([waves(part) for waves, part in zip(self.waves, amounts.split(self.lengths), strict=True)])
