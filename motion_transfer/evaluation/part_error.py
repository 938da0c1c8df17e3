"""How far face and hands of a result are from those of the true frames, by face mesh and hand landmarks in both."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.domain.face_and_hands import FOUND, FaceAndHands

FOREHEAD, CHIN = 10, 152  # of the face mesh: a face's height apart
WRIST, KNUCKLE, PALMS = 0, 9, 2.0  # a hand is twice as long as its palm


def part_scores(found: FaceAndHands, true: FaceAndHands) -> dict[str, float]:
    """Compare what was found in a result with what was found in the true frames.

    Returns:
        `face_mesh_found` and `hands_found`: share of the faces and hands of the true frames that are found in the
        result as well. `face_mesh_error`: mean distance of the mesh's points in per cent of the face's height.
        `hand_error`: of the hand landmarks, in per cent of the hand's length. NaN where the true frames show none.

    Raises:
        ValueError: the numbers of frames differ.
    """
    if len(found) != len(true):
        raise ValueError(f"expected face and hands of {len(true)} frames, got {len(found)}; detect all frames")
    faces = true.face_px
    face_px = (faces[:, FOREHEAD] - faces[:, CHIN]).norm(dim=-1)
    hand_m = PALMS * (true.hands_m[:, :, KNUCKLE] - true.hands_m[:, :, WRIST]).norm(dim=-1)
    hand_px = hand_m * _px_per_m(true)
    face_off = (found.face_px - faces)[..., :2].norm(dim=-1).mean(-1)
    hand_off = (found.hands_px - true.hands_px).norm(dim=-1).mean(-1)
    faces_found, face_error = _share_and_error(found.face_confidence, true.face_confidence, face_off / face_px)
    hands_found, hand_error = _share_and_error(found.hand_confidence, true.hand_confidence, hand_off / hand_px)
    return {
        "face_mesh_found": faces_found,
        "face_mesh_error": face_error,
        "hands_found": hands_found,
        "hand_error": hand_error,
    }


def _px_per_m(parts: FaceAndHands) -> Float[Tensor, "frame hand"]:
    """Scale of the picture at each hand, by how far its points spread in pixels and in metres."""
    return parts.hands_px.std(2).sum(-1) / parts.hands_m[..., :2].std(2).sum(-1).clamp(min=1e-6)


def _share_and_error(
    found: Float[Tensor, "*part"], true: Float[Tensor, "*part"], error: Float[Tensor, "*part"]
) -> tuple[float, float]:
    """The share of true parts that are found, and the mean error of these in per cent."""
    shown = true > FOUND
    both = shown & (found > FOUND)
    share = both.sum() / shown.sum() if shown.any() else torch.tensor(torch.nan)
    return float(share), 100 * float(error[both].mean())
