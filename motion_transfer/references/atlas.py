"""An atlas of reference pictures: all of them in one picture, so that one sampling reaches each of them."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from motion_transfer.domain.value import value
from motion_transfer.references.frames import ReferencePicture, References

BORDER_PX = 4  # around each picture: its colours go on, its person does not
WIDEST_PX = 16384  # of the atlas; OpenCV samples up to twice as far


@value
class ReferenceAtlas:
    """Reference pictures side by side, lit alike.

    Attributes:
        matte: alpha, 0 to 255.
        origin_px: what leads from a place (x, y) in the full frame of each reference to its place in the atlas.
    """

    foreground: UInt8[np.ndarray, "height width 3"]
    matte: UInt8[np.ndarray, "height width"]
    origin_px: Float[np.ndarray, "reference 2"]


@value
class Place:
    """A reference picture in the full frame, lit as all the others.

    Attributes:
        corner_px: of the picture (x, y).
    """

    picture: ReferencePicture
    corner_px: Float[np.ndarray, "2"]


def evenly_lit(references: References) -> list[Place]:
    """Read references, their exposure evened out."""
    return [lit_place(references, row) for row in range(len(references.frames))]


def lit_place(references: References, row: int) -> Place:
    """Read one of them, in the exposure of all."""
    facts = references.frames
    return Place(
        picture=_lit(references.read(row), facts.gain[row].numpy()),
        corner_px=facts.top_left_px[row].numpy().astype(np.float32),
    )


def pack(places: list[Place]) -> ReferenceAtlas:
    """Lay pictures side by side, in as many rows as they need."""
    left, top, tall, corners = 0, 0, 0, list[tuple[int, int]]()
    for place in places:
        height, width = (length + 2 * BORDER_PX for length in place.picture.matte.shape)
        if left and left + width > WIDEST_PX:
            left, top, tall = 0, top + tall, 0
        corners.append((left + BORDER_PX, top + BORDER_PX))
        left, tall = left + width, max(tall, height)
    sizes = [place.picture.matte.shape for place in places]
    height = max(y + size[0] for (_, y), size in zip(corners, sizes, strict=True)) + BORDER_PX
    width = max(x + size[1] for (x, _), size in zip(corners, sizes, strict=True)) + BORDER_PX
    foreground, matte = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)
    for place, (x, y) in zip(places, corners, strict=True):
        picture = place.picture
        rows, columns = picture.matte.shape
        matte[y : y + rows, x : x + columns] = picture.matte
        around = (slice(y - BORDER_PX, y + rows + BORDER_PX), slice(x - BORDER_PX, x + columns + BORDER_PX))
        foreground[around] = np.pad(
            picture.foreground, ((BORDER_PX, BORDER_PX), (BORDER_PX, BORDER_PX), (0, 0)), mode="edge"
        )
    shifts = [
        np.array(corner, np.float32) - place.corner_px.astype(np.float32)
        for corner, place in zip(corners, places, strict=True)
    ]
    return ReferenceAtlas(foreground=foreground, matte=matte, origin_px=np.stack(shifts))


def _lit(picture: ReferencePicture, gain: Float[np.ndarray, "3"]) -> ReferencePicture:
    levels = np.arange(256, dtype=np.float32)[:, None] * gain
    table = levels.round().clip(0, 255).astype(np.uint8)[:, None]
    return ReferencePicture(foreground=cv2.LUT(picture.foreground, table), matte=picture.matte, trusted=picture.trusted)
