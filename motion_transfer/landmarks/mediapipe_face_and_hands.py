"""mediapipe's networks for face mesh and hand landmarks, which its wheel carries, as a detector of face and hands."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from motion_transfer.domain.video import Frame
from motion_transfer.landmarks.face_and_hands import PartsInFrame, PartsSession
from motion_transfer.landmarks.followed_part import FollowedPart, Found
from motion_transfer.landmarks.mediapipe_network import MediapipeNetwork, NetworkSession
from motion_transfer.landmarks.oriented_square import OrientedSquare
from motion_transfer.landmarks.part_places import face_square, hand_square, px_per_m

FACE = MediapipeNetwork(path="mediapipe/modules/face_landmark/face_landmark.tflite", side=192, outputs=2)
HANDS = {
    kind: MediapipeNetwork(path=f"mediapipe/modules/hand_landmark/hand_landmark_{kind}.tflite", side=224, outputs=4)
    for kind in ("lite", "full")
}
CHIN, FOREHEAD, FACE_SCALE = 152, 10, 1.5  # of the square against the mesh
WRIST, KNUCKLES = 0, (5, 9, 13)
PALM = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)  # without the outer joints of the fingers
PALM_SCALE, PALM_SHIFT = 2.0, 0.1  # of the square against the palm; how far it lies toward the fingers


@dataclass(frozen=True, slots=True, kw_only=True)
class MediapipeFaceAndHands:
    """Finds the face mesh and the hand landmarks.

    Args:
        hands: network for the hands, `full` or `lite`.

    Raises:
        ValueError: there is no such network.
    """

    hands: str
    packages = ("mediapipe",)

    def __post_init__(self) -> None:
        if self.hands not in HANDS:
            raise ValueError(f"expected hands to be one of {', '.join(HANDS)}, got {self.hands!r}; choose one of them")

    @contextlib.contextmanager
    def open(self, names: tuple[str, ...]) -> Iterator[PartsSession]:
        """Open a session, as `PartsDetector` describes.

        Raises:
            ValueError: mediapipe is not installed.
        """
        with FACE.open() as read_face, HANDS[self.hands].open() as read_hand:
            face = FollowedPart(lambda picture, square: find_face(read_face, picture, square))
            left = FollowedPart(lambda picture, square: find_hand(read_hand, picture, square, is_left=True))
            right = FollowedPart(lambda picture, square: find_hand(read_hand, picture, square, is_left=False))

            def find(
                picture: Frame, xy_px: Float[np.ndarray, "landmark 2"], xyz_m: Float[np.ndarray, "landmark 3"]
            ) -> PartsInFrame:
                at_px, scale = dict(zip(names, xy_px, strict=True)), px_per_m(xy_px, xyz_m)
                return PartsInFrame(
                    face=face(picture, face_square(at_px, scale)),
                    left_hand=left(picture, hand_square(at_px, "left", scale)),
                    right_hand=right(picture, hand_square(at_px, "right", scale)),
                )

            yield find


def find_face(read: NetworkSession, picture: Frame, square: OrientedSquare) -> Found:
    """The face mesh in a square, in pixels; z in the same unit."""
    points, presence = read(square.cut(picture, FACE.side))
    xyz = points.reshape(-1, 3) / FACE.side
    xy_px = square.in_picture(xyz[:, :2])
    turn = OrientedSquare.upright(square.middle_px, 1.0, xy_px[FOREHEAD] - xy_px[CHIN]).turn_rad
    return Found(
        xy_px=xy_px,
        xyz=square.turned(xyz * square.side_px),
        confidence=1 / (1 + float(np.exp(-presence[0]))),
        square=OrientedSquare.around(xy_px, turn, FACE_SCALE),
    )


def find_hand(read: NetworkSession, picture: Frame, square: OrientedSquare, *, is_left: bool) -> Found:
    """The hand landmarks in a square, in pixels and in metres.

    The network also says which hand it sees; where it is the other one, the confidence falls.
    """
    points, presence, rightness, world = read(square.cut(picture, HANDS["full"].side))
    xy_px = square.in_picture(points.reshape(-1, 3)[:, :2] / HANDS["full"].side)
    as_named = 1 - float(rightness[0]) if is_left else float(rightness[0])
    turn = OrientedSquare.upright(square.middle_px, 1.0, xy_px[list(KNUCKLES)].mean(0) - xy_px[WRIST]).turn_rad
    around = OrientedSquare.around(xy_px[list(PALM)], turn, PALM_SCALE)
    return Found(
        xy_px=xy_px,
        xyz=square.turned(world.reshape(-1, 3)),
        confidence=float(presence[0]) * min(1.0, 2 * as_named),
        square=around.moved(around.axes @ np.array([0.0, -PALM_SHIFT * around.side_px])),
    )
