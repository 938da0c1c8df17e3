"""Stage 5's end: the painted person over the sharp, still plate, with a soft shadow where the feet touch the ground."""

from functools import partial

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.crop_track import CropTrack
from motion_transfer.rendering.nearest_pixel import nearest_pixel

BLEED_PX = 2  # over which resampling carries a pixel of the window
FADE_PX = 4  # of the window's edge, over which the person fades out
SHADOW_RADIUS_M = 0.16
SHADOW_REACH_M = 0.35  # height of a foot above the ground at which its shadow is gone
HAZE = 0.06
EDGE_PX = 3  # inside the body's outline: there a person is never transparent


@value
class AlphaBounds:
    """How alpha is bound to the drawn body.

    Attributes:
        floor: least alpha well inside it: poses never seen lose no limb.
        reach_px: how far clothes and hair stand beyond it, in pixels of the window: nothing is painted out of nowhere.
    """

    floor: float
    reach_px: float


def constrain_alpha(
    alpha: Float[Tensor, "batch 1 height width"], covered: Bool[Tensor, "batch height width"], bounds: AlphaBounds
) -> Float[Tensor, "batch 1 height width"]:
    """Alpha without haze, opaque well inside the body, and fading to nothing between one and two reaches from it."""
    bodies = covered.numpy()
    inner = [cv2.erode(body.astype(np.float32), np.ones((2 * EDGE_PX + 1,) * 2)) for body in bodies]
    near = [np.clip(2 - distance_px(body) / bounds.reach_px, 0, 1).astype(np.float32) for body in bodies]
    floor, share = (torch.from_numpy(np.stack(maps)[:, None]) for maps in (inner, near))
    return torch.maximum(stretch_alpha(alpha) * share, bounds.floor * floor)


def dilate_colours(
    rgb: Float[Tensor, "batch 3 height width"],
    covered: Bool[Tensor, "batch height width"],
    trust: Float[Tensor, "batch"],
) -> Float[Tensor, "batch 3 height width"]:
    """Beside the body, the colours of its nearest pixel as far as the network is not trusted.

    There it has no texture to fall back on: in poses beyond its training it would paint what stood there before.
    """
    spread = torch.stack([_nearest(of, body) for of, body in zip(rgb, covered.numpy(), strict=True)])
    share = trust.view(-1, 1, 1, 1).to(rgb)
    return torch.where(covered[:, None], rgb, share * rgb + (1 - share) * spread)


def _nearest(rgb: Float[Tensor, "3 height width"], body: Bool[np.ndarray, "height width"]) -> Tensor:
    """Every pixel with the colour of the one nearest to it a pixel inside of the body's edge."""
    inner = cv2.erode(body.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if not inner.any():
        return rgb
    _, place = nearest_pixel(inner)
    return rgb.flatten(1)[:, torch.from_numpy(place).flatten()].view_as(rgb)


def stretch_alpha(alpha: Float[Tensor, "batch 1 height width"]) -> Float[Tensor, "batch 1 height width"]:
    """Alpha with its ends cut off: a network that hardly says person means background, and the plate stays sharp."""
    return ((alpha - HAZE) / (1 - 2 * HAZE)).clamp(0, 1)


def distance_px(body: Bool[np.ndarray, "height width"]) -> Float[np.ndarray, "height width"]:
    """Distance of every pixel from the body, 0 inside; the height of the picture where there is none."""
    if not body.any():
        return np.full(body.shape, float(body.shape[0]))
    return cv2.distanceTransform((~body).astype(np.uint8), cv2.DIST_L2, 5).astype(np.float64)


class Compositor:
    """Lays the person's window into full frames.

    Args:
        plate: the background.
        camera: that the plate was taken with.
        shadow: how much light a planted foot takes from the ground, 0 to 1.
    """

    def __init__(self, plate: UInt8[np.ndarray, "height width 3"], camera: Camera, shadow: float) -> None:
        self.plate, self.camera, self.shadow = plate, camera, shadow

    def __call__(
        self,
        rgb: Float[np.ndarray, "tall wide 3"],
        alpha: Float[np.ndarray, "tall wide"],
        window: CropTrack,
        frame: int,
        feet_m: Float[Tensor, "foot 3"],
    ) -> UInt8[np.ndarray, "height width 3"]:
        """One finished frame.

        Args:
            rgb: colours in [0, 255] of the window.
            window: on whole pixels of the frame.
            feet_m: middles of the soles in the world.
        """
        picture = self.plate.copy()
        self._darken(picture, feet_m)
        left, top, right, bottom = _reach(window, frame, self.camera.size, alpha)
        if right <= left or bottom <= top:
            return picture
        x, y = _corner(window, frame)
        place = partial(_resized, px_per_pixel=window.px_per_pixel, area=(left - x, top - y, right - x, bottom - y))
        share = place((alpha * _fade(*alpha.shape)).astype(np.float32)).clip(0, 1)
        person = place(rgb.round().clip(0, 255).astype(np.uint8))
        area = picture[top:bottom, left:right]
        area[:] = cv2.blendLinear(person, area, share, 1 - share)
        return picture

    def lay(
        self,
        rgb: Float[np.ndarray, "tall wide 3"],
        alpha: Float[np.ndarray, "tall wide"],
        corner_px: tuple[int, int],
        feet_m: Float[Tensor, "foot 3"],
    ) -> UInt8[np.ndarray, "height width 3"]:
        """One finished frame from a person at the frame's own size.

        Args:
            rgb: colours in [0, 255].
            corner_px: left and top of the person's picture in the frame; it may reach outside.
            feet_m: middles of the soles in the world.
        """
        picture = self.plate.copy()
        self._darken(picture, feet_m)
        x, y = corner_px
        height, width = picture.shape[:2]
        left, top, right, bottom = max(0, x), max(0, y), min(width, x + rgb.shape[1]), min(height, y + rgb.shape[0])
        if right <= left or bottom <= top:
            return picture
        shown = (slice(top - y, bottom - y), slice(left - x, right - x))
        person, share = rgb[shown].round().clip(0, 255).astype(np.uint8), np.ascontiguousarray(alpha[shown])
        area = picture[top:bottom, left:right]
        area[:] = cv2.blendLinear(np.ascontiguousarray(person), np.ascontiguousarray(area), share, 1 - share)
        return picture

    def _darken(self, picture: np.ndarray, feet_m: Float[Tensor, "foot 3"]) -> None:
        if self.shadow <= 0:
            return
        strength = (1 - feet_m[:, 1] / SHADOW_REACH_M).clamp(0, 1)
        ground = feet_m * torch.tensor([1.0, 0.0, 1.0])
        middle, depth = self.camera.project(ground)
        across = self.camera.intrinsics_px[0, 0] * SHADOW_RADIUS_M / depth.clamp(min=0.1)
        nearer, _ = self.camera.project(ground + torch.tensor([0.0, 0.0, SHADOW_RADIUS_M]))
        down = (nearer - middle)[:, 1].abs().clamp(min=1)
        for (x, y), a, b, share in zip(middle.tolist(), across.tolist(), down.tolist(), strength.tolist(), strict=True):
            if share > 0.02:
                _blot(picture, (x, y), (a, b), self.shadow * share)


def _blot(picture: np.ndarray, middle: tuple[float, float], radii: tuple[float, float], strength: float) -> None:
    """Darken an ellipse with a soft edge."""
    height, width = picture.shape[:2]
    left, right = int(max(0, middle[0] - 2.5 * radii[0])), int(min(width, middle[0] + 2.5 * radii[0] + 1))
    top, bottom = int(max(0, middle[1] - 2.5 * radii[1])), int(min(height, middle[1] + 2.5 * radii[1] + 1))
    if right <= left or bottom <= top:
        return
    y, x = np.mgrid[top:bottom, left:right] + 0.5
    squared = ((x - middle[0]) / radii[0]) ** 2 + ((y - middle[1]) / radii[1]) ** 2
    light = 1 - strength * np.exp(-squared)
    area = picture[top:bottom, left:right]
    area[:] = (area * light[..., None]).astype(np.uint8)


def _reach(
    window: CropTrack, frame: int, size: ImageSize, alpha: Float[np.ndarray, "tall wide"]
) -> tuple[int, int, int, int]:
    """The part of the full frame that the painted person covers."""
    rows, columns = (np.nonzero(alpha.max(axis) > 0)[0] for axis in (1, 0))
    if not len(rows):
        return 0, 0, 0, 0
    x, y = _corner(window, frame)
    tall, wide = (round(length * window.px_per_pixel) for length in alpha.shape)
    left, right = (round(edge * window.px_per_pixel) for edge in (columns[0] - BLEED_PX, columns[-1] + 1 + BLEED_PX))
    top, bottom = (round(edge * window.px_per_pixel) for edge in (rows[0] - BLEED_PX, rows[-1] + 1 + BLEED_PX))
    return (
        max(0, x, x + left),
        max(0, y, y + top),
        min(size.width, x + wide, x + right),
        min(size.height, y + tall, y + bottom),
    )


def _corner(window: CropTrack, frame: int) -> tuple[int, int]:
    """The window's left and top in the full frame."""
    x, y = window.top_left_px[frame].tolist()
    if x % 1 or y % 1:
        raise ValueError(f"expected a window on whole pixels, got one at ({x}, {y}); use CropTrack.on_whole_pixels()")
    return int(x), int(y)


def _resized(picture: np.ndarray, px_per_pixel: float, area: tuple[int, int, int, int]) -> np.ndarray:
    """An area (left, top, right, bottom) of a window's picture at the scale of the full frame."""
    left, top, right, bottom = area
    how = cv2.INTER_CUBIC if px_per_pixel > 1 else cv2.INTER_AREA
    # Between whole pixels this takes a tenth of the time of a general warp.
    return cv2.resize(picture, None, fx=px_per_pixel, fy=px_per_pixel, interpolation=how)[top:bottom, left:right]


def _fade(height: int, width: int) -> Float[np.ndarray, "height width"]:
    """1 inside, falling to 0 at the window's edge."""
    y = np.minimum(np.arange(height) + 0.5, height - np.arange(height) - 0.5)
    x = np.minimum(np.arange(width) + 0.5, width - np.arange(width) - 0.5)
    return np.minimum(np.minimum(y[:, None], x[None]) / FADE_PX, 1)
