"""Self-reenactment: a performer driven by the registered motion of its own footage, compared with that footage."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, UInt8

from motion_transfer.domain.value import value
from motion_transfer.domain.video import Video
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.synthesizer import Synthesizer
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.registration.native_masks import native_held, native_person


@value
class ScoredFrame:
    """One frame as painted and as filmed.

    Attributes:
        held: pixels of things that the performer is not asked to paint.
    """

    painted: UInt8[np.ndarray, "height width 3"]
    truth: UInt8[np.ndarray, "height width 3"]
    person: Bool[np.ndarray, "height width"]
    held: Bool[np.ndarray, "height width"]


def self_reenact(
    performer: Performer, footage: RegisteredFootage, video: Video, indices: Sequence[int], synthesizer: Synthesizer
) -> Iterator[ScoredFrame]:
    """Render the frames of these crops, and give them at the frame's own size beside the filmed ones, in order.

    Args:
        video: the stabilized clip that the footage was registered from; it is streamed, not held.
        indices: of the footage's crops, ascending.

    Raises:
        ValueError: the indices do not ascend, or the video is of another size or shorter than the footage.
    """
    crops, size = footage.crops, footage.capture.camera.size
    _check(footage, video, indices)
    frames = synthesizer(performer, footage.motion_at(list(indices)))
    filmed = video.pick(crops.frames[index] for index in indices)
    for index, frame, (_, truth) in zip(indices, frames, filmed, strict=True):
        yield ScoredFrame(
            painted=frame.rgb,
            truth=truth,
            person=native_person(crops, index, truth),
            held=native_held(crops, index, np.asarray(footage.trusted[index]), size),
        )


def self_reenact_in_crop(
    performer: Performer, footage: RegisteredFootage, indices: Sequence[int], synthesizer: Synthesizer
) -> Iterator[ScoredFrame]:
    """Render the frames of these crops, and compare them in the crop at the crop's resolution, in order.

    Registered footage keeps crops and no video, so that learning has no other picture to compare with. What is finer
    than a pixel of the crop does not count here; scores that people read come from `self_reenact` where a video is at
    hand.
    """
    crops, size = footage.crops, footage.capture.camera.size
    frames = synthesizer(performer, footage.motion_at(list(indices)))
    for index, frame in zip(indices, frames, strict=True):
        inside = crops.inside(index, size)[..., None] > 0
        yield ScoredFrame(
            painted=crops.crop(index, frame.rgb) * inside,
            truth=np.array(crops.rgb[index]),
            person=np.asarray(crops.matte[index]) > 127,
            held=~np.asarray(footage.trusted[index]),
        )


def _check(footage: RegisteredFootage, video: Video, indices: Sequence[int]) -> None:
    frames = [footage.crops.frames[index] for index in indices]
    if any(later <= earlier for earlier, later in itertools.pairwise(frames)):
        raise ValueError(f"expected crops of ascending frames, got frames {frames}; sort the indices")
    size = footage.capture.camera.size
    if str(video.size) != str(size) or len(video) < len(footage.capture.motion):
        raise ValueError(
            f"expected the video that the footage was registered from, of {len(footage.capture.motion)} frames of "
            f"{size}, got {len(video)} of {video.size}; pass the stabilized clip"
        )
