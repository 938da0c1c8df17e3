"""How alike a driven body and a reference are around each joint, as the camera sees them."""

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import JOINTS, mirrored

PARTNER = mirrored(JOINTS)
FAR, FAR_WORTH = 4.0, 0.05  # times the tolerance; of a near view
WHOLE_TURN_WEIGHT = (
    0.25  # of the whole rotation beside the change of view: cloth and light differ, the surface does not
)


def joint_angles_deg(
    driven: Float[Tensor, "*frame joint 3 3"], reference: Float[Tensor, "*frame joint 3 3"]
) -> Float[Tensor, "*frame joint"]:
    """Angle between the sides of each joint that the camera sees, plus a share of the whole rotation between them.

    Args:
        driven, reference: camera_from_joint.
    """
    # The line of sight in a joint's own axes is the last row of camera_from_joint; turning in the picture keeps it.
    cosine = (driven[..., 2, :] * reference[..., 2, :]).sum(-1).clamp(-1, 1)
    view = torch.rad2deg(torch.arccos(cosine))
    return view + WHOLE_TURN_WEIGHT * torch.rad2deg(roma.rotmat_geodesic_distance(driven, reference))


def likeness(angles_deg: Float[Tensor, "*any"], tolerance_deg: float) -> Float[Tensor, "*any"]:
    """How much a reference is worth at some angle: it falls to a third over the tolerance, but never to nothing.

    Even from a far view its own pixels are more real than the texture, which is their mean.
    """
    return outline_likeness(angles_deg, tolerance_deg) + FAR_WORTH * torch.exp(-angles_deg / (FAR * tolerance_deg))


def outline_likeness(angles_deg: Float[Tensor, "*any"], tolerance_deg: float) -> Float[Tensor, "*any"]:
    """The same for where the person ends, of which a far view tells nothing."""
    return torch.exp(-angles_deg / tolerance_deg)


def mirrored_turns(
    camera_from_joint: Float[Tensor, "*frame joint 3 3"],
) -> Float[Tensor, "*frame joint 3 3"]:
    """The joints of the body that a mirror would show: M R M, of the joint's partner, with M = diag(-1, 1, 1)."""
    mirror = torch.diag(camera_from_joint.new_tensor([-1.0, 1.0, 1.0]))
    return mirror @ camera_from_joint[..., PARTNER, :, :] @ mirror


def turn_in_picture(
    driven: Float[Tensor, "joint 3 3"], reference: Float[Tensor, "joint 3 3"]
) -> Float[Tensor, "joint 2 2"]:
    """The rotation in the picture nearest to the one from driven to reference joint; identity where there is none."""
    turn = reference @ driven.mT
    cosine, sine = turn[:, 0, 0] + turn[:, 1, 1], turn[:, 1, 0] - turn[:, 0, 1]
    length = (cosine.square() + sine.square()).sqrt().clamp(min=1e-6)
    cosine, sine = cosine / length, sine / length
    return torch.stack([torch.stack([cosine, -sine], -1), torch.stack([sine, cosine], -1)], -2)
