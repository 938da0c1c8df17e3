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
    """What a detector found in a clip: `layout` names the landmarks in order; `notes` go into the report."""

    layout: tuple[str, ...]
    landmarks_2d: Landmarks2D
    landmarks_3d: Landmarks3D
    masks: Masks
    size: ImageSize
    fps: Fraction
    notes: tuple[str, ...] = ()
