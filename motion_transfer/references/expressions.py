"""How far mouth and eyes are open in reference frames, and how usual that is: a blink is no face to paint with."""

from dataclasses import replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.face_and_hands import FaceAndHands

# Points of the face mesh: upper and lower edge, and both corners, of the mouth's and the eyes' openings.
MOUTH, RIGHT_EYE, LEFT_EYE = (13, 14, 78, 308), (159, 145, 33, 133), (386, 374, 362, 263)
FOREHEAD, CHIN, OUTER_CORNERS = 10, 152, (33, 263)  # of the mesh: they tell how the face is turned
SURE = 0.9  # confidence of a face mesh that tells this
TOWARD = 0.77  # cosine of 40 degrees: of a face that is turned away farther the mesh is a guess
ALIKE = 0.08  # difference of openings over which a face of another expression loses all but a third of its worth
LEAST_SPREAD = 0.04  # of openings: smaller differences are noise
LEAST_WORTH = 0.3  # of the most unusual face: it still is the person's


def openings(parts: FaceAndHands) -> Float[Tensor, "frame opening"]:
    """Height over width of the openings of mouth, right eye and left eye."""
    face = parts.face_px
    found = []
    for upper, lower, one, other in (MOUTH, RIGHT_EYE, LEFT_EYE):
        width = (face[:, one] - face[:, other]).norm(dim=-1)
        found.append((face[:, upper] - face[:, lower]).norm(dim=-1) / width.clamp(min=1e-3))
    return torch.stack(found, 1)


def _tells(parts: FaceAndHands) -> Bool[Tensor, "frame"]:
    """Which frames show the face well, and not far from the front."""
    face = parts.face_px
    across = face[:, OUTER_CORNERS[1]] - face[:, OUTER_CORNERS[0]]
    normal = torch.linalg.cross(across, face[:, CHIN] - face[:, FOREHEAD])
    return (parts.face_confidence > SURE) & (normal[:, 2].abs() > TOWARD * normal.norm(dim=-1))


def openings_beyond_usual(parts: FaceAndHands | None) -> Float[Tensor, "frame opening"] | None:
    """How much farther mouth and eyes are open than the person's usually are; 0 where the face is turned away.

    None where no frame shows the face.
    """
    if parts is None or not (sure := _tells(parts)).any():
        return None
    opened = openings(parts)
    return torch.where(sure[:, None], opened - opened[sure].median(0).values, 0.0)


def with_openings(motion: BodyMotion, parts: FaceAndHands | None) -> BodyMotion:
    """A motion that also says how mouth and eyes open; as it is where no frame shows the face."""
    openings = openings_beyond_usual(parts)
    return motion if openings is None else replace(motion, pose=replace(motion.pose, face_openings=openings))


def expression_apart(
    driven: Float[Tensor, "frame opening"], known: Float[Tensor, "candidate opening"]
) -> Float[Tensor, "frame candidate"]:
    """How far known faces are from the driven ones, 1 where all but a third of their worth is lost."""
    return torch.cdist(driven, known) / ALIKE


def face_worth(parts: FaceAndHands | None, frames: list[int]) -> Float[Tensor, "frame"]:
    """What the faces of some frames count, in [0, 1]: the more, the nearer they are to how the face usually is.

    A frame whose face is turned away counts fully: nothing is known of it, and there is little face in it.
    """
    worth = torch.ones(len(frames))
    if parts is None:
        return worth
    sure = _tells(parts)
    known = sure[frames]
    if not known.any():
        return worth
    opened = openings(parts)
    usual = opened[sure].median(0).values
    spread = (2 * (opened[sure] - usual).abs().median(0).values).clamp(min=LEAST_SPREAD)
    off = ((opened[frames] - usual) / spread).square().sum(1)
    return torch.where(known, LEAST_WORTH + (1 - LEAST_WORTH) * torch.exp(-off / 2), worth)


def worth_on_face(model: BodyModel, worth: Float[Tensor, "reference"]) -> Float[Tensor, "reference vertex"]:
    """What each reference counts at each vertex: the worth of its face on the head, and 1 elsewhere."""
    head = model.part_of_vertex == PARTS.index("head")
    return torch.where(head, worth[:, None], torch.ones(()))
