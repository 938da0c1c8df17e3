"""A face or a hand, followed through the frames of one shot in squares that move along with the body."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from motion_transfer.domain.face_and_hands import FOUND
from motion_transfer.domain.video import Frame
from motion_transfer.landmarks.oriented_square import OrientedSquare

MOST_ASIDE = 0.35  # of a followed square's side: how far it may lie from where the body has the part
SIZES = (0.5, 2.0)  # of a followed square's side against the one that the body places
SMALLEST_PX = 12.0  # side of a square that is looked at: nothing is seen in a smaller one


class Found(NamedTuple):
    """What a network found in a square.

    Attributes:
        xy_px: in pixels of the full frame.
        xyz: along the picture's axes and away from the camera, in the network's unit.
        confidence: in [0, 1].
        square: that fits around it, for the next frame.
    """

    xy_px: Float[np.ndarray, "point 2"]
    xyz: Float[np.ndarray, "point 3"]
    confidence: float
    square: OrientedSquare


@dataclass
class FollowedPart:
    """Follows one part of the body through consecutive frames of one shot.

    Args:
        find: reads a square of a frame; gives its best guess also where there is nothing.
    """

    find: Callable[[Frame, OrientedSquare], Found]
    _last: tuple[OrientedSquare, OrientedSquare] | None = field(default=None, init=False)

    def __call__(self, picture: Frame, placed: OrientedSquare | None) -> Found | None:
        """The part in the next frame; None where it is not found.

        Args:
            picture: the full frame.
            placed: where the body has the part; None where that is unknown.
        """
        last, self._last = self._last, None
        if placed is None or placed.side_px < SMALLEST_PX:
            return None
        found = None
        if last is not None and _agree(square := last[0].moved(placed.middle_px - last[1].middle_px), placed):
            found = self.find(picture, square)
        if found is None or found.confidence < FOUND:
            found = self.find(picture, placed)
            if found.confidence < FOUND:
                return None
            closer = self.find(picture, found.square)
            found = closer if closer.confidence >= FOUND else found
        if not _agree(found.square, placed):
            return None
        self._last = found.square, placed
        return found


def _agree(square: OrientedSquare, placed: OrientedSquare) -> bool:
    apart = float(np.linalg.norm(square.middle_px - placed.middle_px))
    low, high = SIZES
    return apart < MOST_ASIDE * placed.side_px and low * placed.side_px < square.side_px < high * placed.side_px
