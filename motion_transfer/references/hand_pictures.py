"""Hands cut out of references whole: fingers that no body fits exactly are torn where they are warped through one."""

from typing import NamedTuple

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from motion_transfer.appearance.part_colours import STRETCHES, Palettes, is_foreign
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
from motion_transfer.references.posed_mesh import posed_mesh_m
from motion_transfer.references.views import camera_from_joint, nearest_part
from motion_transfer.rendering.nearest_pixel import nearest_pixel
from motion_transfer.rendering.rasterizer import rasterize

# Shares of the hand's length.
MARGIN = 0.4  # around the body's hand, within which the filmed one lies
REACH = 0.35  # of the filmed hand beyond the body's
GAP = 0.12  # around the body's hand that no other part of the body reaches
SLEEVE = -0.2, 0.05  # before and behind the wrist: over it the hand fades in
LEAST_AREA, MOST_AREA = 0.35, 1.6  # of the filmed hand, in areas of the body's
LEAST_SIDE = 10.0  # pixels of a hand's length, below which there is nothing to cut out
FOREIGN = 0.3  # distance in colours of [0, 1] from all that a hand has
MOST_FOREIGN = 0.3  # of the hand's pixels
BRIGHTER = 1.7  # times the hand's median light: sunlit skin stays below, a bright background does not
PALE = 0.5, 0.15  # share of the hand's median saturation below which a pixel is pale, and how far below it at least
DARK = 0.9  # of the hand's median light, below which a pale pixel is shadow
MOST_PALE = 0.06  # of the hand's pixels: more are a bright background that shines through a hand in motion
ACROSS = np.array([-1, 1], np.float32)


@value
class HandPicture:
    """One hand as a reference shows it, apart from the rest of the body.

    Attributes:
        foreground: its own colours, also beside its outline.
        matte: alpha in [0, 1], which fades toward the forearm.
        wrist_px: place (x, y) of the wrist in this picture, whose pixels are those of the frame.
        camera_from_wrist: how the wrist is turned.
        forearm, hand: from elbow to wrist, and from there to the hand's middle, in the picture (x, y), in lengths of
            the hand.
        depth_m: of the wrist.
        detail: mean absolute Laplacian, which motion blur takes away.
    """

    foreground: UInt8[np.ndarray, "height width 3"]
    matte: Float[np.ndarray, "height width"]
    wrist_px: Float[np.ndarray, "2"]
    camera_from_wrist: Float[Tensor, "3 3"]
    forearm: Float[np.ndarray, "2"]
    hand: Float[np.ndarray, "2"]
    depth_m: float
    detail: float


def cut_hand(body: PosedBody, camera: Camera, place: Place, side: str, known: Palettes) -> HandPicture | None:
    """Cut out one hand; None where it does not show apart from everything else, or is not where the body has it.

    Args:
        body: of the reference's one frame.
        known: the colours that each part of the body has.
    """
    seen = _seen(body, camera, place, side)
    if seen is None:
        return None
    picture, wrist, part = place.picture, joint(f"{side}_wrist"), PARTS.index(f"{side}_hand")
    matte = _attached(picture.matte[seen.box].astype(np.float32) / 255 * seen.reach, seen.wrist_px) * seen.fade
    foreground = np.ascontiguousarray(picture.foreground[seen.box])
    foreign = _foreign(foreground, matte, part, known)
    behind_wrist = seen.fade < 1
    solid = (matte > SOLID) & ~behind_wrist
    area = solid.sum() / max(1, (seen.hand & ~behind_wrist).sum())
    if not LEAST_AREA < area < MOST_AREA or picture.trusted[seen.box][seen.around].mean() < LEAST_TRUSTED:
        return None
    if not solid.any() or foreign[solid].mean() > MOST_FOREIGN or pale_share(foreground[solid]) > MOST_PALE:
        return None
    foreground, matte = without_background_in_gaps(foreground, matte, foreign)
    return HandPicture(
        foreground=foreground,
        matte=matte,
        wrist_px=seen.wrist_px,
        camera_from_wrist=camera_from_joint(body, camera)[0, wrist],
        forearm=seen.forearm,
        hand=seen.middle,
        depth_m=seen.depth_m,
        detail=mean_detail(foreground, solid),
    )


class _Seen(NamedTuple):
    """Where a picture shows the body's hand.

    Attributes:
        box: rows and columns of the picture around it; the maps and places are of this box.
        hand, around: cells of the body's hand, and these with what is near them.
        reach: where the filmed hand and its forearm may be.
        fade: 1 on the hand, falling to 0 over the end of the forearm.
        wrist_px, depth_m: of the wrist.
        forearm, middle: from elbow to wrist, and from there to the hand's middle, in lengths of the hand.
    """

    box: tuple[slice, slice]
    hand: Bool[np.ndarray, "height width"]
    around: Bool[np.ndarray, "height width"]
    reach: Bool[np.ndarray, "height width"]
    fade: Float[np.ndarray, "height width"]
    wrist_px: Float[np.ndarray, "2"]
    depth_m: float
    forearm: Float[np.ndarray, "2"]
    middle: Float[np.ndarray, "2"]


def _seen(body: PosedBody, camera: Camera, place: Place, side: str) -> _Seen | None:
    """None where the hand leaves the picture, is hidden, or touches another part of the body."""
    model, wrist, elbow = body.shaped.model, joint(f"{side}_wrist"), joint(f"{side}_elbow")
    hand, forearm = PARTS.index(f"{side}_hand"), PARTS.index(f"{side}_forearm")
    vertices_m, of_hand = posed_mesh_m(body), model.part_of_vertex == hand
    vertices_px, depth_m = camera.project(vertices_m)
    joints_px, joints_depth_m = camera.project(body.joints_m[0, [elbow, wrist]])
    wrist_depth_m = float(joints_depth_m[1])
    # However it is turned in the picture.
    length_m = float((vertices_m[0, of_hand] - body.joints_m[0, wrist]).norm(dim=1).max())
    length_px = length_m * float(camera.intrinsics_px[0, 0]) / max(wrist_depth_m, NEAREST_M)
    vertices_px, joints_px = (points - torch.from_numpy(place.corner_px) for points in (vertices_px, joints_px))
    box = box_around(vertices_px[0, of_hand], MARGIN * length_px, place.picture.matte.shape)
    if length_px < LEAST_SIDE or box is None:
        return None
    corner = vertices_px.new_tensor([box[1].start, box[0].start])
    size = ImageSize(height=box[0].stop - box[0].start, width=box[1].stop - box[1].start)
    fragments = rasterize(vertices_px - corner, hands_in_front(depth_m, model), model.faces, size)
    covered = fragments.covered[0].numpy()
    part, apart_px = nearest_part(covered, model.part_of_face[fragments.face[0].clamp(min=0)].numpy().astype(np.uint8))
    shown, own = covered & (part == hand), np.isin(part, (hand, forearm))
    gap = 2 * round(GAP * length_px) + 1
    around = cv2.dilate(shown.astype(np.uint8), np.ones((gap, gap), np.uint8)) > 0
    if not shown.any() or (around & covered & ~own).any():
        return None
    elbow_px, wrist_px = (joints_px - corner).numpy().astype(np.float32)
    middle_px = (vertices_px[0, of_hand].mean(0) - corner).numpy()
    return _Seen(
        box=box,
        hand=shown,
        around=around,
        reach=own & (apart_px <= REACH * length_px),
        fade=_fade(size, wrist_px, _axis(elbow_px, wrist_px, middle_px, length_px), length_px),
        wrist_px=wrist_px,
        depth_m=wrist_depth_m,
        forearm=(wrist_px - elbow_px) / np.float32(length_px),
        middle=((middle_px - wrist_px) / length_px).astype(np.float32),
    )


def mirrored_hand(hand: HandPicture) -> HandPicture:
    """The other hand, as a mirror would show this one."""
    width = hand.matte.shape[1]
    mirror = torch.diag(hand.camera_from_wrist.new_tensor([-1.0, 1.0, 1.0]))
    return HandPicture(
        foreground=np.ascontiguousarray(hand.foreground[:, ::-1]),
        matte=np.ascontiguousarray(hand.matte[:, ::-1]),
        wrist_px=np.array([width - hand.wrist_px[0], hand.wrist_px[1]], np.float32),
        camera_from_wrist=mirror @ hand.camera_from_wrist @ mirror,
        forearm=hand.forearm * ACROSS,
        hand=hand.hand * ACROSS,
        depth_m=hand.depth_m,
        detail=hand.detail,
    )


def _axis(
    elbow_px: np.ndarray, wrist_px: np.ndarray, middle_px: np.ndarray, length_px: float
) -> Float[np.ndarray, "2"]:
    """Direction in the picture from the forearm into the hand."""
    along = middle_px - wrist_px
    if np.linalg.norm(along) < 0.2 * length_px:
        along = wrist_px - elbow_px
    return along / max(float(np.linalg.norm(along)), 1e-3)


def _fade(size: ImageSize, wrist_px: np.ndarray, axis: np.ndarray, length_px: float) -> Float[np.ndarray, "h w"]:
    """1 on the hand, falling to 0 over the end of the forearm."""
    y, x = np.mgrid[: size.height, : size.width] + 0.5
    along = ((x - wrist_px[0]) * axis[0] + (y - wrist_px[1]) * axis[1]) / length_px
    first, last = SLEEVE
    return np.clip((along - first) / (last - first), 0, 1).astype(np.float32)


def _attached(matte: Float[np.ndarray, "h w"], wrist_px: np.ndarray) -> Float[np.ndarray, "h w"]:
    """The piece of the matte that lies at the wrist, with its soft rim."""
    count, label, _, _ = cv2.connectedComponentsWithStats((matte > SOLID).astype(np.uint8))
    if count < 2:
        return matte
    y, x = np.nonzero(label)
    nearest = np.argmin((x + 0.5 - wrist_px[0]) ** 2 + (y + 0.5 - wrist_px[1]) ** 2)
    piece = (label == label[y[nearest], x[nearest]]).astype(np.uint8)
    return matte * cv2.dilate(piece, np.ones((5, 5), np.uint8))


def _foreign(
    rgb: UInt8[np.ndarray, "height width 3"], matte: Float[np.ndarray, "height width"], part: int, known: Palettes
) -> Bool[np.ndarray, "height width"]:
    """Where a hand's picture shows a colour that is none of the hand's."""
    foreign, shown = np.zeros(matte.shape, bool), matte > 0
    colours = rgb[shown].astype(np.float32) / 255
    foreign[shown] = is_foreign(colours, np.full(len(colours), part * STRETCHES), known, FOREIGN)
    return foreign


def pale_share(rgb: UInt8[np.ndarray, "pixel 3"]) -> float:
    """How much of a hand is bright and hardly coloured; nothing where the whole hand is."""
    most, least = rgb.max(1).astype(np.float32), rgb.min(1).astype(np.float32)
    saturation, light = (most - least) / np.maximum(most, 1), rgb.mean(1)
    share, apart = PALE
    usual = float(np.median(saturation))
    pale = (saturation < min(share * usual, usual - apart)) & (light > DARK * np.median(light))
    return float(pale.mean())


def without_background_in_gaps(
    rgb: UInt8[np.ndarray, "height width 3"],
    matte: Float[np.ndarray, "height width"],
    foreign: Bool[np.ndarray, "height width"],
) -> tuple[UInt8[np.ndarray, "height width 3"], Float[np.ndarray, "height width"]]:
    """A hand's picture without the bright background between its fingers, in gaps narrower than a matte can tell.

    Alpha vanishes in a gap that is open to the outside; over one that fingers enclose, their colour goes on. What is
    not much brighter than the hand stays: it may be sunlit skin, or a finger's shadow.
    """
    light, solid = rgb.astype(np.float32).sum(-1), matte > SOLID
    hand = solid & ~foreign
    if not hand.any():
        return rgb, matte
    background = foreign & (light > BRIGHTER * np.median(light[hand]))
    beside = cv2.dilate(background.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    own = hand & ~beside
    if not background.any() or not own.any():
        return rgb, matte
    _, label = cv2.connectedComponents((background | ~solid).astype(np.uint8))
    gap = background & np.isin(label, np.unique(label[~solid]))
    _, nearest = nearest_pixel(own)
    colours = np.where(beside[..., None], rgb.reshape(-1, 3)[nearest], rgb)
    return colours, matte * ~gap * cv2.blur((~gap).astype(np.float32), (3, 3))
