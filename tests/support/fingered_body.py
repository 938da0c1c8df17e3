"""The capsule body with finger joints in its hands, and made-up rotations of them."""

from dataclasses import replace

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.fingers import DIGITS, FINGER_JOINTS
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import joint


def with_fingers(model: BodyModel) -> BodyModel:
    """Every finger joint moves some vertices of its hand, and stands in their middle; they hang a little down."""
    weights = torch.zeros(len(model.template_m), len(FINGER_JOINTS))
    for hand, side in enumerate(("left", "right")):
        near = (model.template_m - (model.joint_regressor @ model.template_m)[joint(f"{side}_hand")]).norm(dim=1)
        vertices = near.argsort()[:30].view(len(DIGITS), 3, 2)
        for digit in range(len(DIGITS)):
            order = vertices[digit, model.template_m[vertices[digit], 0].abs().mean(1).argsort()]
            for bone in range(3):
                weights[order[bone], (hand * len(DIGITS) + digit) * 3 + bone] = 1.0
    return replace(model, finger_weights=weights, finger_regressor=(weights / weights.sum(0)).T.contiguous())


def random_fingers(frames: int, seed: int = 0) -> Float[Tensor, "frame 30 3 3"]:
    turns = 0.5 * torch.randn(frames, len(FINGER_JOINTS), 3, generator=torch.Generator().manual_seed(seed))
    return roma.rotvec_to_rotmat(turns)
