"""Frames of a skeleton that are in memory already, to be taken as those of a file are."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int

from motion_transfer.motion_files.skeleton_clip import SkeletonClip


@dataclass(frozen=True, slots=True, kw_only=True)
class FramedSkeleton:
    """A whole clip, of which some frames are asked for."""

    clip: SkeletonClip

    def __len__(self) -> int:
        return len(self.clip.positions)

    def skeleton(self, frames: Int[np.ndarray, "chosen"]) -> SkeletonClip:
        """Some of the frames."""
        rotations = self.clip.rotations
        return replace(
            self.clip,
            positions=self.clip.positions[frames],
            rotations=None if rotations is None else rotations[frames],
        )
