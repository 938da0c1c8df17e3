"""Self-reenactment: a performer driven by the registered motion of its own footage, compared with that footage."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, UInt8

from motion_transfer.domain.value import value
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.synthesizer import Synthesizer
from motion_transfer.registration.footage import RegisteredFootage


@value
class ScoredFrame:
    """One frame as painted and as filmed, in the person's crop.

    Attributes:
        held: pixels of things that the performer is not asked to paint.
    """

    painted: UInt8[np.ndarray, "height width 3"]
    truth: UInt8[np.ndarray, "height width 3"]
    person: Bool[np.ndarray, "height width"]
    held: Bool[np.ndarray, "height width"]


def self_reenact(
    performer: Performer, footage: RegisteredFootage, indices: list[int], synthesizer: Synthesizer
) -> Iterator[ScoredFrame]:
    """Render these crops' frames through the product's own synthesizer and cut out the crops, in order."""
    crops, size = footage.crops, footage.capture.camera.size
    frames = synthesizer(performer, footage.motion_at(indices))
    for index, frame in zip(indices, frames, strict=True):
        inside = crops.inside(index, size)[..., None] > 0
        yield ScoredFrame(
            painted=crops.crop(index, frame.rgb) * inside,
            truth=np.array(crops.rgb[index]),
            person=np.asarray(crops.matte[index]) > 127,
            held=~np.asarray(footage.trusted[index]),
        )
