"""Squares around parts of the driven body: where they lie in a finished frame, what they show, and how they go back.

What a refiner adds is resampled and not the picture: where nothing is added, every pixel stays as it was.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame, ImageSize
from motion_transfer.performers.performer import Performer
from motion_transfer.rendering.body_regions import AROUND_PART, part_squares
from motion_transfer.rendering.crop_track import crop
from motion_transfer.rendering.map_renderer import draws_hands
from motion_transfer.synthesis.discriminators.conditional import condition_channels

LEAST_PX = 12  # a part of fewer pixels of the frame is left as it is
FADE = (1 - 1 / AROUND_PART) / 2  # of the side, along which refined colours fade in


def part_channels(channels: tuple[str, ...]) -> tuple[str, ...]:
    """Give the names of the maps that refiners read: how the surface is turned, or all of a stick figure."""
    return tuple(channels[index] for index in condition_channels(channels))


@value
class PartWindow:
    """A square around a part in one frame.

    Attributes:
        area: rows and columns of the frame that the square touches.
        square_from_area: affine map from their pixels to those of the square.
        condition: maps of the square.
    """

    area: tuple[slice, slice]
    square_from_area: Float[np.ndarray, "2 3"]
    condition: Float[Tensor, "1 channel side side"]

    @property
    def side_px(self) -> int:
        """Of the square, in its own pixels."""
        return self.condition.shape[-1]

    def cut(self, picture: Shaped[np.ndarray, "height width *channel"]) -> Shaped[np.ndarray, "side side *channel"]:
        """The square of a full frame or of its mask; 0 outside of the frame."""
        return crop(picture[self.area], self.square_from_area, self._size)

    def colours(self, picture: Frame) -> Float[Tensor, "1 3 side side"]:
        """The square of a full frame, colours in [-1, 1]."""
        return torch.from_numpy(self.cut(picture)).permute(2, 0, 1)[None].float() / 127.5 - 1

    def add(self, picture: Frame, residual: Float[Tensor, "1 3 side side"]) -> None:
        """Add to the colours of a full frame, in place; nothing at the square's edge, so that no seam shows.

        Args:
            residual: of colours in [-1, 1].
        """
        shown = picture[self.area]
        faded = np.ascontiguousarray((residual[0] * 127.5).permute(1, 2, 0).numpy() * feather(self.side_px)[..., None])
        size = ImageSize(height=shown.shape[0], width=shown.shape[1])
        added = crop(faded, cv2.invertAffineTransform(self.square_from_area), size)
        shown[:] = (shown + added).round().clip(0, 255).astype(np.uint8)

    @property
    def _size(self) -> ImageSize:
        return ImageSize(height=self.side_px, width=self.side_px)


def feather(side_px: int) -> Float[np.ndarray, "side side"]:
    """1 inside of a square, falling to 0 at its edge."""
    place = (np.arange(side_px, dtype=np.float32) + 0.5) / side_px
    ramp = np.clip(np.minimum(place, 1 - place) / FADE, 0, 1)
    ramp = ramp * ramp * (3 - 2 * ramp)
    return ramp[:, None] * ramp[None]


class PartWindows:
    """The squares of a part in every frame of a motion.

    Args:
        part: of `PART_REGIONS`.
        side_px: of the squares, in their own pixels.
        channels: names of the maps that are rendered for them.
    """

    def __init__(
        self, performer: Performer, motion: BodyMotion, part: str, side_px: int, channels: Sequence[str]
    ) -> None:
        self.performer, self.motion, self.side_px = performer, motion, side_px
        camera = performer.facts.camera
        self.boxes_px = part_squares(performer.body.posed(motion.pose).joints_m, camera, part)
        self._seen = [performer.renderer.channels.index(name) for name in channels]

    def at(self, frame: int) -> Iterator[PartWindow]:
        """The squares of one frame that lie in the picture and are large enough to be refined."""
        size = self.performer.facts.camera.size
        for box in self.boxes_px[frame]:
            left, top, right, bottom = box.tolist()
            x, y, side = (left + right) / 2, (top + bottom) / 2, right - left
            if not (
                0 <= x < size.width and 0 <= y < size.height and LEAST_PX <= side <= 2 * max(size.height, size.width)
            ):
                continue
            rows = slice(max(0, int(top) - 1), min(size.height, int(np.ceil(bottom)) + 1))
            columns = slice(max(0, int(left) - 1), min(size.width, int(np.ceil(right)) + 1))
            scale = self.side_px / side
            square_from_frame = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
            square_from_area = square_from_frame.copy()
            square_from_area[:, 2] += scale * np.array([columns.start, rows.start])
            yield PartWindow(
                area=(rows, columns),
                square_from_area=square_from_area,
                condition=self._condition(frame, square_from_frame),
            )

    def _condition(self, frame: int, square_from_frame: np.ndarray) -> Float[Tensor, "1 channel side side"]:
        performer, motion = self.performer, self.motion
        posed = performer.body.posed(motion.pose[frame : frame + 1], fingers=draws_hands(performer.renderer))
        maps, _ = performer.renderer(
            posed,
            performer.texture,
            motion.shape.betas,
            performer.facts.camera,
            torch.from_numpy(square_from_frame).float()[None],
            ImageSize(height=self.side_px, width=self.side_px),
        )
        return maps.values[:, self._seen].float()
