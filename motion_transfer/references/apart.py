"""References that show nothing of some frames: what is judged or trained on must not be painted from itself."""

from collections.abc import Sequence

from motion_transfer.references.frames import References
from motion_transfer.registration.footage import RegisteredFootage


def apart_in_time(
    references: References | None, footage: RegisteredFootage, indices: Sequence[int], apart_s: float
) -> References | None:
    """The references that are none of the frames of these crops, nor their neighbours in time; None of none."""
    if references is None:
        return None
    apart = round(apart_s * float(footage.capture.motion.fps))
    frames = [footage.crops.frames[index] for index in indices]
    return references.apart_from({near for frame in frames for near in range(frame - apart, frame + apart + 1)})
