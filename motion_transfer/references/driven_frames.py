"""A driven frame: which point of the body each pixel shows, and which is nearest to those beside it."""

from collections.abc import Collection

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import PARTS, joint
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.references.depth import HANDS, hands_in_front
from motion_transfer.references.posed_mesh import posed_mesh_m
from motion_transfer.references.specks import without_specks
from motion_transfer.references.views import camera_from_joint
from motion_transfer.rendering.crop_track import project_to_window
from motion_transfer.rendering.nearest_pixel import nearest_pixel
from motion_transfer.rendering.rasterizer import Fragments, rasterize_some

MOST_OF_HEAD = 0.95  # of a face's weight that moves with the head, where the neck still goes on
RIM_PX = 3  # inside of the outline, in pixels of the window


@value
class DrivenFrame:
    """A driven body in a window, or in the part of it that shows the body.

    Attributes:
        fragments: of the part.
        corner: row and column of the window where the part begins.
        vertices_px, depth_m: of the body, in pixels of the part.
        shown: faces of the body that are rasterized; all where it is None.
        pixels: flat indices of the part's pixels on the body, then of those near it.
        corners, barycentric: of the pixels on the body, where on the surface they lie.
        rim: whether these lie near the outline.
        nearest: for each pixel near the body, the row of the nearest one on it.
        offset_px, apart_px: from that pixel to this one, in pixels of the full frame, and its length.
        joint: that moves that pixel most.
        part: body part of each pixel; of one near the body, that of the nearest on it.
        camera_from_joint, root_depth_m: how the joints are turned, and how far away the pelvis is.
    """

    fragments: Fragments
    corner: tuple[int, int]
    vertices_px: Float[Tensor, "1 vertex 2"]
    depth_m: Float[Tensor, "1 vertex"]
    shown: Bool[Tensor, "face"] | None
    pixels: Int[Tensor, "pixel"]
    corners: Int[Tensor, "body 3"]
    barycentric: Float[Tensor, "body 3"]
    rim: Bool[Tensor, "body"]
    nearest: Int[Tensor, "near"]
    offset_px: Float[Tensor, "near 2"]
    apart_px: Float[Tensor, "near"]
    joint: Int[Tensor, "near"]
    part: Int[Tensor, "pixel"]
    camera_from_joint: Float[Tensor, "joint 3 3"]
    root_depth_m: float


@value
class SurfaceParts:
    """Body part of each face, and the joint that moves it most.

    Attributes:
        laid_part_of_face: part whose picture stands for the face where one is laid over the rest; -1 for the upper end
            of the neck, which goes on under a head's picture so that it does not end where the picture begins.
    """

    part_of_face: Int[Tensor, "face"]
    joint_of_face: Int[Tensor, "face"]
    laid_part_of_face: Int[Tensor, "face"]

    def without(self, hidden: Collection[str]) -> Bool[Tensor, "face"] | None:
        """Faces of the body without those that pictures of some parts stand for; None for all of them."""
        if not hidden:
            return None
        return ~torch.isin(self.laid_part_of_face, torch.tensor([PARTS.index(name) for name in hidden]))


def surface_parts(model: BodyModel) -> SurfaceParts:
    """Computed once for many frames."""
    part, head = model.part_of_face, model.weights[model.faces][..., joint("head")].mean(1)
    of_neck = (part == PARTS.index("head")) & (head < MOST_OF_HEAD)
    return SurfaceParts(
        part_of_face=part,
        joint_of_face=model.joint_of_face,
        laid_part_of_face=torch.where(of_neck, -1, part),
    )


def driven_frame(
    body: PosedBody,
    camera: Camera,
    window_from_frame: Float[np.ndarray, "2 3"],
    size: ImageSize,
    reach_px: float,
    parts: SurfaceParts,
    multiple: int | None = None,
    shown: Bool[Tensor, "face"] | None = None,
    around: Float[np.ndarray, "point 2"] | None = None,
) -> DrivenFrame:
    """Rasterize a body of one frame and find what lies near it.

    Args:
        size: of the window.
        reach_px: how far beyond the outline is near, in window pixels.
        multiple: what the edges of the part that shows the body are multiples of; None for the whole window.
        shown: faces of the body that are rasterized; all where it is None.
        around: places (x, y) in the window that the part has to hold as well.
    """
    model = body.shaped.model
    affine = torch.from_numpy(window_from_frame).float()[None]
    pixels, depth_m = project_to_window(posed_mesh_m(body), camera, affine)
    held = pixels[0] if around is None else torch.cat([pixels[0], torch.from_numpy(around).to(pixels)])
    corner, part = ((0, 0), size) if multiple is None else _part(held, size, reach_px, multiple)
    shifted = pixels - pixels.new_tensor(corner).flip(0)
    depth_m = hands_in_front(depth_m, model)
    fragments = rasterize_some(shifted, depth_m, model.faces, part, shown)
    hand = fragments.covered & torch.isin(parts.part_of_face, torch.tensor(HANDS))[fragments.face.clamp(min=0)]
    fragments = without_specks(fragments, hand[0].numpy(), size.height)
    covered = fragments.covered[0].numpy()
    inner = np.flatnonzero(covered)
    if len(inner):
        apart, place = nearest_pixel(covered)
        outer = np.flatnonzero((apart > 0) & (apart <= reach_px))
    else:
        apart, place = np.zeros(covered.shape, np.float32), np.zeros(covered.shape, np.int64)
        outer = inner
    row_of = np.zeros(covered.size, np.int64)
    row_of[inner] = np.arange(len(inner))
    nearest = row_of[place.ravel()[outer]]
    here, there = (np.stack(np.unravel_index(at, covered.shape)[::-1], 1) for at in (outer, place.ravel()[outer]))
    px_per_pixel = 1 / float(np.sqrt(abs(np.linalg.det(window_from_frame[:, :2]))))
    on_body, rows = torch.from_numpy(inner), torch.from_numpy(nearest)
    face = fragments.face[0].flatten()[on_body]
    part_of_body = parts.part_of_face[face]
    offset_px = torch.from_numpy(here - there).float() * px_per_pixel
    return DrivenFrame(
        fragments=fragments,
        corner=corner,
        vertices_px=shifted,
        depth_m=depth_m,
        shown=shown,
        pixels=torch.from_numpy(np.concatenate([inner, outer])),
        corners=model.faces[face],
        barycentric=fragments.barycentric[0].flatten(0, 1)[on_body],
        rim=torch.from_numpy(~_eroded(covered).ravel()[inner]),
        nearest=rows,
        offset_px=offset_px,
        apart_px=offset_px.norm(dim=1),
        joint=parts.joint_of_face[face][rows],
        part=torch.cat([part_of_body, part_of_body[rows]]),
        camera_from_joint=camera_from_joint(body, camera)[0],
        root_depth_m=float(camera.project(body.joints_m[:, 0])[1][0]),
    )


def _part(
    points_px: Float[Tensor, "point 2"], size: ImageSize, reach_px: float, multiple: int
) -> tuple[tuple[int, int], ImageSize]:
    """First row and column, and size, of the part of a window that shows some points and what is near them."""
    edges = list[tuple[int, int]]()
    for along, length in zip(points_px.flip(1).unbind(1), (size.height, size.width), strict=True):
        low, high = float(along.min()) - reach_px - 2, float(along.max()) + reach_px + 2
        first = int(min(max(low, 0), length - 1)) // multiple * multiple
        after = -(-int(min(max(high + 1, first + 1), length)) // multiple) * multiple
        edges.append((first, min(after, length)))
    (top, bottom), (left, right) = edges
    return (top, left), ImageSize(height=bottom - top, width=right - left)


def _eroded(covered: Bool[np.ndarray, "height width"]) -> Bool[np.ndarray, "height width"]:
    side = 2 * RIM_PX + 1
    return cv2.erode(covered.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
