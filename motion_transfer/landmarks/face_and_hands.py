"""The seam of the close-ups: frames and the body's landmarks in them -> the face mesh and the hand landmarks."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool, Float

from motion_transfer.domain.face_and_hands import FACE_POINTS, FOUND, HAND_POINTS, FaceAndHands
from motion_transfer.domain.video import Frame
from motion_transfer.landmarks.followed_part import Found

FEW = 0.25  # of the frames
GUESSED = {
    "the face": "the head is turned as the body's landmarks say",
    "the left hand": "it is held as the body's landmarks say",
    "the right hand": "it is held as the body's landmarks say",
}


class PartsInFrame(NamedTuple):
    """Face, left and right hand in one frame; None where they are not found."""

    face: Found | None = None
    left_hand: Found | None = None
    right_hand: Found | None = None


# A frame, the body's landmarks in its pixels, and in metres around the hips -> face and hands of the next frame.
PartsSession = Callable[[Frame, Float[np.ndarray, "landmark 2"], Float[np.ndarray, "landmark 3"]], PartsInFrame]


@runtime_checkable
class PartsDetector(Protocol):
    """Finds face and hands of a person whose body landmarks are known."""

    def open(self, names: tuple[str, ...]) -> AbstractContextManager[PartsSession]:
        """Open a session for the consecutive frames of one shot.

        Args:
            names: of the body's landmarks.
        """
        ...


def face_and_hands(frames: Sequence[PartsInFrame]) -> FaceAndHands:
    """What was found in every frame of a clip."""
    faces = [frame.face for frame in frames]
    hands = [[frame.left_hand, frame.right_hand] for frame in frames]
    face_px = np.stack([_points(face, FACE_POINTS) for face in faces])
    middle_px = face_px[..., :2].mean(1)
    face_px[..., :2] -= middle_px[:, None]
    return FaceAndHands(
        face_middle_px=torch.from_numpy(middle_px),
        face_offsets_px=torch.from_numpy(face_px).half(),
        face_confidence=torch.tensor([_confidence(face) for face in faces]),
        hands_px=torch.from_numpy(
            np.stack([[_zeros(HAND_POINTS, 2) if h is None else h.xy_px for h in both] for both in hands])
        ).float(),
        hands_m=torch.from_numpy(
            np.stack([[_zeros(HAND_POINTS, 3) if h is None else h.xyz for h in both] for both in hands])
        ).float(),
        hand_confidence=torch.tensor([[_confidence(hand) for hand in both] for both in hands]),
    )


def notes_of(parts: FaceAndHands, detected: Bool[np.ndarray, "frame"]) -> list[str]:
    """A sentence for what is found in few of the frames that show the person, and so is guessed."""
    seen = torch.from_numpy(detected)
    confidence = torch.cat([parts.face_confidence[:, None], parts.hand_confidence], 1)[seen]
    shares = (confidence > FOUND).float().mean(0).tolist() if seen.any() else [0.0] * len(GUESSED)
    return [
        f"{part} was found in {100 * share:.0f} % of the frames; elsewhere {guess}"
        for (part, guess), share in zip(GUESSED.items(), shares, strict=True)
        if share < FEW
    ]


def _points(face: Found | None, count: int) -> Float[np.ndarray, "point 3"]:
    if face is None:
        return _zeros(count, 3)
    return np.column_stack([face.xy_px, face.xyz[:, 2]]).astype(np.float32)


def _zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


def _confidence(found: Found | None) -> float:
    return 0.0 if found is None else found.confidence
