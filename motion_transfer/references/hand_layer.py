"""Where the picture of a filmed hand goes: moved, turned and scaled to the driven wrist."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import PARTS, joint
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.references.cutting import NEAREST_M
from motion_transfer.references.depth import LIFT_M
from motion_transfer.references.hand_pictures import HandPicture
from motion_transfer.references.layers import Layer
from motion_transfer.references.posed_mesh import posed_mesh_m
from motion_transfer.references.similarity import turn_in_picture
from motion_transfer.references.views import camera_from_joint

POINTS = 0.2  # of the hand's length that its direction in the picture has to span
BEND_RAD = 0.5  # of a wrist in the picture, beside how it was bent when it was filmed


@value
class DrivenHand:
    """Where a driven body has a hand: places in the window, in pixels of the frame.

    Attributes:
        wrist_px: place (x, y) of the wrist.
        forearm_px, hand_px: from elbow to wrist, and from there to the hand's middle.
        length_px: of the hand, if it lay in the picture's plane.
        depth_m, hand_depth_m: of the wrist and of the hand's middle.
        camera_from_wrist: how the wrist is turned.
    """

    wrist_px: Float[np.ndarray, "2"]
    forearm_px: Float[np.ndarray, "2"]
    hand_px: Float[np.ndarray, "2"]
    length_px: float
    depth_m: float
    hand_depth_m: float
    camera_from_wrist: Float[Tensor, "3 3"]


def driven_hand(posed: PosedBody, camera: Camera, corner_px: Float[np.ndarray, "2"], side: str) -> DrivenHand:
    """One hand of a driven body of one frame.

    Args:
        corner_px: of the window in the frame.
    """
    wrist, elbow = joint(f"{side}_wrist"), joint(f"{side}_elbow")
    of_hand = posed.shaped.model.part_of_vertex == PARTS.index(f"{side}_hand")
    hand_m, wrist_m = posed_mesh_m(posed)[0, of_hand], posed.joints_m[0, wrist]
    places_px, depths_m = camera.project(torch.stack([posed.joints_m[0, elbow], wrist_m, hand_m.mean(0)]))
    elbow_px, wrist_px, middle_px = places_px.numpy()
    depth_m, hand_depth_m = depths_m[1:].tolist()
    length_m = float((hand_m - wrist_m).norm(dim=1).max())
    return DrivenHand(
        wrist_px=wrist_px - corner_px,
        forearm_px=wrist_px - elbow_px,
        hand_px=middle_px - wrist_px,
        length_px=length_m * float(camera.intrinsics_px[0, 0]) / max(depth_m, NEAREST_M),
        depth_m=depth_m,
        hand_depth_m=hand_depth_m - LIFT_M,
        camera_from_wrist=camera_from_joint(posed, camera)[0, wrist],
    )


def place_hand(picture: HandPicture, driven: DrivenHand) -> Layer:
    """Turn a picture in its plane so that it points as the driven hand does, and scale it by the depth.

    A hand that points at the camera has no direction in the picture: there it is turned as the wrist is. Wrists are
    known roughly, and a hand that is bent at them as nobody's looks broken. So the picture's own forearm, which is not
    shown, must go on nearly as the driven one.
    """
    if min(np.linalg.norm(picture.hand), np.linalg.norm(driven.hand_px) / driven.length_px) > POINTS:
        turn = _rotation(_angle(picture.hand, driven.hand_px))
    else:
        turn = turn_in_picture(picture.camera_from_wrist[None], driven.camera_from_wrist[None])[0].numpy()
    if min(np.linalg.norm(picture.forearm), np.linalg.norm(driven.forearm_px)) > 0:
        turn = _turned_back(turn, picture.forearm, driven.forearm_px)
    scale = max(driven.depth_m, NEAREST_M) / picture.depth_m
    return Layer(
        foreground=picture.foreground,
        matte=picture.matte,
        anchor_px=picture.wrist_px,
        place_px=driven.wrist_px,
        picture_from_window=(turn.T * scale).astype(np.float32),
        shift_px=np.zeros(2, np.float32),
        radius_px=driven.length_px,
        depth_m=driven.hand_depth_m,
        front_depth_m=driven.hand_depth_m,
    )


def _turned_back(
    turn: Float[np.ndarray, "2 2"], forearm: Float[np.ndarray, "2"], forearm_px: Float[np.ndarray, "2"]
) -> Float[np.ndarray, "2 2"]:
    """A turn after which the picture's forearm points at most `BEND_RAD` away from the driven one.

    A forearm that points at the camera says little of its direction in the picture, and binds less.
    """
    apart = _angle(turn @ forearm, forearm_px)
    allowed = BEND_RAD / min(1.0, float(np.linalg.norm(forearm)))
    return _rotation(np.sign(apart) * max(0.0, abs(apart) - allowed)) @ turn


def _angle(start: Float[np.ndarray, "2"], end: Float[np.ndarray, "2"]) -> float:
    """From one direction in the picture to another, in radians, clockwise."""
    return float(np.arctan2(start[0] * end[1] - start[1] * end[0], start @ end))


def _rotation(angle: float) -> Float[np.ndarray, "2 2"]:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine], [sine, cosine]], np.float32)
