"""The finger joints of SMPL-H, which the 24 joints of SMPL lack: they move the surface of a hand and nothing else.

Notation: J_k is where finger joint k stands at rest, R_k its rotation against its parent, G_k what it does to points at
rest: G_k = G_parent(k) T(J_k) R_k T(-J_k), the first joint's parent being the hand. A vertex moves by
sum_k w_k (G_k - G_hand) beyond what the 24 joints do to it, so that fingers at rest leave the body as it is.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import HANDS, SIDES

DIGITS = ("index", "middle", "pinky", "ring", "thumb")  # in SMPL-H's order
BONES = 3
FINGER_JOINTS = tuple(f"{side}_{digit}{bone}" for side in SIDES for digit in DIGITS for bone in range(1, BONES + 1))
OF_A_HAND = len(DIGITS) * BONES


def moved_by_fingers(
    model: BodyModel,
    rest_vertices_m: Float[Tensor, "vertex 3"],
    vertices_m: Float[Tensor, "frame vertex 3"],
    world_from_rest: Float[Tensor, "frame joint 4 4"],
    fingers: Float[Tensor, "frame finger 3 3"],
) -> Float[Tensor, "frame vertex 3"]:
    """The posed mesh with its fingers turned.

    Args:
        vertices_m: posed with the fingers at rest.
        fingers: rotations of `FINGER_JOINTS` against their parents.
    """
    assert model.finger_weights is not None
    assert model.finger_regressor is not None
    moved = torch.nonzero(model.finger_weights.sum(1) > 0)[:, 0]
    joints_m = model.finger_regressor @ rest_vertices_m
    hands = world_from_rest[:, HANDS, :3].repeat_interleave(OF_A_HAND, 1)
    turned = finger_transforms(joints_m, world_from_rest[:, HANDS], fingers)
    mixed = (model.finger_weights[moved] @ (turned - hands).flatten(2)).unflatten(-1, (3, 4))
    rest = rest_vertices_m[moved]
    shift = (mixed[..., :3] @ rest[:, :, None])[..., 0] + mixed[..., 3]
    return vertices_m.index_add(1, moved, shift)


def finger_transforms(
    joints_m: Float[Tensor, "finger 3"],
    world_from_hand: Float[Tensor, "frame hand 4 4"],
    fingers: Float[Tensor, "frame finger 3 3"],
) -> Float[Tensor, "frame finger 3 4"]:
    """G of every finger joint.

    Args:
        joints_m: where they stand at rest.
        world_from_hand: G of the two hands.
    """
    found: list[Tensor] = []
    for finger in range(len(joints_m)):
        before = world_from_hand[:, finger // OF_A_HAND, :3] if finger % BONES == 0 else found[-1]
        at, turn = joints_m[finger], fingers[:, finger]
        shift = before[..., :3] @ (at - turn @ at)[..., None] + before[..., 3:]
        found.append(torch.cat([before[..., :3] @ turn, shift], -1))
    return torch.stack(found, 1)


def hinges(joints_m: Float[Tensor, "finger 3"]) -> Float[Tensor, "finger 3"]:
    """Axes at rest about which positive angles bend fingers to the palm, and thumbs to the fingers.

    The palm looks down at rest, as in the T-pose.
    """
    bones = joints_m.unflatten(0, (len(SIDES), len(DIGITS), BONES))
    along = bones[:, :, -1] - bones[:, :, 0]
    down = along.new_tensor([0.0, -1.0, 0.0]).expand_as(along)
    toward = down.clone()
    toward[:, DIGITS.index("thumb")] = along[:, DIGITS.index("index")]
    axes = torch.nn.functional.normalize(torch.linalg.cross(along, toward, dim=-1), dim=-1)
    return axes.repeat_interleave(BONES, 1).flatten(0, 1)
