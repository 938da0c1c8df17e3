"""Recovered frames and their landmarks -> the frames in which the network is not to be believed, and why.

The network tells by itself where nobody is, and where somebody is upside down. That too little of a person is shown, it
does not tell, since the landmarks that it reads are then confident as well.
"""

from dataclasses import fields

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.value import value
from motion_transfer.fitting.observations import person_frames, person_heights_px

LEAST_PX = 48.0  # height of a person in the picture, a fifth of the crop's
LEGS_SEEN = 0.3  # mean confidence of knees and ankles that were seen
LEGS = ("left_knee", "right_knee", "left_ankle", "right_ankle")


@value
class NetworkDoubts:
    """Frames of which the network's pose is not taken; a frame may have several reasons.

    Attributes:
        nobody: the detector found no person.
        cut_off: knees and ankles are not seen.
        small: the person is less than 48 px high.
        large_error: the network itself expects one.
    """

    nobody: Bool[Tensor, "frame"]
    cut_off: Bool[Tensor, "frame"]
    small: Bool[Tensor, "frame"]
    large_error: Bool[Tensor, "frame"]

    @property
    def sure(self) -> Bool[Tensor, "frame"]:
        """Frames without any doubt."""
        return ~torch.stack([getattr(self, reason.name) for reason in fields(self)]).any(0)

    @property
    def sentence(self) -> str | None:
        """What the report says of them; each frame counts for its first reason."""
        words = ("nobody seen", "legs not seen", f"less than {LEAST_PX:.0f} px high", "large error expected")
        told, counts = torch.zeros_like(self.nobody), []
        for reason, said in zip(fields(self), words, strict=True):
            doubted = getattr(self, reason.name)
            if count := int((doubted & ~told).sum()):
                counts.append(f"{said} in {count}")
            told |= doubted
        if not counts:
            return None
        return (
            f"In {int(told.sum())} of {len(told)} frames the network was unsure ({', '.join(counts)}): "
            "their poses come from landmarks."
        )


def doubt_network(
    expected_error_m: Float[Tensor, "frame"], detections: Detections, *, most_error_m: float
) -> NetworkDoubts:
    """What speaks against the network in each frame.

    Args:
        most_error_m: the expected error beyond which a frame is not believed.
    """
    legs = [detections.layout.index(name) for name in LEGS]
    return NetworkDoubts(
        nobody=~person_frames(detections),
        cut_off=detections.landmarks_2d.confidence[:, legs].mean(1) < LEGS_SEEN,
        small=person_heights_px(detections) < LEAST_PX,
        large_error=~(expected_error_m < most_error_m),
    )
