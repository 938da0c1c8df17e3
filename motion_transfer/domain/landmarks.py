"""Landmarks of one person over a clip. One that was not seen has confidence 0: never NaN, never a missing frame."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.domain.face_and_hands import FaceAndHands
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.value import check_within, value
from motion_transfer.domain.video import ImageSize, check_rate

FARTHEST_PX, FARTHEST_M = 1e6, 1e3  # out of the picture, and from the hips


@value
class LandmarkLayout:
    """The landmarks that a detector gives, in order, and its bias: where it sees them beside what they are named for.

    Attributes:
        names: such as `nose` and `left_knee`, in English, `left` and `right` being the person's own.
        bias_m: metres from a point of the body to where the detector sees it, in the T-pose, along the body's axes
            (x to the person's left, y up, z to the front).
    """

    names: tuple[str, ...]
    bias_m: Float[Tensor, "landmark 3"]

    def __post_init__(self) -> None:
        if len(self.names) != len(self.bias_m) or len(set(self.names)) != len(self.names):
            raise ValueError(
                f"expected one bias for each landmark, no name twice, got {len(self.names)} names "
                f"and {len(self.bias_m)} biases; correct the detector's layout"
            )

    @staticmethod
    def symmetric(names: tuple[str, ...], bias_m: Mapping[str, tuple[float, float, float]]) -> "LandmarkLayout":
        """A layout whose bias is the same on both sides of the body.

        Args:
            bias_m: of each kind of landmark, such as `nose` and `knee`: metres outward, up and to the front, or 0.
        """
        rows = []
        for name in names:
            words = name.split("_")
            kind = "_".join(word for word in words if word not in ("left", "right"))
            outward, up, forward = bias_m.get(kind, (0.0, 0.0, 0.0))
            rows.append((-outward if "right" in words else outward, up, forward))
        return LandmarkLayout(names=names, bias_m=torch.tensor(rows))

    def index(self, name: str) -> int:
        """The row of a landmark.

        Raises:
            ValueError: the layout lacks it.
        """
        if name not in self.names:
            raise ValueError(
                f"expected a detector that gives the landmark {name}, got one without; choose another detector"
            )
        return self.names.index(name)

    def require(self, names: Iterable[str], purpose: str) -> None:
        """Refuse a layout without these landmarks.

        Raises:
            ValueError: it lacks some of them.
        """
        lacking = [name for name in names if name not in self.names]
        if lacking:
            raise ValueError(
                f"expected a detector whose landmarks suffice for {purpose}, got one without {', '.join(lacking)}; "
                "choose another detector"
            )


@value
class Landmarks2D:
    """Positions in pixels of the full frame, with confidence in [0, 1].

    Raises:
        ValueError: a number is not finite or far out of the ordinary.
    """

    xy_px: Float[Tensor, "frame landmark 2"]
    confidence: Float[Tensor, "frame landmark"]

    def __post_init__(self) -> None:
        check_within("landmarks", -FARTHEST_PX, FARTHEST_PX, xy_px=self.xy_px)
        check_within("landmarks", 0, 1, confidence=self.confidence)


@value
class Landmarks3D:
    """Positions in metres relative to the middle of the hips, in camera axes (x right, y down, z forward).

    Raises:
        ValueError: a number is not finite or far out of the ordinary.
    """

    xyz_m: Float[Tensor, "frame landmark 3"]
    confidence: Float[Tensor, "frame landmark"]

    def __post_init__(self) -> None:
        check_within("landmarks", -FARTHEST_M, FARTHEST_M, xyz_m=self.xyz_m)
        check_within("landmarks", 0, 1, confidence=self.confidence)


@value
class Detections:
    """What a detector found in a clip.

    Attributes:
        layout: of the landmarks, with the detector's bias.
        shot_starts: first frame of every shot; the first one is 0.
        notes: what the user should know, each in one sentence for the report.
        parts: face mesh and hand landmarks; None where they were not looked for.
    """

    layout: LandmarkLayout
    landmarks_2d: Landmarks2D
    landmarks_3d: Landmarks3D
    masks: Masks
    size: ImageSize
    fps: Fraction
    shot_starts: tuple[int, ...] = (0,)
    notes: tuple[str, ...] = ()
    parts: FaceAndHands | None = None

    def __post_init__(self) -> None:
        check_rate(self.fps)
        frames, count = self.landmarks_2d.xy_px.shape[:2]
        if count != len(self.layout.names):
            raise ValueError(
                f"expected {len(self.layout.names)} landmarks, as the layout names them, got {count}; "
                "correct the detector's layout"
            )
        if {len(self.landmarks_3d.xyz_m), len(self.masks)} != {frames}:
            raise ValueError(
                f"expected landmarks in space and a mask for each of {frames} frames, got "
                f"{len(self.landmarks_3d.xyz_m)} and {len(self.masks)}; correct the detector"
            )
        if self.parts is not None and len(self.parts) != frames:
            raise ValueError(
                f"expected face and hands for each of {frames} frames, got {len(self.parts)}; correct their detector"
            )
