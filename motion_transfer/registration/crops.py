"""Crops of a clip around the person with their mattes, on disk: what every later step of learning reads."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8

from motion_transfer.appearance.matte import refine_matte
from motion_transfer.appearance.plate import Plate
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.files.memory_maps import new_memory_map
from motion_transfer.files.npz import map_npy
from motion_transfer.rendering.crop_track import CropTrack, crop

FULLY_INSIDE = 250  # of 255: a pixel that is sampled from inside the frame alone


@value
class Crops:
    """Crops of some frames of a clip before the clip's plate.

    Attributes:
        frames: which frames of the clip they are.
        track: where each of them lies in the full frame.
        rgb: the picture; black outside of the frame.
        matte: the person's alpha, 0 to 255.
        plate: the clip's background at full size.
    """

    frames: tuple[int, ...]
    track: CropTrack
    rgb: UInt8[np.ndarray, "frame height width 3"]
    matte: UInt8[np.ndarray, "frame height width"]
    plate: Plate

    def __len__(self) -> int:
        return len(self.frames)

    def camera(self, index: int, full: Camera) -> Camera:
        """The camera that sees one crop."""
        matrix = torch.eye(3)
        matrix[:2] = torch.from_numpy(self.track.window_from_frame(index)).float()
        return Camera(
            intrinsics_px=matrix @ full.intrinsics_px, camera_from_world=full.camera_from_world, size=self.track.size
        )

    def crop(self, index: int, picture: np.ndarray, *, outside: int = 0) -> np.ndarray:
        """The same crop of another full-frame picture, such as the plate."""
        return crop(picture, self.track.window_from_frame(index), self.track.size, outside=outside)

    def alpha(self, index: int) -> Float[np.ndarray, "height width"]:
        """The matte of one crop in [0, 1]."""
        return np.asarray(self.matte[index]) / np.float32(255)

    def inside(self, index: int, full: ImageSize) -> Float[np.ndarray, "height width"]:
        """1 where the crop lies inside the frame, 0 elsewhere."""
        ones = np.full((full.height, full.width), 255, np.uint8)
        return (self.crop(index, ones) > FULLY_INSIDE).astype(np.float32)


def write_crops(
    folder: Path,
    video: Video,
    masks: Masks,
    track: CropTrack,
    frames: list[int],
    plate: Plate,
    advance: Callable[[], None],
) -> None:
    """Cut the crops out of the video into `rgb.npy`, and their mattes, refined by edges and plate, into `matte.npy`.

    Args:
        masks: the detector's, of all frames.
        track: of the chosen frames only, in their order.
        advance: called after each crop.
    """
    shape = (len(frames), track.size.height, track.size.width)
    rgb = new_memory_map(folder / "rgb.npy", (*shape, 3), np.uint8)
    matte = new_memory_map(folder / "matte.npy", shape, np.uint8)
    frame_from_mask = np.diag([video.size.width / masks.size.width, video.size.height / masks.size.height, 1.0])
    known = plate.known.astype(np.uint8) * 255
    for row, (frame, picture) in enumerate(video.pick(frames)):
        window_from_frame = track.window_from_frame(row)
        rgb[row] = crop(picture, window_from_frame, track.size)
        mask = crop(masks[frame], window_from_frame @ frame_from_mask, track.size)
        behind, shown = (crop(layer, window_from_frame, track.size) for layer in (plate.rgb, known))
        matte[row] = (refine_matte(rgb[row], mask, behind, shown) * 255).round()
        advance()
    rgb.flush()
    matte.flush()


def open_crops(folder: Path, track: CropTrack, frames: list[int], plate: Plate) -> Crops:
    """The crops of `write_crops`, mapped into memory page by page."""
    rgb, matte = (map_npy(folder / f"{name}.npy") for name in ("rgb", "matte"))
    return Crops(frames=tuple(frames), track=track, rgb=rgb, matte=matte, plate=plate)
