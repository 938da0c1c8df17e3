"""The crop track: a window of constant scale that follows the body smoothly, and pictures resampled into it."""

import cv2
import numpy as np
import torch
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.geometry.affine import opencv_affine

WIDTH_STEP = 32  # the generator halves its input up to five times


@value
class CropTrack:
    """Where the window lies in each frame, in pixels of the full frame; it may reach outside.

    Attributes:
        top_left_px: its top left corner (x, y).
        px_per_pixel: full-frame pixels per window pixel, the same for the whole clip.
        size: of the window in window pixels.
    """

    top_left_px: Float[Tensor, "frame 2"]
    px_per_pixel: float
    size: ImageSize

    def __getitem__(self, frames: slice) -> "CropTrack":
        return CropTrack(top_left_px=self.top_left_px[frames], px_per_pixel=self.px_per_pixel, size=self.size)

    def window_from_frame(self, frame: int) -> Float[np.ndarray, "2 3"]:
        """The affine map from full-frame to window pixels."""
        scale = 1 / self.px_per_pixel
        left, top = self.top_left_px[frame].tolist()
        return np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])

    def on_whole_pixels(self) -> "CropTrack":
        """The same track with corners on whole pixels of the full frame."""
        return CropTrack(top_left_px=self.top_left_px.round(), px_per_pixel=self.px_per_pixel, size=self.size)


def body_boxes(points_m: Float[Tensor, "frame point 3"], camera: Camera) -> Float[Tensor, "frame 4"]:
    """Left, top, right, bottom of the projected points in each frame, pixels."""
    pixels, _ = camera.project(points_m)
    return torch.cat([pixels.amin(1), pixels.amax(1)], -1)


def project_to_window(
    points_m: Float[Tensor, "frame point 3"], camera: Camera, window_from_frame: Float[Tensor, "frame 2 3"]
) -> tuple[Float[Tensor, "frame point 2"], Float[Tensor, "frame point"]]:
    """Project world points into each frame's window: pixels of the window, and metres along the camera's axis."""
    pixels, depth_m = camera.project(points_m)
    return pixels @ window_from_frame[:, :, :2].mT + window_from_frame[:, None, :, 2], depth_m


def track_crop(
    boxes_px: Float[Tensor, "frame 4"],
    *,
    height: int,
    margin: float,
    smoothing_frames: float,
    px_per_pixel: float | None = None,
    shot_starts: tuple[int, ...] = (0,),
    picture: ImageSize | None = None,
) -> CropTrack:
    """Find the smallest window of one scale that holds the body in every frame, and move it smoothly.

    Args:
        boxes_px: left, top, right and bottom of the body in each frame.
        height: of the window in window pixels; its width becomes a multiple of 32. With a given scale the height
            grows to a multiple of 32 as well, so that nothing is cut off.
        margin: free space on every side, as a fraction of the body's largest height.
        smoothing_frames: standard deviation of the smoothing over frames; shots are smoothed apart.
        px_per_pixel: the scale to keep, as when a learned performer is driven by another motion.
        shot_starts: first frame of each shot.
        picture: whose part of the body is wanted: the window is at most twice as large. Around a body that is `near`
            it, this cuts nothing off that the picture shows.
    """
    centre = ((boxes_px[:, :2] + boxes_px[:, 2:]) / 2).double().numpy()
    edges = [*shot_starts, len(centre)]
    for start, stop in zip(edges, edges[1:], strict=False):
        centre[start:stop] = gaussian_filter1d(centre[start:stop], smoothing_frames, axis=0, mode="nearest")
    middle = torch.from_numpy(centre).float()
    reach = torch.maximum(boxes_px[:, 2:] - middle, middle - boxes_px[:, :2]).amax(0)
    needed = 2 * reach + 2 * margin * (boxes_px[:, 3] - boxes_px[:, 1]).amax()
    scale = float(needed[1] / height) if px_per_pixel is None else px_per_pixel
    tall = height if px_per_pixel is None else max(height, _rounded_up(float(needed[1]) / scale))
    wide = _rounded_up(float(needed[0]) / scale)
    if picture is not None:
        tall = min(tall, _rounded_up(2 * picture.height / scale))
        wide = min(wide, _rounded_up(2 * picture.width / scale))
    size = ImageSize(height=tall, width=wide)
    half = torch.tensor([size.width, size.height]) * scale / 2
    return CropTrack(top_left_px=middle - half, px_per_pixel=scale, size=size)


def near(boxes_px: Float[Tensor, "frame 4"], picture: ImageSize) -> Float[Tensor, "frame 4"]:
    """The boxes without what lies farther from the picture than its own size: one wrong number may put it anywhere."""
    most = torch.tensor([picture.width, picture.height] * 2, dtype=boxes_px.dtype)
    return boxes_px.clamp(min=-most, max=2 * most)


def _rounded_up(pixels: float) -> int:
    return max(WIDTH_STEP, -(-int(np.ceil(pixels)) // WIDTH_STEP) * WIDTH_STEP)


def crop(picture: np.ndarray, window_from_frame: np.ndarray, size: ImageSize, *, outside: int = 0) -> np.ndarray:
    """Resample a picture into a window, prefiltered where it shrinks, with `outside` where there is no picture."""
    scale = float(np.sqrt(abs(np.linalg.det(window_from_frame[:, :2]))))
    return resample(prefiltered(picture, 1 / scale), window_from_frame, size, outside=outside)


def prefiltered(picture: np.ndarray, px_per_pixel: float) -> np.ndarray:
    """The picture blurred against aliasing, for sampling it every `px_per_pixel` pixels."""
    return cv2.GaussianBlur(picture, (0, 0), 0.4 * px_per_pixel) if px_per_pixel > 1.4 else picture


def resample(picture: np.ndarray, window_from_frame: np.ndarray, size: ImageSize, *, outside: int = 0) -> np.ndarray:
    """Resample a picture that is `prefiltered` already, or that keeps about its scale."""
    scale = float(np.sqrt(abs(np.linalg.det(window_from_frame[:, :2]))))
    return cv2.warpAffine(
        picture,
        opencv_affine(window_from_frame),
        (size.width, size.height),
        flags=cv2.INTER_LINEAR if scale <= 1 else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=[outside] * 4,
    )
