"""What a result must beat: the target's median picture, and the training frame whose pose is nearest."""

from collections.abc import Iterable

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame
from motion_transfer.geometry.sampling import part_centres

MEDIAN_SAMPLES = 60  # more change the median little; 60 frames of 1080p are 370 MB
STRIP_ROWS = 32  # the median is taken strip by strip, so that its copy of the frames stays small


@value
class TemporalMedian:
    """Predicts the per-pixel median of the training frames, whatever the pose."""

    picture: np.ndarray

    @staticmethod
    def learn(frames: Iterable[Frame], frame_count: int, samples: int = MEDIAN_SAMPLES) -> "TemporalMedian":
        """The median of at most `samples` evenly spaced frames out of one pass over `frame_count`.

        Raises:
            ValueError: there is no frame, or a frame differs in size.
        """
        wanted = set(part_centres(frame_count, samples))
        kept = [frame.copy() for index, frame in enumerate(frames) if index in wanted]
        if not kept:
            raise ValueError("expected at least one training frame, got none; widen the training part of the clip")
        if any(frame.shape != kept[0].shape for frame in kept):
            raise ValueError("expected frames of one size, got several; resample the clip to one size first")
        picture = np.empty_like(kept[0])
        for top in range(0, len(picture), STRIP_ROWS):
            strip = np.stack([frame[top : top + STRIP_ROWS] for frame in kept])
            picture[top : top + STRIP_ROWS] = np.median(strip, axis=0).round()
        return TemporalMedian(picture=picture)

    def __call__(self, frames: int) -> Iterable[Frame]:
        """The same picture for each of so many frames."""
        return (self.picture for _ in range(frames))


@value
class NearestNeighbour:
    """Predicts the training frame whose pose features are nearest, e.g. those of `pose_features`."""

    training_features: Float[Tensor, "training_frame feature"]

    def __call__(self, features: Float[Tensor, "frame feature"]) -> Int64[Tensor, "frame"]:
        """Index of the nearest training frame by Euclidean distance, the first one of several equally near.

        Raises:
            ValueError: there is no training frame, or the numbers of features differ.
        """
        if len(self.training_features) == 0 or features.shape[1] != self.training_features.shape[1]:
            raise ValueError(
                f"expected features like those of the training frames {tuple(self.training_features.shape)}, got "
                f"{tuple(features.shape)}; make both with the same function from at least one training frame"
            )
        # Plain differences: the expanded product that is faster loses equal distances to rounding.
        distances = torch.cdist(features, self.training_features, compute_mode="donot_use_mm_for_euclid_dist")
        return distances.argmin(1)


def pose_features(joints_m: Float[Tensor, "frame joint 3"]) -> Float[Tensor, "frame feature"]:
    """The joints relative to joint 0, so that where the person stands does not count but the facing does."""
    return (joints_m[:, 1:] - joints_m[:, :1]).flatten(1)
