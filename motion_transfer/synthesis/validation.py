"""What a validation gives: scores that choose the checkpoint, and pictures to look at."""

from collections.abc import Callable

import numpy as np
from jaxtyping import UInt8

from motion_transfer.domain.value import value
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.synthesis.refiners.part_refiner import PartRefiner


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


@value
class RefinerScores:
    """Scores of a refiner on squares of held-out frames.

    Attributes:
        psnr, psnr_person: mean over the squares, in dB, of the square and of the person alone.
        patch_mmd: distance between the patches of refined and of filmed people, about 0 for equal patterns.
        pictures: some of the squares as refined, each followed by the same square as filmed.
    """

    psnr: float
    psnr_person: float
    patch_mmd: float
    pictures: UInt8[np.ndarray, "picture height width 3"]

    def to_log(self) -> dict[str, float]:
        """Give the scores by name. PSNR prefers a blur: the training maximizes how much alike the patches are."""
        named = {"psnr": self.psnr, "psnr_person": self.psnr_person, "patch_mmd": self.patch_mmd}
        return {"validation": -self.patch_mmd, **named}


Scores = ValidationScores | RefinerScores
Validate = Callable[[ConditionalGenerator], ValidationScores]
ValidateRefiner = Callable[[PartRefiner], RefinerScores]
