"""The face mesh -> how the head is turned: the clip's own mean face, laid onto the face of every frame.

Its axes are those of the face: x to its left, y up, z to its front.
"""

import math

from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.geometry.rigid_alignment import frames_of, robust_rotations

# Points of the mesh on the right side of the face and on the left: corners of eyes and mouth, brows, temples, jaw.
RIGHT = (33, 133, 61, 234, 127, 172, 70, 105, 50, 98, 93, 58)
LEFT = (263, 362, 291, 454, 356, 397, 300, 334, 280, 327, 323, 288)
FOREHEAD, CHIN = 10, 152
ROUNDS = 2
PITCH_RAD = math.radians(-5)  # of the head against its face; measured on drawn people, whose heads are known


def camera_from_head(faces: Float[Tensor, "frame 468 3"], sure: Bool[Tensor, "frame"]) -> Float[Tensor, "frame 3 3"]:
    """The rotation of the head in each frame as the camera sees it straight in front of the head.

    Args:
        faces: along camera axes, in any unit.
        sure: frames whose faces show what the face is like; there is at least one.
    """
    model = mean_face(faces[sure])
    turned = robust_rotations(model, faces)
    cosine, sine = math.cos(PITCH_RAD), math.sin(PITCH_RAD)
    return turned @ turned.new_tensor([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])


def mean_face(faces: Float[Tensor, "frame 468 3"]) -> Float[Tensor, "468 3"]:
    """The face along its own axes, of unit spread: the mean over frames, those that face the camera above all."""
    centred = faces - faces.mean(1, keepdim=True)
    centred = centred / centred.square().mean((1, 2), keepdim=True).sqrt().clamp(min=1e-6)
    turned = face_axes(centred)
    ahead = (-turned[:, 2, 2]).clamp(min=0.05) ** 2
    mean = _weighed(centred @ turned, ahead)
    for _ in range(ROUNDS):
        mean = _weighed(centred @ robust_rotations(mean, centred), ahead)
    return mean


def _weighed(faces: Float[Tensor, "frame 468 3"], weights: Float[Tensor, "frame"]) -> Float[Tensor, "468 3"]:
    """The weighed mean along its own axes."""
    mean = (faces * weights[:, None, None]).sum(0) / weights.sum()
    return mean @ face_axes(mean[None])[0]


def face_axes(faces: Float[Tensor, "frame 468 3"]) -> Float[Tensor, "frame 3 3"]:
    """The axes of each face, from its two sides and from chin to forehead."""
    left = (faces[:, LEFT] - faces[:, RIGHT]).mean(1)
    return frames_of(left, faces[:, FOREHEAD] - faces[:, CHIN])
