"""The body's shape, pose and motion. Shape and pose are apart: retargeting exchanges one and keeps the other."""

from collections.abc import Sequence
from fractions import Fraction

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.value import check_within, value
from motion_transfer.domain.video import check_rate

MOST_SPREADS, MOST_CLOTHING_M, FARTHEST_M = 1e3, 10.0, 1e4
ROUNDING = 0.01  # of a rotation's entries
WIDEST = 10.0  # opening of a mouth or an eye, in heights over widths


@value
class BodyShape:
    """Who moves: SMPL shape coefficients in standard deviations, and how far clothes stand off each body part.

    Attributes:
        betas: shape coefficients of the body model.
        clothing_offset_m: outward offset of the surface along its normal, around each joint; metres. Throat and face
            stay bare.

    Raises:
        ValueError: a number is not finite or far out of the ordinary.
    """

    betas: Float[Tensor, "beta"]
    clothing_offset_m: Float[Tensor, "joint"]

    def __post_init__(self) -> None:
        check_within("a body", -MOST_SPREADS, MOST_SPREADS, betas=self.betas)
        check_within("a body", -MOST_CLOTHING_M, MOST_CLOTHING_M, clothing_offset_m=self.clothing_offset_m)


@value
class BodyPose:
    """Where every joint is turned: `parent_from_joint[:, 0]` turns the pelvis in the world, the rest their parents.

    Attributes:
        parent_from_joint: rotation matrices in the SMPL joint order.
        root_position_m: the pelvis joint in the world (x right, y up, z toward the camera, ground y = 0).
        fingers: rotation matrices of SMPL-H's 30 finger joints against their parents, the left hand first; None where
            nothing is known of them, as at rest.
        face_openings: how much farther mouth, right eye and left eye are open than they usually are, in heights over
            widths; 0 where the face is turned away, None where nothing is known of it.

    Raises:
        ValueError: a number is not finite, no entry of a rotation, or farther away than anybody is filmed.
    """

    parent_from_joint: Float[Tensor, "frame joint 3 3"]
    root_position_m: Float[Tensor, "frame 3"]
    fingers: Float[Tensor, "frame 30 3 3"] | None = None
    face_openings: Float[Tensor, "frame 3"] | None = None

    def __post_init__(self) -> None:
        check_within("a pose", -1 - ROUNDING, 1 + ROUNDING, parent_from_joint=self.parent_from_joint)
        if self.fingers is not None:
            check_within("a pose", -1 - ROUNDING, 1 + ROUNDING, fingers=self.fingers)
        if self.face_openings is not None:
            check_within("a pose", -WIDEST, WIDEST, face_openings=self.face_openings)
        check_within("a pose", -FARTHEST_M, FARTHEST_M, root_position_m=self.root_position_m)

    def __getitem__(self, frames: slice) -> "BodyPose":
        return self.at(frames)

    def at(self, frames: slice | list[int] | Int[Tensor, "some"]) -> "BodyPose":
        """The poses of some frames."""
        return BodyPose(
            parent_from_joint=self.parent_from_joint[frames],
            root_position_m=self.root_position_m[frames],
            fingers=None if self.fingers is None else self.fingers[frames],
            face_openings=None if self.face_openings is None else self.face_openings[frames],
        )


def join_poses(shots: Sequence[BodyPose]) -> BodyPose:
    """One after another; all of them know of fingers and of the face, or none."""
    first, fingers, openings = shots[0], [one.fingers for one in shots], [one.face_openings for one in shots]
    return BodyPose(
        parent_from_joint=torch.cat([one.parent_from_joint for one in shots]),
        root_position_m=torch.cat([one.root_position_m for one in shots]),
        fingers=None if first.fingers is None else torch.cat([one for one in fingers if one is not None]),
        face_openings=None if first.face_openings is None else torch.cat([one for one in openings if one is not None]),
    )


def mirrored_openings(openings: Float[Tensor, "frame 3"]) -> Float[Tensor, "frame 3"]:
    """Those of the face in a mirror: the eyes change places."""
    return openings[:, [0, 2, 1]]


SEEN = 0.5  # confidence above which a frame shows the person


@value
class BodyMotion:
    """A body in motion at a constant frame rate.

    Attributes:
        confidence: 0 where no person was seen (the pose is then interpolated), 1 where all was seen.
        foot_contacts: whether the left and the right foot stand on the ground.

    Raises:
        ValueError: the rate is no frame rate, or a confidence lies outside of [0, 1].
    """

    shape: BodyShape
    pose: BodyPose
    fps: Fraction
    confidence: Float[Tensor, "frame"]
    foot_contacts: Bool[Tensor, "frame 2"]

    def __post_init__(self) -> None:
        check_rate(self.fps)
        check_within("a motion", 0, 1, confidence=self.confidence)
        if not len(self.confidence) == len(self.pose.parent_from_joint):
            raise ValueError(
                f"expected a pose for each of {len(self.confidence)} frames, got {len(self.pose.parent_from_joint)}"
            )

    def __len__(self) -> int:
        return len(self.confidence)

    def __getitem__(self, frames: slice) -> "BodyMotion":
        return self.at(frames)

    def at(self, frames: slice | list[int] | Int[Tensor, "some"]) -> "BodyMotion":
        """The motion in some frames, one after the other."""
        return BodyMotion(
            shape=self.shape,
            pose=self.pose.at(frames),
            fps=self.fps,
            confidence=self.confidence[frames],
            foot_contacts=self.foot_contacts[frames],
        )

    @property
    def seen(self) -> Bool[Tensor, "frame"]:
        """The frames that show the person; in the others, the pose does not show where the body was."""
        return self.confidence > SEEN


@value
class FitQuality:
    """How well a fitted body agrees with what was seen.

    Attributes:
        reprojection_percent: mean distance of 12 limb landmarks, in percent of the person's height in the picture.
        silhouette_iou: of the rendered body with the detector's mask.
        jitter: mean acceleration of the joints in m/s^2 (second difference times fps squared).
        detector_jitter: the same for the detector's own 3D landmarks.
        frames_without_person: frames in which no person was found.
        registered_percent: that distance after registration, which follows the picture where detector and picture
            disagree; `reprojection_percent` is then the one of the fit before. None without registration.
    """

    reprojection_percent: float
    silhouette_iou: float
    jitter: float
    detector_jitter: float
    frames_without_person: int
    registered_percent: float | None = None


@value
class Capture:
    """All that was learned of the person's motion in one clip.

    Attributes:
        shot_starts: first frame of every shot; the first one is 0.
        fallbacks: what did not go as planned, each in one sentence for the report.

    Raises:
        ValueError: a shot starts outside of the motion.
    """

    motion: BodyMotion
    camera: Camera
    detections: Detections
    quality: FitQuality
    shot_starts: tuple[int, ...]
    fallbacks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all(0 <= start < max(len(self.motion), 1) for start in self.shot_starts):
            raise ValueError(f"expected shots that start within {len(self.motion)} frames, got {self.shot_starts}")
