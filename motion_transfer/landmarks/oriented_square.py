"""A square of a picture, turned so that what it shows stands upright: what networks for faces and hands read."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from motion_transfer.domain.video import Frame


@dataclass(frozen=True, kw_only=True)
class OrientedSquare:
    """A square of a picture.

    Attributes:
        middle_px: in the picture.
        side_px: in pixels of the picture.
        turn_rad: of its axes against the picture's, from x toward y.
    """

    middle_px: Float[np.ndarray, "2"]
    side_px: float
    turn_rad: float

    @staticmethod
    def upright(middle_px: Float[np.ndarray, "2"], side_px: float, up: Float[np.ndarray, "2"]) -> "OrientedSquare":
        """The square whose upper side lies where `up` points to in the picture."""
        return OrientedSquare(middle_px=middle_px, side_px=side_px, turn_rad=float(np.arctan2(up[0], -up[1])))

    @staticmethod
    def around(points_px: Float[np.ndarray, "point 2"], turn_rad: float, scale: float) -> "OrientedSquare":
        """The square around points, by `scale` larger than the longer side of the rectangle that holds them."""
        axes = _axes(turn_rad)
        inside = points_px @ axes
        low, high = inside.min(0), inside.max(0)
        return OrientedSquare(
            middle_px=axes @ ((low + high) / 2), side_px=scale * float((high - low).max()), turn_rad=turn_rad
        )

    def moved(self, by_px: Float[np.ndarray, "2"]) -> "OrientedSquare":
        """The same square elsewhere."""
        return OrientedSquare(middle_px=self.middle_px + by_px, side_px=self.side_px, turn_rad=self.turn_rad)

    @cached_property
    def axes(self) -> Float[np.ndarray, "2 2"]:
        """Columns: where the square's x and y point to in the picture."""
        return _axes(self.turn_rad)

    def cut(self, picture: Frame, side: int) -> UInt8[np.ndarray, "rows columns 3"]:
        """What the square shows, `side` pixels wide; black beside the picture."""
        scale = self.side_px / side
        corner = self.middle_px + self.axes @ np.full(2, 0.5 * scale - self.side_px / 2) - 0.5  # of the first pixel
        picture_from_square = np.column_stack([self.axes * scale, corner])
        return cv2.warpAffine(picture, picture_from_square, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)

    def in_picture(self, points: Float[np.ndarray, "point 2"]) -> Float[np.ndarray, "point 2"]:
        """Points in fractions of the square's side, as pixels of the picture."""
        return self.middle_px + (points - 0.5) * self.side_px @ self.axes.T

    def turned(self, vectors: Float[np.ndarray, "point 3"]) -> Float[np.ndarray, "point 3"]:
        """Vectors along the square's axes and away from the camera, along the picture's."""
        return np.column_stack([vectors[:, :2] @ self.axes.T, vectors[:, 2]])


def _axes(turn_rad: float) -> Float[np.ndarray, "2 2"]:
    cosine, sine = np.cos(turn_rad), np.sin(turn_rad)
    return np.array([[cosine, -sine], [sine, cosine]])
