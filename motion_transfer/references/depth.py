"""Depth as references compare it: a hand that lies on the body is in front of it."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS

HANDS = [PARTS.index(f"{side}_hand") for side in ("left", "right")]
LIFT_M = 0.02  # about how far fingers sink into a thigh where a pose is estimated


def hands_in_front(depth_m: Float[Tensor, "frame vertex"], model: BodyModel) -> Float[Tensor, "frame vertex"]:
    """Depth of the vertices with both hands a little nearer, so that no finger sinks into what it rests on."""
    on_hand = torch.isin(model.part_of_vertex, torch.tensor(HANDS))
    return depth_m - LIFT_M * on_hand
