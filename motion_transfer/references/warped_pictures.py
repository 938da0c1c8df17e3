"""References as the network sees them: their pictures warped to its window, at its scale."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from motion_transfer.compiled import compiled
from motion_transfer.domain.value import value
from motion_transfer.references.frames import ReferencePicture
from motion_transfer.references.sampling import sample_at
from motion_transfer.references.warping import Warp


@value
class WarpedPictures:
    """Each reference in a window, and how much it is believed there; nothing, in black, where it is not near.

    Attributes:
        rgb: colours in [-1, 1].
        alpha: in [0, 1].
    """

    rgb: Float[np.ndarray, "reference 3 height width"]
    alpha: Float[np.ndarray, "reference height width"]
    confidence: Float[np.ndarray, "reference height width"]


def warped_pictures(
    warp: Warp,
    pictures: Sequence[ReferencePicture],
    picture_from_frame: Sequence[Float[np.ndarray, "2 3"]],
    cells: int,
) -> WarpedPictures:
    """Sample each reference once a pixel of the network's window.

    Args:
        pictures: of the references of the warp, at the window's scale.
        picture_from_frame: places in each picture from those in its full frame.
        cells: of the warp per pixel, along each side; where a pixel has several, it shows what its last one shows.
    """
    row_of_cell = warp.row_of_cell()
    each = [row_of_cell[down::cells, across::cells] for down in range(cells) for across in range(cells)]
    rgb = np.full((len(pictures), 3, *each[0].shape), -1, np.float32)
    alpha = np.zeros((len(pictures), *each[0].shape), np.float32)
    for row, (picture, affine) in enumerate(zip(pictures, picture_from_frame, strict=True)):
        _sample(
            np.ascontiguousarray(each[-1]), warp.position_px[row], np.ascontiguousarray(affine, np.float32),
            picture.foreground, picture.matte, rgb[row], alpha[row],
        )  # fmt: skip
    confidence = np.mean([np.where(of >= 0, warp.confidence[:, of], 0) for of in each], axis=0, dtype=np.float32)
    return WarpedPictures(rgb=rgb, alpha=alpha, confidence=confidence)


@compiled
def _sample(
    rows: np.ndarray,
    position_px: np.ndarray,
    affine: np.ndarray,
    foreground: np.ndarray,
    matte: np.ndarray,
    rgb: np.ndarray,
    alpha: np.ndarray,
) -> None:
    """Fill in one reference's colours and alpha.

    Args:
        rows: of the warp for each pixel, -1 for none.
        position_px: of each row in the frame that the picture was cut from.
        affine: from there into the picture.
    """
    height, width = rows.shape
    for y in range(height):
        for x in range(width):
            row = rows[y, x]
            if row < 0:
                continue
            right, down = position_px[row, 0], position_px[row, 1]
            place_x = affine[0, 0] * right + affine[0, 1] * down + affine[0, 2]
            place_y = affine[1, 0] * right + affine[1, 1] * down + affine[1, 2]
            red, green, blue, shown = sample_at(foreground, matte, place_x, place_y)
            rgb[0, y, x], rgb[1, y, x], rgb[2, y, x] = red / 127.5 - 1, green / 127.5 - 1, blue / 127.5 - 1
            if 0 <= place_x <= matte.shape[1] and 0 <= place_y <= matte.shape[0]:
                alpha[y, x] = shown
