"""Tracks over time in a DCT basis (Akhter et al. 2008), so that an optimizer moves slow changes as easily as fast ones.

A step of Adam moves every unknown by about as much. With unknowns per frame, slow changes, such as the depth of the
whole path, need hundreds of steps that agree; with unknowns per frequency they need one.

Notation: x_n = scale * sum_k g_k z_k cos(pi k (n + 1/2) / N), a DCT-III, with gains g_k = 1 / (1 + (f_k / CORNER_HZ)^2)
for the frequency f_k; the scale makes x vary by 1 where all coefficients z vary by 1.
"""

import itertools
import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

CORNER_HZ = 1.0  # limbs move at about one period a second; what is faster moves by less
MOST_VALUES = 1 << 18  # that are transformed at once, because a transform takes several times their memory


class DctBasis:
    """Coefficients -> tracks of one length."""

    def __init__(self, frames: int, fps: float) -> None:
        self.frames = frames
        index = torch.arange(frames)
        gains = 1 / (1 + (index * fps / (2 * frames) / CORNER_HZ) ** 2)
        scale = 1 / math.sqrt(float((gains**2).sum() + gains[0] ** 2) / 2)
        self.phases = gains * scale * torch.exp(1j * math.pi * index / (2 * frames))

    def __call__(self, coefficients: Float[Tensor, "frequency track"]) -> Float[Tensor, "frame track"]:
        """The tracks with the given coefficients."""
        at_once = max(1, MOST_VALUES // self.frames)
        return torch.cat([self._tracks(some) for some in coefficients.split(at_once, 1)], 1)

    def _tracks(self, coefficients: Float[Tensor, "frequency some"]) -> Float[Tensor, "frame some"]:
        padded = torch.fft.ifft(coefficients * self.phases[:, None], n=2 * self.frames, dim=0, norm="forward")
        return padded.real[: self.frames]


class PerShotDctBasis:
    """A DCT basis for each shot: what lies behind a cut is independent of what lay before it.

    Args:
        shot_starts: first frame of every shot; the first one is 0.
    """

    def __init__(self, frames: int, shot_starts: Sequence[int], fps: float) -> None:
        self.lengths = [after - start for start, after in itertools.pairwise((*shot_starts, frames))]
        self.shots = [DctBasis(length, fps) for length in self.lengths]

    def __call__(self, coefficients: Float[Tensor, "frequency track"]) -> Float[Tensor, "frame track"]:
        """The tracks of all shots, one shot after the other."""
        parts = coefficients.split(self.lengths)
        return torch.cat([basis(part) for basis, part in zip(self.shots, parts, strict=True)])
