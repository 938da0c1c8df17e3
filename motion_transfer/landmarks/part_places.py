"""The body's landmarks in one frame -> the squares in which its face and its hands are looked for."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from motion_transfer.landmarks.oriented_square import OrientedSquare

FACE = ("nose", "left_eye", "right_eye", "mouth_left", "mouth_right")
NEEDED = FACE + tuple(f"{side}_{name}" for side in ("left", "right") for name in ("elbow", "wrist", "index", "pinky"))
FACE_SQUARE_M, HAND_SQUARE_M = 0.29, 0.22  # half as long again as a face; a hand with some margin
HAND_M = 0.1  # from the wrist to the knuckles
FOREARM_WEIGHT = 0.3  # of the forearm's direction beside the hand's, which is all that is left where it points at us
KNUCKLES = 0.6  # weight of the forefinger's knuckle beside that of the little finger's, for the middle one


def px_per_m(xy_px: Float[np.ndarray, "landmark 2"], xyz_m: Float[np.ndarray, "landmark 3"]) -> float:
    """Scale of the picture at the person, by how far landmarks spread in both (weak perspective)."""
    spread_m = float(xyz_m[:, :2].std(0).sum())
    return float(xy_px.std(0).sum()) / spread_m if spread_m > 0 else 0.0


def face_square(at_px: Mapping[str, Float[np.ndarray, "2"]], scale: float) -> OrientedSquare:
    """The square around the face; `scale` is in pixels a metre."""
    eyes = (at_px["left_eye"] + at_px["right_eye"]) / 2
    mouth = (at_px["mouth_left"] + at_px["mouth_right"]) / 2
    return OrientedSquare.upright((eyes + mouth) / 2, FACE_SQUARE_M * scale, eyes - mouth)


def hand_square(at_px: Mapping[str, Float[np.ndarray, "2"]], side: str, scale: float) -> OrientedSquare:
    """The square around a hand, the fingers up."""
    wrist = at_px[f"{side}_wrist"]
    knuckles = KNUCKLES * at_px[f"{side}_index"] + (1 - KNUCKLES) * at_px[f"{side}_pinky"]
    forearm = wrist - at_px[f"{side}_elbow"]
    along = knuckles - wrist + FOREARM_WEIGHT * HAND_M * scale * forearm / max(np.linalg.norm(forearm), 1e-6)
    return OrientedSquare.upright(knuckles, HAND_SQUARE_M * scale, along)
