"""Heads cut out of references whole: a face that is mixed from several references is soft, and its rim is doubled."""

from typing import NamedTuple

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import PARTS, joint
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.references.atlas import Place
from motion_transfer.references.cutting import (
    LEAST_TRUSTED,
    NEAREST_M,
    SOLID,
    box_around,
    mean_detail,
)
from motion_transfer.references.depth import hands_in_front
from motion_transfer.references.layers import ARMS
from motion_transfer.references.views import camera_from_joint, nearest_part
from motion_transfer.rendering.rasterizer import rasterize

HEAD = PARTS.index("head")
NECK = len(PARTS)  # beside the parts
# Shares of the head's radius.
MARGIN = 1.0  # around the body's head, within which the filmed one lies
REACH = 0.9  # of hair beyond the body's head
GAP = 0.15  # around the head that no arm reaches
THROAT, COLLAR = 0.22, 0.06  # over which the head fades out where it meets the neck, and where it meets the trunk
LEAST_AREA, MOST_AREA = 0.6, 2.5  # of the filmed head, in areas of the body's
LEAST_RADIUS = 6.0  # pixels, below which there is nothing to cut out


@value
class HeadPicture:
    """One head as a reference shows it, apart from the rest of the body.

    Attributes:
        foreground: its own colours, also beside its outline.
        matte: alpha in [0, 1], which fades toward the neck.
        centre_px: place (x, y) of the head's middle in this picture, whose pixels are those of the frame.
        radius_px: of the head.
        camera_from_head: how the head is turned.
        detail: mean absolute Laplacian, which motion blur takes away.
    """

    foreground: UInt8[np.ndarray, "height width 3"]
    matte: Float[np.ndarray, "height width"]
    centre_px: Float[np.ndarray, "2"]
    radius_px: float
    camera_from_head: Float[Tensor, "3 3"]
    detail: float


class HeadCircle(NamedTuple):
    """A circle about a head as the camera sees it.

    Attributes:
        centre_px, radius_px: in the frame.
        depth_m, front_depth_m: of its middle, and of what is nearest to the camera.
    """

    centre_px: Float[np.ndarray, "2"]
    radius_px: float
    depth_m: float
    front_depth_m: float


def head_circle(body: PosedBody, camera: Camera) -> HeadCircle:
    """The head of a body of one frame."""
    head_m = body.vertices_m()[0, body.shaped.model.part_of_vertex == HEAD]
    world_from_head = body.world_from_rest[0, joint("head"), :3, :3]
    in_head_m = head_m @ world_from_head
    middle_m = world_from_head @ ((in_head_m.amin(0) + in_head_m.amax(0)) / 2)  # turns with the head
    centre_px, depth_m = camera.project(middle_m[None])
    radius_m = float((head_m - middle_m).norm(dim=1).median())
    depth = max(float(depth_m), NEAREST_M)
    return HeadCircle(
        centre_px=centre_px[0].numpy(),
        radius_px=radius_m * float(camera.intrinsics_px[0, 0]) / depth,
        depth_m=depth,
        front_depth_m=float(camera.project(head_m)[1].min()),
    )


def cut_head(body: PosedBody, camera: Camera, place: Place) -> HeadPicture | None:
    """Cut out the head; None where an arm hides it, or it is not where the body has it.

    Args:
        body: of the reference's one frame.
    """
    seen, picture = _seen(body, camera, place), place.picture
    if seen is None or picture.trusted[seen.box][seen.around].mean() < LEAST_TRUSTED:
        return None
    matte = picture.matte[seen.box].astype(np.float32) / 255 * seen.fade
    foreground = np.ascontiguousarray(picture.foreground[seen.box])
    solid = (matte > SOLID) & (seen.fade == 1)
    if not LEAST_AREA < solid.sum() / seen.head.sum() < MOST_AREA:
        return None
    return HeadPicture(
        foreground=foreground,
        matte=matte,
        centre_px=seen.centre_px,
        radius_px=seen.radius_px,
        camera_from_head=camera_from_joint(body, camera)[0, joint("head")],
        detail=mean_detail(foreground, solid),
    )


class _Seen(NamedTuple):
    """Where a picture shows the body's head.

    Attributes:
        box: rows and columns of the picture around it; the maps and places are of this box.
        head, around: cells of the body's head, and these with what is near them.
        fade: 1 on the filmed head, falling to 0 around it where the body goes on.
        centre_px, radius_px: of the circle about it.
    """

    box: tuple[slice, slice]
    head: Bool[np.ndarray, "height width"]
    around: Bool[np.ndarray, "height width"]
    fade: Float[np.ndarray, "height width"]
    centre_px: Float[np.ndarray, "2"]
    radius_px: float


def _seen(body: PosedBody, camera: Camera, place: Place) -> _Seen | None:
    """None where the head leaves the picture, is hidden, is touched by an arm, or is tiny."""
    circle, model = head_circle(body, camera), body.shaped.model
    vertices_px, depth_m = camera.project(body.vertices_m())
    vertices_px, radius_px = vertices_px - torch.from_numpy(place.corner_px), circle.radius_px
    box = box_around(vertices_px[0, model.part_of_vertex == HEAD], MARGIN * radius_px, place.picture.matte.shape)
    if radius_px < LEAST_RADIUS or box is None:
        return None
    size = ImageSize(height=box[0].stop - box[0].start, width=box[1].stop - box[1].start)
    corner = np.array([box[1].start, box[0].start], np.float32)
    fragments = rasterize(vertices_px - torch.from_numpy(corner), hands_in_front(depth_m, model), model.faces, size)
    covered, face = fragments.covered[0].numpy(), fragments.face[0].clamp(min=0)
    part = torch.where(model.joint_of_face[face] == joint("neck"), NECK, model.part_of_face[face]).numpy()
    nearest, apart_px = nearest_part(covered, part.astype(np.uint8))
    head, gap = covered & (part == HEAD), 2 * round(GAP * radius_px) + 1
    around = cv2.dilate(head.astype(np.uint8), np.ones((gap, gap), np.uint8)) > 0
    if not head.any() or (around & covered & np.isin(part, ARMS)).any():
        return None
    return _Seen(
        box=box,
        head=head,
        around=around,
        fade=_fade((nearest == HEAD) & (apart_px <= REACH * radius_px), nearest, radius_px),
        centre_px=(circle.centre_px - place.corner_px - corner).astype(np.float32),
        radius_px=radius_px,
    )


def _fade(
    filmed: Bool[np.ndarray, "height width"], nearest: UInt8[np.ndarray, "height width"], radius_px: float
) -> Float[np.ndarray, "height width"]:
    """1 on the head, falling to 0 over the neck, and at once over all else."""
    apart_px = cv2.distanceTransform((~filmed).astype(np.uint8), cv2.DIST_L2, 5)
    reach_px = np.where(nearest == NECK, THROAT, COLLAR) * radius_px
    return np.clip(1 - apart_px / reach_px, 0, 1).astype(np.float32)


def mirrored_head(head: HeadPicture) -> HeadPicture:
    """The same head as a mirror would show it."""
    mirror = torch.diag(head.camera_from_head.new_tensor([-1.0, 1.0, 1.0]))
    return HeadPicture(
        foreground=np.ascontiguousarray(head.foreground[:, ::-1]),
        matte=np.ascontiguousarray(head.matte[:, ::-1]),
        centre_px=np.array([head.matte.shape[1] - head.centre_px[0], head.centre_px[1]], np.float32),
        radius_px=head.radius_px,
        camera_from_head=mirror @ head.camera_from_head @ mirror,
        detail=head.detail,
    )
