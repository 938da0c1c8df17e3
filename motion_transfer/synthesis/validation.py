"""What a validation gives: scores that choose the checkpoint, and pictures to look at."""

from collections.abc import Callable

import numpy as np
from jaxtyping import UInt8

from motion_transfer.domain.value import value
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator


@value
class ValidationScores:
    """Scores of a generator on held-out frames, painted as it will be used.

    Attributes:
        psnr, psnr_person: mean over the frames, in dB, of the picture and of the person alone.
        pictures: some of the frames as painted, each followed by the same frame as filmed.
    """

    psnr: float
    psnr_person: float
    pictures: UInt8[np.ndarray, "picture height width 3"]

    def to_log(self) -> dict[str, float]:
        """Give the scores by the names that callbacks monitor; `validation` is what the training maximizes."""
        return {"validation": self.psnr + self.psnr_person, "psnr": self.psnr, "psnr_person": self.psnr_person}


Validate = Callable[[ConditionalGenerator], ValidationScores]
