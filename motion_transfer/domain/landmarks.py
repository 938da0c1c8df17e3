"""Landmarks of one person over a clip. One that was not seen has confidence 0: never NaN, never a missing frame."""

from fractions import Fraction

from jaxtyping import Float
from torch import Tensor

from motion_transfer.domain.masks import Masks
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize


@value
class Landmarks2D:
    """Positions in pixels of the full frame, with confidence in [0, 1]."""

    xy_px: Float[Tensor, "frame landmark 2"]
    confidence: Float[Tensor, "frame landmark"]


@value
class Landmarks3D:
    """Positions in metres relative to the middle of the hips, in camera axes (x right, y down, z forward)."""

    xyz_m: Float[Tensor, "frame landmark 3"]
    confidence: Float[Tensor, "frame landmark"]


@value
class Detections:
    """What a detector found in a clip.

    Attributes:
        layout: the name of each landmark, in order.
        shot_starts: first frame of every shot; the first one is 0.
        notes: what the user should know, each in one sentence for the report.
    """

    layout: tuple[str, ...]
    landmarks_2d: Landmarks2D
    landmarks_3d: Landmarks3D
    masks: Masks
    size: ImageSize
    fps: Fraction
    shot_starts: tuple[int, ...] = (0,)
    notes: tuple[str, ...] = ()
