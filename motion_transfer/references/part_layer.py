"""Where the picture of a filmed head or foot goes: moved, turned and scaled to the driven one."""

import numpy as np
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.camera import Camera
from motion_transfer.references.layers import Layer
from motion_transfer.references.part_kinds import PartKind
from motion_transfer.references.part_pictures import PartPicture, part_circle
from motion_transfer.references.similarity import turn_in_picture
from motion_transfer.references.views import camera_from_joint

MOST_SHIFT = 0.3  # radii that a face moves within its head: about 17 degrees


def place_part(
    picture: PartPicture, posed: PosedBody, camera: Camera, corner_px: Float[np.ndarray, "2"], kind: PartKind
) -> Layer:
    """Turn a picture in its plane as the driven part is turned, and a face a little out of it.

    Args:
        posed: driven body of one frame.
        corner_px: of the window in the frame.
    """
    circle = part_circle(posed, camera, kind)
    driven = camera_from_joint(posed, camera)[0, joint(kind.joint)]
    turn = turn_in_picture(driven[None], picture.camera_from_part[None])[0].numpy()
    shift = face_shift(driven, picture.camera_from_part) if kind.has_face else np.zeros(2, np.float32)
    return Layer(
        foreground=picture.foreground,
        matte=picture.matte,
        anchor_px=picture.anchor_px,
        place_px=circle.anchor_px - corner_px,
        picture_from_window=turn * np.float32(picture.radius_px / circle.radius_px),
        shift_px=shift * np.float32(picture.radius_px),
        radius_px=circle.radius_px,
        depth_m=circle.depth_m,
        front_depth_m=circle.front_depth_m,
    )


def face_shift(driven: Float[Tensor, "3 3"], filmed: Float[Tensor, "3 3"]) -> Float[np.ndarray, "2"]:
    """Where the filmed picture of a unit ball shows the point (x, y) that the driven one shows in its middle.

    Args:
        driven, filmed: camera_from_part.
    """
    seen = (filmed @ driven.T @ filmed.new_tensor([0.0, 0.0, -1.0]))[:2]
    return (seen * min(1.0, MOST_SHIFT / max(float(seen.norm()), 1e-6))).numpy()
