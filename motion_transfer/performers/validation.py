"""Validation during training: the held-out frames, rendered by the product's own synthesizer, against the footage."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from motion_transfer.evaluation.metrics import mean_psnr, psnr
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.self_reenactment import self_reenact_in_crop
from motion_transfer.performers.synthesizer import Synthesizer
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.synthesis.validation import ValidationScores

LEAST = 2  # frames that are held out
SHOWN = 8  # of the held-out frames, as pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Which frames are kept out of training: a contiguous tail, never random frames, whose neighbours were trained on.

    Attributes:
        fraction: of the usable frames.
        max_frames: of the tail that are validated on, evenly spread.
    """

    fraction: float
    max_frames: int

    def split(self, crops: Sequence[int]) -> tuple[list[int], list[int]]:
        """Split crops into those to train on and the held-out tail."""
        count = max(LEAST, round(len(crops) * self.fraction))
        return list(crops[:-count]), list(crops[-count:])

    def validated(self, held_out: Sequence[int]) -> list[int]:
        """Choose the frames of the tail that every validation renders."""
        return list(held_out[:: max(1, -(-len(held_out) // self.max_frames))])


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfReenactment:
    """Scores a generator as a part of the performer that it is trained for.

    Args:
        performer: with any generator.
        crops: indices of the footage's crops that are rendered, in order.
    """

    performer: Performer
    footage: RegisteredFootage
    crops: Sequence[int]
    synthesizer: Synthesizer

    def __call__(self, generator: ConditionalGenerator) -> ValidationScores:
        """Render the frames as a result is rendered, and compare them in the person's crop.

        The footage keeps no video, so that nothing larger than the crop is at hand. Two figures are enough to choose a
        checkpoint; what people read of a result is measured at the frame's own size.
        """
        whole, person, pictures = [], [], []
        performer = replace(self.performer, generator=generator)
        for frame in self_reenact_in_crop(performer, self.footage, self.crops, self.synthesizer):
            whole.append(psnr(frame.painted, frame.truth))
            person.append(psnr(frame.painted, frame.truth, frame.person))
            pictures += [frame.painted, frame.truth] if len(pictures) < 2 * SHOWN else []
        return ValidationScores(psnr=mean_psnr(whole), psnr_person=mean_psnr(person), pictures=np.stack(pictures))
