"""Where the picture of a filmed head goes: moved, turned and scaled to the driven head."""

import numpy as np
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.camera import Camera
from motion_transfer.references.head_pictures import HeadPicture, head_circle
from motion_transfer.references.layers import Layer
from motion_transfer.references.similarity import turn_in_picture
from motion_transfer.references.views import camera_from_joint

MOST_SHIFT = 0.3  # radii that a face moves within its head: about 17 degrees


def place_head(picture: HeadPicture, posed: PosedBody, camera: Camera, corner_px: Float[np.ndarray, "2"]) -> Layer:
    """Turn a picture in its plane as the driven head is turned, and its face a little out of it.

    Args:
        posed: driven body of one frame.
        corner_px: of the window in the frame.
    """
    circle = head_circle(posed, camera)
    driven = camera_from_joint(posed, camera)[0, joint("head")]
    turn = turn_in_picture(driven[None], picture.camera_from_head[None])[0].numpy()
    return Layer(
        foreground=picture.foreground,
        matte=picture.matte,
        anchor_px=picture.centre_px,
        place_px=circle.centre_px - corner_px,
        picture_from_window=turn * np.float32(picture.radius_px / circle.radius_px),
        shift_px=face_shift(driven, picture.camera_from_head) * np.float32(picture.radius_px),
        radius_px=circle.radius_px,
        depth_m=circle.depth_m,
        front_depth_m=circle.front_depth_m,
    )


def face_shift(driven: Float[Tensor, "3 3"], filmed: Float[Tensor, "3 3"]) -> Float[np.ndarray, "2"]:
    """Where the filmed picture of a unit ball shows the point (x, y) that the driven one shows in its middle.

    Args:
        driven, filmed: camera_from_head.
    """
    seen = (filmed @ driven.T @ filmed.new_tensor([0.0, 0.0, -1.0]))[:2]
    return (seen * min(1.0, MOST_SHIFT / max(float(seen.norm()), 1e-6))).numpy()
