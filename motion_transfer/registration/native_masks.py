"""The masks of a crop at the frame's own size: what scores are weighted by."""

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

from motion_transfer.domain.video import Frame, ImageSize
from motion_transfer.registration.crops import Crops
from motion_transfer.rendering.crop_track import crop, resample

EDGE_RADIUS_PX = 8  # of the guided filter (He et al., "Guided image filtering", 2010)
EDGE_SOFTNESS = 1e-3  # its regularization, for colours in [0, 1]
HALF = 127


def native_person(crops: Crops, index: int, frame: Frame) -> Bool[np.ndarray, "height width"]:
    """The person in a full frame: the crop's matte, whose outline is moved to the edges of the picture.

    Where a pixel of the crop covers several pixels of the frame, the enlarged matte has a blurred outline; a guided
    filter places it. Beside the crop there is no person.
    """
    size = ImageSize(height=frame.shape[0], width=frame.shape[1])
    matte = _to_frame(np.asarray(crops.matte[index]), crops, index, size)
    if crops.track.px_per_pixel <= 1:
        return matte > HALF
    rows, columns = _around(matte > 0)
    if rows.start == rows.stop:
        return matte > HALF
    soft = matte[rows, columns].astype(np.float32) / 255
    seen = np.ascontiguousarray(frame[rows, columns])
    person = np.zeros(matte.shape, bool)
    person[rows, columns] = cv2.ximgproc.guidedFilter(seen, soft, EDGE_RADIUS_PX, EDGE_SOFTNESS * 255**2) > 0.5
    return person


def native_held(
    crops: Crops, index: int, trusted: Bool[np.ndarray, "crop_height crop_width"], size: ImageSize
) -> Bool[np.ndarray, "height width"]:
    """Things that the person holds, in a full frame: pixels of the crop that are not trusted; none beside the crop."""
    untrusted = np.where(trusted, 0, 255).astype(np.uint8)
    return _to_frame(untrusted, crops, index, size) > HALF


def _to_frame(
    mask: UInt8[np.ndarray, "crop_height crop_width"], crops: Crops, index: int, size: ImageSize
) -> UInt8[np.ndarray, "height width"]:
    """The mask of a crop resampled to the full frame, 0 beside the crop."""
    window_from_frame = np.vstack([crops.track.window_from_frame(index), [0.0, 0.0, 1.0]])
    frame_from_window = np.linalg.inv(window_from_frame)[:2]
    enlarges = crops.track.px_per_pixel > 1
    return (resample if enlarges else crop)(mask, frame_from_window, size)


def _around(mask: Bool[np.ndarray, "height width"]) -> tuple[slice, slice]:
    """Rows and columns that hold the mask, with the reach of the filter on each side; empty without a mask."""
    spans = []
    for occupied in (mask.any(1), mask.any(0)):
        found = np.flatnonzero(occupied)
        reach = 2 * EDGE_RADIUS_PX
        spans.append(slice(max(int(found[0]) - reach, 0), int(found[-1]) + 1 + reach) if len(found) else slice(0, 0))
    return spans[0], spans[1]
