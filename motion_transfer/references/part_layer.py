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
from motion_transfer.references.posed_mesh import posed_mesh_m
from motion_transfer.references.similarity import turn_in_picture
from motion_transfer.references.views import camera_from_joint

MOST_SHIFT = 0.3  # radii that a face moves within its head: about 17 degrees
MOST_STRETCH, MOST_TURN_RAD = 1.5, 0.6  # of a foot, beside what its scale and its turn in the picture say


def place_part(
    picture: PartPicture, posed: PosedBody, camera: Camera, corner_px: Float[np.ndarray, "2"], kind: PartKind
) -> Layer:
    """Turn a picture in its plane as the driven part is turned, and a face a little out of it.

    A foot is stretched and sheared besides, so that it covers what the driven one does.

    Args:
        posed: driven body of one frame.
        corner_px: of the window in the frame.
    """
    circle = part_circle(posed, camera, kind)
    driven = camera_from_joint(posed, camera)[0, joint(kind.joint)]
    turn = turn_in_picture(driven[None], picture.camera_from_part[None])[0].numpy()
    picture_from_window = turn * np.float32(picture.radius_px / circle.radius_px)
    anchor_px, place_px, shift_px = picture.anchor_px, circle.anchor_px - corner_px, np.zeros(2, np.float32)
    if kind.has_face:
        shift_px = face_shift(driven, picture.camera_from_part) * np.float32(picture.radius_px)
    if kind.follows:
        of_part = (posed.shaped.model.part_of_vertex == kind.part).numpy()
        driven_px = camera.project(posed_mesh_m(posed)[0])[0].numpy()[of_part] - corner_px
        filmed_px = picture.vertices_px[of_part]
        anchor_px, place_px = filmed_px.mean(0), driven_px.mean(0)
        picture_from_window = followed(filmed_px - anchor_px, driven_px - place_px, picture_from_window)
    return Layer(
        foreground=picture.foreground,
        matte=picture.matte,
        anchor_px=anchor_px,
        place_px=place_px,
        picture_from_window=picture_from_window,
        shift_px=shift_px,
        radius_px=circle.radius_px,
        depth_m=circle.depth_m,
        front_depth_m=circle.front_depth_m,
    )


def followed(
    filmed_px: Float[np.ndarray, "point 2"], driven_px: Float[np.ndarray, "point 2"], similar: Float[np.ndarray, "2 2"]
) -> Float[np.ndarray, "2 2"]:
    """The linear map that takes driven points nearest to filmed ones (least squares), if it is near a similar one.

    A part seen from its end has hardly any length in the picture: it is stretched no further than by `MOST_STRETCH`,
    and where the map would turn it by more than `MOST_TURN_RAD`, the similar one is kept.

    Args:
        filmed_px, driven_px: the same points, about their means.
        similar: turn and scale that the views suggest.
    """
    linear = np.linalg.lstsq(driven_px.astype(np.float64), filmed_px.astype(np.float64), rcond=None)[0].T
    left, stretch, right = np.linalg.svd(np.linalg.inv(similar) @ linear)
    turn = left @ right
    if np.linalg.det(turn) < 0 or abs(np.arctan2(turn[1, 0], turn[0, 0])) > MOST_TURN_RAD:
        return similar
    limited = (left * stretch.clip(1 / MOST_STRETCH, MOST_STRETCH)) @ right
    return (similar @ limited).astype(np.float32)


def face_shift(driven: Float[Tensor, "3 3"], filmed: Float[Tensor, "3 3"]) -> Float[np.ndarray, "2"]:
    """Where the filmed picture of a unit ball shows the point (x, y) that the driven one shows in its middle.

    Args:
        driven, filmed: camera_from_part.
    """
    seen = (filmed @ driven.T @ filmed.new_tensor([0.0, 0.0, -1.0]))[:2]
    return (seen * min(1.0, MOST_SHIFT / max(float(seen.norm()), 1e-6))).numpy()
