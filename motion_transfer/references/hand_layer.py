"""Hands laid over a painted person: each a picture of a filmed hand, moved, turned and scaled to the driven wrist."""

import cv2
import numpy as np
from jaxtyping import Float
from torch import Tensor

from motion_transfer.domain.value import value
from motion_transfer.references.hand_pictures import HandPicture
from motion_transfer.references.similarity import turn_in_picture

BEND_RAD = 0.5  # of a wrist in the picture, beside how it was bent when it was filmed


@value
class PlacedHand:
    """A hand picture and where it goes.

    Attributes:
        window_from_picture: places (x, y) in the window, in pixels of the frame, from those in the picture.
        depth_m: of the driven hand's middle.
    """

    picture: HandPicture
    window_from_picture: Float[np.ndarray, "2 3"]
    depth_m: float


def place_hand(
    picture: HandPicture,
    wrist_px: Float[np.ndarray, "2"],
    wrist_depth_m: float,
    hand_depth_m: float,
    camera_from_wrist: Float[Tensor, "3 3"],
    forearm_px: Float[np.ndarray, "2"],
) -> PlacedHand:
    """Turn a picture in its plane as the driven wrist is turned, and scale it by the depth.

    Wrists are known roughly, and a hand that is bent at them as nobody's looks broken. So the picture's own forearm,
    which is not shown, must go on nearly as the driven one.

    Args:
        wrist_px: of the driven wrist in the window, in pixels of the frame.
        forearm_px: from the driven elbow to the wrist.
    """
    turn = turn_in_picture(picture.camera_from_wrist[None], camera_from_wrist[None])[0].numpy()
    if min(np.linalg.norm(picture.forearm), np.linalg.norm(forearm_px)) > 0:
        turn = _turned_back(turn, picture.forearm, forearm_px)
    linear = turn * (picture.depth_m / max(wrist_depth_m, 0.1))
    shift = wrist_px - linear @ picture.wrist_px
    return PlacedHand(
        picture=picture,
        window_from_picture=np.concatenate([linear, shift[:, None]], 1).astype(np.float32),
        depth_m=hand_depth_m,
    )


def _turned_back(
    turn: Float[np.ndarray, "2 2"], forearm: Float[np.ndarray, "2"], forearm_px: Float[np.ndarray, "2"]
) -> Float[np.ndarray, "2 2"]:
    """A turn after which the picture's forearm points at most `BEND_RAD` away from the driven one.

    A forearm that points at the camera says little of its direction in the picture, and binds less.
    """
    x, y = turn @ forearm
    apart = np.arctan2(x * forearm_px[1] - y * forearm_px[0], x * forearm_px[0] + y * forearm_px[1])
    allowed = BEND_RAD / min(1.0, float(np.linalg.norm(forearm)))
    back = np.sign(apart) * max(0.0, abs(apart) - allowed)
    cosine, sine = np.cos(back), np.sin(back)
    return np.array([[cosine, -sine], [sine, cosine]], np.float32) @ turn


def lay_hand(
    hand: PlacedHand,
    before: Float[np.ndarray, "rows columns"],
    area: tuple[slice, slice],
    rgb: Float[np.ndarray, "rows columns 3"],
    alpha: Float[np.ndarray, "rows columns"],
) -> None:
    """Lay a hand over a person, in place.

    Args:
        before: 1 where nothing of the body lies before the hand, 0 where something does.
        area: rows and columns of the window that the arrays hold, in pixels of the frame.
    """
    height, width = hand.picture.matte.shape
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], np.float32)
    places = corners @ hand.window_from_picture.T - [area[1].start, area[0].start]
    left, top = np.maximum(np.floor(places.min(0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(places.max(0)).astype(int) + 1, [rgb.shape[1], rgb.shape[0]])
    if right <= left or bottom <= top:
        return
    # OpenCV counts from the centres of pixels.
    affine = hand.window_from_picture.copy()
    affine[:, 2] += affine[:, :2] @ [0.5, 0.5] - 0.5 - [area[1].start + left, area[0].start + top]
    size = (int(right - left), int(bottom - top))
    matte = cv2.warpAffine(hand.picture.matte, affine, size, flags=cv2.INTER_LINEAR)
    colours = cv2.warpAffine(
        hand.picture.foreground, affine, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    part = (slice(top, bottom), slice(left, right))
    over = matte * before[part]
    under = alpha[part] * (1 - over)
    whole = over + under
    share = np.divide(over, whole, out=np.zeros_like(over), where=whole > 0)[..., None]
    rgb[part] += share * (colours - rgb[part])
    alpha[part] = whole
