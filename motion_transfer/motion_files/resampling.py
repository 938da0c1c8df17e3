"""A skeleton in motion at another rate, computed a piece at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from jaxtyping import Float, Int

from motion_transfer.motion_files.skeleton_clip import SkeletonClip

MOST_FRAMES = 2_000_000
AT_ONCE = 256  # frames whose joints are computed at once
Frames = Callable[[Int[np.ndarray, "chosen"]], SkeletonClip]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResampledSkeleton:
    """The frames of a skeleton from one on: positions and rotations by linear interpolation.

    Attributes:
        frames: gives the file's frames that are asked for, so that no more are computed than the rate needs.
        first: of the file's frames.
        file_count: how many the file has.
        file_fps: their rate.
        rate: frames a second that are wanted.

    Raises:
        ValueError: there would be too many.
    """

    frames: Frames
    first: int
    file_count: int
    file_fps: Fraction
    rate: Fraction

    def __post_init__(self) -> None:
        if len(self) > MOST_FRAMES:
            raise ValueError(f"expected at most {MOST_FRAMES} frames at {float(self.rate):g} frames/s, got {len(self)}")

    def __len__(self) -> int:
        return int((self.file_count - self.first - 1) / float(self.file_fps) * float(self.rate) + 1e-6) + 1

    def at(self, chosen: Int[np.ndarray, "chosen"]) -> SkeletonClip:
        """Some of the frames, as numbers of single precision."""
        moments = self.first + chosen / float(self.rate) * float(self.file_fps)
        return replace(_interpolated(self.frames, moments, self.file_count), seconds_per_frame=1 / float(self.rate))

    def pieces(self) -> Iterator[tuple[slice, SkeletonClip]]:
        """All frames, a piece at a time, and where each piece stands."""
        for start in range(0, len(self), AT_ONCE):
            stop = min(start + AT_ONCE, len(self))
            yield slice(start, stop), self.at(np.arange(start, stop))


def _interpolated(frames: Frames, at: Float[np.ndarray, "moment"], count: int) -> SkeletonClip:
    """The skeleton at moments between frames."""
    low = np.minimum(at + 1e-6, count - 1).astype(int)
    weight = np.where(at - low > 1e-3, at - low, 0.0)[:, None, None]
    high = np.minimum(low + (weight[:, 0, 0] > 0), count - 1)
    needed = np.unique(np.concatenate([low, high]))
    clip = frames(needed)
    before, after = np.searchsorted(needed, low), np.searchsorted(needed, high)
    positions = clip.positions[before] * (1 - weight) + clip.positions[after] * weight
    rotations = None if clip.rotations is None else _between(clip.rotations[before], clip.rotations[after], weight)
    return replace(
        clip,
        positions=positions.astype(np.float32),
        rotations=None if rotations is None else rotations.astype(np.float32),
    )


def _between(
    before: Float[np.ndarray, "frame joint 3 3"],
    after: Float[np.ndarray, "frame joint 3 3"],
    weight: Float[np.ndarray, "frame 1 1"],
) -> Float[np.ndarray, "frame joint 3 3"]:
    """Mixtures of rotations that are near each other, made orthonormal again."""
    if not weight.any():
        return before
    mixed = before * (1 - weight[..., None]) + after * weight[..., None]
    x = mixed[..., 0] / np.linalg.norm(mixed[..., 0], axis=-1, keepdims=True).clip(1e-9)
    y = mixed[..., 1] - (mixed[..., 1] * x).sum(-1, keepdims=True) * x
    y = y / np.linalg.norm(y, axis=-1, keepdims=True).clip(1e-9)
    return np.stack([x, y, np.cross(x, y)], -1)
