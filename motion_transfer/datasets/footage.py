"""The target's frames cropped to the person's window, on disk: what every later step of learning reads."""

from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.rendering.crop_track import CropTrack, crop

LAYERS = {"rgb": 3, "mask": 1}


@value
class Footage:
    """Crops of some frames of a clip.

    Attributes:
        frame_indices: which frames of the clip they are.
        window: where each of them stands in the full frame.
        rgb: the picture; black outside of the frame.
        mask: the detector's soft mask, 0 to 255.
        valid: 255 where the window lies inside the frame.
    """

    frame_indices: tuple[int, ...]
    window: CropTrack
    rgb: UInt8[np.ndarray, "frame height width 3"]
    mask: UInt8[np.ndarray, "frame height width"]

    def __len__(self) -> int:
        return len(self.frame_indices)

    def camera(self, index: int, full: Camera) -> Camera:
        """The camera that sees one crop."""
        matrix = torch.eye(3)
        matrix[:2] = torch.from_numpy(self.window.window_from_frame(index)).float()
        return Camera(
            intrinsics_px=matrix @ full.intrinsics_px, camera_from_world=full.camera_from_world, size=self.window.size
        )

    def crop(self, index: int, picture: np.ndarray, *, outside: int = 0) -> np.ndarray:
        """The same crop of another full-frame picture, such as the plate."""
        return crop(picture, self.window.window_from_frame(index), self.window.size, outside=outside)

    def valid(self, index: int, full: ImageSize) -> Float[np.ndarray, "height width"]:
        """1 where the crop lies inside the frame."""
        ones = np.full((full.height, full.width), 255, np.uint8)
        return (self.crop(index, ones) > 250).astype(np.float32)


def write_footage(folder: Path, video: Video, masks: Masks, window: CropTrack, frame_indices: list[int]) -> None:
    """Cut the crops out of the video into `rgb.npy` and `mask.npy`.

    Args:
        window: of the chosen frames only, in their order.
    """
    shape = (len(frame_indices), window.size.height, window.size.width)
    rgb = np.lib.format.open_memmap(folder / "rgb.npy", "w+", np.uint8, (*shape, 3))
    mask = np.lib.format.open_memmap(folder / "mask.npy", "w+", np.uint8, shape)
    frame_from_mask = np.diag([video.size.width / masks.size.width, video.size.height / masks.size.height, 1.0])
    for row, (number, frame) in enumerate(video.pick(frame_indices)):
        window_from_frame = window.window_from_frame(row)
        rgb[row] = crop(frame, window_from_frame, window.size)
        mask[row] = crop(masks[number], window_from_frame @ frame_from_mask, window.size)
    rgb.flush()
    mask.flush()


def open_footage(folder: Path, window: CropTrack, frame_indices: list[int]) -> Footage:
    """The crops of `write_footage`, mapped into memory page by page."""
    return Footage(
        frame_indices=tuple(frame_indices),
        window=window,
        rgb=np.load(folder / "rgb.npy", mmap_mode="r"),
        mask=np.load(folder / "mask.npy", mmap_mode="r"),
    )


def shrunk(picture: np.ndarray, height: int) -> np.ndarray:
    """The picture at a smaller height, averaged."""
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
