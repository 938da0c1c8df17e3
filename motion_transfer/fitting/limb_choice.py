"""Two estimates of a pose -> one, limb by limb: the first where it agrees with the picture, else the second's.

A network trained on drawn people errs most in the limbs of filmed ones, while its trunk and facing hold.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.body.kinematics import forward_kinematics
from motion_transfer.body.skeleton import PARENTS, joint
from motion_transfer.domain.landmarks import Detections
from motion_transfer.fitting.observations import person_heights_px

# Of each limb: the joints that turn with it, and the landmarks that show where it is.
ARM = (("shoulder", "elbow", "wrist", "hand"), ("elbow", "wrist"))
LEG = (("hip", "knee", "ankle", "foot"), ("knee", "ankle"))


def chosen_limbs(
    first: Float[Tensor, "frame joint 3 3"],
    second: Float[Tensor, "frame joint 3 3"],
    first_px: Float[Tensor, "frame landmark 2"],
    detections: Detections,
    rest_joints_m: Float[Tensor, "joint 3"],
    *,
    most_off: float,
) -> tuple[Float[Tensor, "frame joint 3 3"], Bool[Tensor, "frame limb"]]:
    """The first pose, with those limbs turned as in the second whose landmarks it puts too far from the seen ones.

    Gives also which limbs those are: of the left side arm and leg, then of the right.

    Args:
        first_px: where the first pose's landmarks are in the picture.
        most_off: distance in person heights beyond which a limb is not believed.
    """
    off = (first_px - detections.landmarks_2d.xy_px).norm(dim=-1) / person_heights_px(detections)[:, None]
    world, other = (forward_kinematics(rest_joints_m, pose)[0] for pose in (first, second))
    world, exchanged = world.clone(), []
    for side in ("left", "right"):
        for joints, landmarks in (ARM, LEG):
            rows = [joint(f"{side}_{name}") for name in joints]
            shown = [detections.layout.index(f"{side}_{name}") for name in landmarks]
            wrong = off[:, shown].amax(1) > most_off
            exchanged.append(wrong)
            world[:, rows] = torch.where(wrong[:, None, None, None], other[:, rows], world[:, rows])
    relative = world[:, torch.tensor(PARENTS).clamp(min=0)].mT @ world
    relative[:, 0] = world[:, 0]
    return relative, torch.stack(exchanged, 1)
