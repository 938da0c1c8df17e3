"""Heads and feet cut out of references whole: what is mixed from several is soft, and its rim is doubled."""

from typing import NamedTuple

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.references.atlas import Place
from motion_transfer.references.cutting import LEAST_TRUSTED, NEAREST_M, SOLID, box_around, mean_detail
from motion_transfer.references.depth import hands_in_front
from motion_transfer.references.part_kinds import NECK, PartKind
from motion_transfer.references.posed_mesh import posed_mesh_m
from motion_transfer.references.views import camera_from_joint, nearest_part
from motion_transfer.rendering.rasterizer import rasterize

# Shares of the part's radius.
MARGIN = 1.0  # around the body's part, within which the filmed one lies
GAP = 0.15  # around it that nothing which could hide it reaches
LEAST_AREA, MOST_AREA = 0.6, 2.5  # of what was filmed, in areas of the body's
LEAST_RADIUS = 6.0  # pixels, below which there is nothing to cut out


@value
class PartPicture:
    """One part as a reference shows it, apart from the rest of the body.

    Attributes:
        foreground: its own colours, also beside its outline.
        matte: alpha in [0, 1], which fades where the body goes on.
        anchor_px: place (x, y) of its middle in this picture, whose pixels are those of the frame.
        vertices_px: of the whole body, in the same way.
        radius_px: of the part.
        camera_from_part: how it is turned.
        detail: mean absolute Laplacian, which motion blur takes away.
        area: of what was filmed, in areas of the body's part.
    """

    foreground: UInt8[np.ndarray, "height width 3"]
    matte: Float[np.ndarray, "height width"]
    anchor_px: Float[np.ndarray, "2"]
    vertices_px: Float[np.ndarray, "vertex 2"]
    radius_px: float
    camera_from_part: Float[Tensor, "3 3"]
    detail: float
    area: float


class PartCircle(NamedTuple):
    """A circle about a part as the camera sees it.

    Attributes:
        anchor_px, radius_px: in the frame.
        depth_m, front_depth_m: of its middle, and of what is nearest to the camera.
    """

    anchor_px: Float[np.ndarray, "2"]
    radius_px: float
    depth_m: float
    front_depth_m: float


def part_circle(body: PosedBody, camera: Camera, kind: PartKind) -> PartCircle:
    """The part of a body of one frame."""
    return _circle(body, posed_mesh_m(body)[0], camera, kind)


def _circle(body: PosedBody, vertices_m: Float[Tensor, "vertex 3"], camera: Camera, kind: PartKind) -> PartCircle:
    part_m = vertices_m[body.shaped.model.part_of_vertex == kind.part]
    world_from_part = body.world_from_rest[0, joint(kind.joint), :3, :3]
    along_part_m = part_m @ world_from_part
    middle_m = world_from_part @ ((along_part_m.amin(0) + along_part_m.amax(0)) / 2)  # turns with the part
    anchor_px, depths_m = camera.project(middle_m[None])
    radius_m, depth_m = float((part_m - middle_m).norm(dim=1).median()), max(float(depths_m), NEAREST_M)
    return PartCircle(
        anchor_px=anchor_px[0].numpy(),
        radius_px=radius_m * float(camera.intrinsics_px[0, 0]) / depth_m,
        depth_m=depth_m,
        front_depth_m=float(camera.project(part_m)[1].min()),
    )


def cut_part(body: PosedBody, camera: Camera, place: Place, kind: PartKind) -> PartPicture | None:
    """Cut out the part; None where something hides it, or it is not where the body has it.

    Args:
        body: of the reference's one frame.
    """
    seen, picture = _seen(body, camera, place, kind), place.picture
    if seen is None or picture.trusted[seen.box][seen.around].mean() < LEAST_TRUSTED:
        return None
    matte = picture.matte[seen.box].astype(np.float32) / 255 * seen.fade
    foreground = np.ascontiguousarray(picture.foreground[seen.box])
    solid = (matte > SOLID) & (seen.fade == 1)
    area = float(solid.sum() / seen.shown.sum())
    if not LEAST_AREA < area < MOST_AREA:
        return None
    return PartPicture(
        foreground=foreground,
        matte=matte,
        anchor_px=seen.anchor_px,
        vertices_px=seen.vertices_px,
        radius_px=seen.radius_px,
        camera_from_part=camera_from_joint(body, camera)[0, joint(kind.joint)],
        detail=mean_detail(foreground, solid),
        area=area,
    )


class _Seen(NamedTuple):
    """Where a picture shows a part of the body.

    Attributes:
        box: rows and columns of the picture around it; the maps and places are of this box.
        shown, around: cells of the body's part, and these with what is near them.
        fade: 1 on the filmed part, falling to 0 around it where the body goes on.
        anchor_px, radius_px: of the circle about it.
        vertices_px: of the whole body.
    """

    box: tuple[slice, slice]
    shown: Bool[np.ndarray, "height width"]
    around: Bool[np.ndarray, "height width"]
    fade: Float[np.ndarray, "height width"]
    anchor_px: Float[np.ndarray, "2"]
    radius_px: float
    vertices_px: Float[np.ndarray, "vertex 2"]


def _seen(body: PosedBody, camera: Camera, place: Place, kind: PartKind) -> _Seen | None:
    """None where the part leaves the picture, is hidden, is touched by what may hide it, or is tiny."""
    model, vertices_m = body.shaped.model, posed_mesh_m(body)
    circle = _circle(body, vertices_m[0], camera, kind)
    vertices_px, depth_m = camera.project(vertices_m)
    vertices_px, radius_px = vertices_px - torch.from_numpy(place.corner_px), circle.radius_px
    box = box_around(vertices_px[0, model.part_of_vertex == kind.part], MARGIN * radius_px, place.picture.matte.shape)
    if radius_px < LEAST_RADIUS or box is None:
        return None
    size = ImageSize(height=box[0].stop - box[0].start, width=box[1].stop - box[1].start)
    corner = np.array([box[1].start, box[0].start], np.float32)
    fragments = rasterize(vertices_px - torch.from_numpy(corner), hands_in_front(depth_m, model), model.faces, size)
    covered, face = fragments.covered[0].numpy(), fragments.face[0].clamp(min=0)
    part = torch.where(model.joint_of_face[face] == joint("neck"), NECK, model.part_of_face[face]).numpy()
    nearest, apart_px = nearest_part(covered, part.astype(np.uint8))
    shown, gap = covered & (part == kind.part), 2 * round(GAP * radius_px) + 1
    around = cv2.dilate(shown.astype(np.uint8), np.ones((gap, gap), np.uint8)) > 0
    if not shown.any() or (around & covered & np.isin(part, kind.hidden_by)).any():
        return None
    return _Seen(
        box=box,
        shown=shown,
        around=around,
        fade=_fade((nearest == kind.part) & (apart_px <= kind.reach * radius_px), nearest, radius_px, kind),
        anchor_px=(circle.anchor_px - place.corner_px - corner).astype(np.float32),
        radius_px=radius_px,
        vertices_px=vertices_px[0].numpy() - corner,
    )


def _fade(
    filmed: Bool[np.ndarray, "height width"],
    nearest: UInt8[np.ndarray, "height width"],
    radius_px: float,
    kind: PartKind,
) -> Float[np.ndarray, "height width"]:
    """1 on the part, falling to 0 where the body goes on, and at once over all else."""
    apart_px = cv2.distanceTransform((~filmed).astype(np.uint8), cv2.DIST_L2, 5)
    reach_px = np.where(nearest == kind.goes_on, kind.seam, kind.collar) * radius_px
    return np.clip(1 - apart_px / reach_px, 0, 1).astype(np.float32)


def mirrored_part(picture: PartPicture, model: BodyModel) -> PartPicture:
    """The same part as a mirror would show it: of the other side where it has one."""
    width, vertices_px = picture.matte.shape[1], picture.vertices_px[model.mirror_vertex.numpy()]
    mirror = torch.diag(picture.camera_from_part.new_tensor([-1.0, 1.0, 1.0]))
    return PartPicture(
        foreground=np.ascontiguousarray(picture.foreground[:, ::-1]),
        matte=np.ascontiguousarray(picture.matte[:, ::-1]),
        anchor_px=np.array([width - picture.anchor_px[0], picture.anchor_px[1]], np.float32),
        vertices_px=np.stack([width - vertices_px[:, 0], vertices_px[:, 1]], 1),
        radius_px=picture.radius_px,
        camera_from_part=mirror @ picture.camera_from_part @ mirror,
        detail=picture.detail,
        area=picture.area,
    )
