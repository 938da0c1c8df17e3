"""A small person is looked for again in enlarged parts of the picture, and then followed in a window of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
from jaxtyping import Shaped

from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame, ImageSize
from motion_transfer.landmarks.bounding_box import BoundingBox
from motion_transfer.landmarks.frame_detector import DetectorSession, FrameDetection
from motion_transfer.landmarks.people import MIN_CONFIDENCE

SMALL = 0.25  # of the picture's height
MARGIN = 0.75  # around all places where the person was seen, as a fraction of the height
WORTH = 0.6  # of the picture's area: a larger window would enlarge nothing
ROWS = 5  # of parts that overlap by a half and are a third of the picture's height


@value
class Window:
    """A part of every picture of a clip, in pixels."""

    top: int
    left: int
    size: ImageSize
    whole: ImageSize

    def cut(self, picture: Shaped[np.ndarray, "height width *channel"]) -> Shaped[np.ndarray, "rows columns *channel"]:
        """What the window shows."""
        return picture[self.top : self.top + self.size.height, self.left : self.left + self.size.width]

    def in_whole(self, found: FrameDetection) -> FrameDetection:
        """What was found in the window, in the whole picture; the mask is empty around it."""
        scale = np.array([self.size.width / self.whole.width, self.size.height / self.whole.height], np.float32)
        corner = np.array([self.left / self.whole.width, self.top / self.whole.height], np.float32)
        mask = None
        if found.mask is not None:
            mask = np.zeros((self.whole.height, self.whole.width), np.float32)
            enlarged = cv2.resize(found.mask, (self.size.width, self.size.height), interpolation=cv2.INTER_LINEAR)
            self.cut(mask)[:] = enlarged
        return replace(found, xy=found.xy * scale + corner, mask=mask)

    def within(self, box: BoundingBox) -> BoundingBox:
        """A box of the whole picture, in fractions of the window."""
        return BoundingBox(
            left=(box.left * self.whole.width - self.left) / self.size.width,
            top=(box.top * self.whole.height - self.top) / self.size.height,
            right=(box.right * self.whole.width - self.left) / self.size.width,
            bottom=(box.bottom * self.whole.height - self.top) / self.size.height,
        )


def window_at(centre: tuple[float, float], side_px: float, size: ImageSize) -> Window:
    """A square around a place, moved into the picture and as large as the picture allows.

    Args:
        centre: fractions of the picture's width and height.
    """
    height, width = (max(1, min(round(side_px), side)) for side in (size.height, size.width))
    left = round(centre[0] * size.width - width / 2)
    top = round(centre[1] * size.height - height / 2)
    return Window(
        top=min(max(top, 0), size.height - height),
        left=min(max(left, 0), size.width - width),
        size=ImageSize(height=height, width=width),
        whole=size,
    )


def window_around(boxes: Sequence[BoundingBox], size: ImageSize) -> Window | None:
    """The window that holds a person wherever it was seen; None where it would be nearly the whole picture."""
    if not boxes:
        return None
    around = BoundingBox(
        left=min(box.left for box in boxes),
        top=min(box.top for box in boxes),
        right=max(box.right for box in boxes),
        bottom=max(box.bottom for box in boxes),
    )
    margin = MARGIN * max(box.height for box in boxes) / max(around.height, 1e-6)
    rows, columns = around.pixels(size, margin=margin)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    if min(height, width) < 1 or height * width > WORTH * size.height * size.width:
        return None
    return Window(top=rows.start, left=columns.start, size=ImageSize(height=height, width=width), whole=size)


def person_in_parts(picture: Frame, detect: DetectorSession) -> BoundingBox | None:
    """The box of the surest person that the detector finds in an enlarged part of a picture; None for nobody."""
    size = ImageSize(height=picture.shape[0], width=picture.shape[1])
    best: tuple[float, BoundingBox] | None = None
    for part in _parts(size):
        found = detect(np.ascontiguousarray(part.cut(picture)))
        if found is None:
            continue
        sure = float(found.confidence.mean())
        if sure >= MIN_CONFIDENCE and (best is None or sure > best[0]):
            best = sure, part.in_whole(replace(found, mask=None)).box()
    return None if best is None else best[1]


def _parts(size: ImageSize) -> Iterator[Window]:
    """Overlapping parts, each a third of the picture's height and as wide."""
    side = max(size.height // 3, 1)
    wide = min(side, size.width)
    for top in np.linspace(0, size.height - side, ROWS).astype(int).tolist():
        for left in np.linspace(0, size.width - wide, max(1, 2 * size.width // wide - 1)).astype(int).tolist():
            yield Window(top=top, left=left, size=ImageSize(height=side, width=wide), whole=size)
