"""The face mesh and the hand landmarks of one person over a clip, found in close-ups of head and hands."""

import torch
from jaxtyping import Float, Float16
from torch import Tensor

from motion_transfer.domain.value import check_within, value

FACE_POINTS, HAND_POINTS = 468, 21
FARTHEST_PX, LONGEST_M = 1e6, 1.0
FOUND = 0.5  # confidence from which a face or a hand counts as found


@value
class FaceAndHands:
    """The points of the face mesh and of both hands in every frame; not found = confidence 0, and zeros.

    Attributes:
        face_middle_px: mean of the face mesh, in pixels of the full frame.
        face_offsets_px: its points from there, x right, y down and z away from the camera, all in pixels.
        face_confidence: in [0, 1].
        hands_px: wrist, then four points for each finger from knuckle to tip, the thumb first; left hand, right hand.
        hands_m: the same in metres around the hand's middle, in camera axes (x right, y down, z forward) as seen from
            straight in front of the hand.
        hand_confidence: in [0, 1].

    Raises:
        ValueError: a number is not finite or far out of the ordinary.
    """

    face_middle_px: Float[Tensor, "frame 2"]
    face_offsets_px: Float16[Tensor, "frame 468 3"]
    face_confidence: Float[Tensor, "frame"]
    hands_px: Float[Tensor, "frame hand 21 2"]
    hands_m: Float[Tensor, "frame hand 21 3"]
    hand_confidence: Float[Tensor, "frame hand"]

    def __post_init__(self) -> None:
        places = {"face_middle_px": self.face_middle_px, "hands_px": self.hands_px}
        check_within("a face or hand", -FARTHEST_PX, FARTHEST_PX, **places, face_offsets_px=self.face_offsets_px)
        check_within("a hand", -LONGEST_M, LONGEST_M, hands_m=self.hands_m)
        confidence = {"face_confidence": self.face_confidence, "hand_confidence": self.hand_confidence}
        check_within("a face or hand", 0, 1, **confidence)

    def __len__(self) -> int:
        return len(self.face_confidence)

    @property
    def face_px(self) -> Float[Tensor, "frame 468 3"]:
        """The face mesh in pixels of the full frame; z is relative to the face's middle."""
        return self.face_offsets_px.float() + torch.nn.functional.pad(self.face_middle_px, (0, 1))[:, None]

    @staticmethod
    def nowhere(frames: int) -> "FaceAndHands":
        """Neither a face nor a hand in any frame."""
        return FaceAndHands(
            face_middle_px=torch.zeros(frames, 2),
            face_offsets_px=torch.zeros(frames, FACE_POINTS, 3, dtype=torch.float16),
            face_confidence=torch.zeros(frames),
            hands_px=torch.zeros(frames, 2, HAND_POINTS, 2),
            hands_m=torch.zeros(frames, 2, HAND_POINTS, 3),
            hand_confidence=torch.zeros(frames, 2),
        )
