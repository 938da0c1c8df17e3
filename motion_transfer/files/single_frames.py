"""A few frames out of a video that the project wrote, without decoding the whole of it."""

from collections.abc import Iterable
from pathlib import Path

import cv2

from motion_transfer.domain.video import Frame


def frames_at(path: Path, indices: Iterable[int]) -> dict[int, Frame]:
    """The frames of these numbers that the file has; nothing where it is gone or no video."""
    found: dict[int, Frame] = {}
    if not path.is_file():
        return found
    video = cv2.VideoCapture(str(path))
    try:
        for index in indices:
            video.set(cv2.CAP_PROP_POS_FRAMES, index)
            read, bgr = video.read()
            if read:
                found[index] = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    finally:
        video.release()
    return found
