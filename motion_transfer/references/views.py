"""How a reference frame shows the body: where each vertex lies in its picture, and what hides what."""

from dataclasses import replace

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import PARTS, mirrored
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.references.depth import hands_in_front
from motion_transfer.references.frames import ReferencePicture
from motion_transfer.references.similarity import mirrored_turns
from motion_transfer.rendering.nearest_pixel import nearest_pixel
from motion_transfer.rendering.rasterizer import rasterize
from motion_transfer.rendering.surface_maps import posed_normals

NOTHING = 255  # part number where no body is near
HELD_RIM_CELLS = 3  # around a held object: its edge is blurred, and found to within a pixel or two
PARTNER = np.array([*mirrored(PARTS), *range(len(PARTS), NOTHING + 1)], np.uint8)
OPAQUE = 127
RIM = 0.003  # of the body's longer side, inside of its outline
FARTHEST = 255  # cells: distances beyond are cut off


@value
class ReferenceView:
    """The body in one reference, in pixels of the full frame.

    The maps have cells of `px_per_cell` pixels; the first cell's corner lies at `top_left_px`.

    Attributes:
        vertices_px, depth_m: where the camera sees each vertex, and how far along its axis.
        facing: cosine between a vertex's normal and its line of sight; 0 where it is turned away.
        camera_from_joint: how every joint is turned.
        root_depth_m: of the pelvis.
        depth_map_m: of the nearest surface; infinite where there is none.
        part_map: body part of the nearest cell of the body.
        apart_map: distance from the body in cells, 0 on it.
        opaque_map: where the matte shows the person, without the rim.
        believed: how far the colours at each vertex can be the body's, in [0, 1]; all 1 where it is None.
        mirrored: whether left stands for right and the picture for its mirror image; places stay the picture's own.
    """

    vertices_px: Float[Tensor, "vertex 2"]
    depth_m: Float[Tensor, "vertex"]
    facing: Float[Tensor, "vertex"]
    camera_from_joint: Float[Tensor, "joint 3 3"]
    root_depth_m: float
    top_left_px: tuple[float, float]
    px_per_cell: float
    depth_map_m: Float[np.ndarray, "height width"]
    part_map: UInt8[np.ndarray, "height width"]
    apart_map: UInt8[np.ndarray, "height width"]
    opaque_map: Bool[np.ndarray, "height width"]
    believed: Float[Tensor, "vertex"] | None = None
    mirrored: bool = False


def mirrored_view(view: ReferenceView, model: BodyModel) -> ReferenceView:
    """The same reference, with each side of the body for the other."""
    partner = model.mirror_vertex
    return replace(
        view,
        vertices_px=view.vertices_px[partner],
        depth_m=view.depth_m[partner],
        facing=view.facing[partner],
        camera_from_joint=mirrored_turns(view.camera_from_joint),
        part_map=PARTNER[view.part_map],
        believed=None if view.believed is None else view.believed[partner],
        mirrored=True,
    )


def reference_view(
    body: PosedBody,
    camera: Camera,
    top_left_px: tuple[float, float],
    picture: ReferencePicture,
    picture_px: float,
    px_per_cell: float,
    part_of_face: Int[Tensor, "face"],
) -> ReferenceView:
    """The body in one reference frame.

    Args:
        body: of one frame.
        top_left_px: where the picture's corner lies in the full frame.
        picture_px: width of its pixels in pixels of the full frame.
    """
    model = body.shaped.model
    vertices_m = body.vertices_m()
    pixels, depth_m = camera.project(vertices_m)
    height, width = (max(1, round(length * picture_px / px_per_cell)) for length in picture.matte.shape)
    size = ImageSize(height=height, width=width)
    held = cv2.resize((~picture.trusted).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    held = cv2.dilate(held, np.ones((2 * HELD_RIM_CELLS + 1,) * 2, np.uint8)) > 0
    cells = (pixels - torch.tensor(top_left_px)) / px_per_cell
    depth_m = hands_in_front(depth_m, model)
    fragments = rasterize(cells, depth_m, model.faces, size)
    covered = fragments.covered[0].numpy()
    part = part_of_face[fragments.face[0].clamp(min=0)].numpy().astype(np.uint8)
    part_map, apart = nearest_part(covered, part)
    depth_map_m = fragments.depth_m[0].numpy()
    part_map[held], apart[held], depth_map_m[held] = NOTHING, FARTHEST, np.inf
    return ReferenceView(
        vertices_px=pixels[0],
        depth_m=depth_m[0],
        facing=facing(body, camera, vertices_m)[0],
        camera_from_joint=camera_from_joint(body, camera)[0],
        root_depth_m=float(camera.project(body.joints_m[:, 0])[1][0]),
        top_left_px=top_left_px,
        px_per_cell=px_per_cell,
        depth_map_m=depth_map_m,
        part_map=part_map,
        apart_map=apart.clip(0, FARTHEST).astype(np.uint8),
        opaque_map=_opaque(picture.matte, size, float((cells[0].amax(0) - cells[0].amin(0)).max())),
    )


def _opaque(
    matte: UInt8[np.ndarray, "tall wide"], size: ImageSize, body_cells: float
) -> Bool[np.ndarray, "height width"]:
    """Cells that show nothing but the person: at its outline the colours are partly those of what is behind.

    Args:
        body_cells: the body's longer side; one of few cells has no rim to spare.
    """
    opaque = cv2.resize(matte, (size.width, size.height), interpolation=cv2.INTER_AREA) > OPAQUE
    side = 2 * round(RIM * body_cells) + 1
    return cv2.erode(opaque.astype(np.uint8), np.ones((side, side), np.uint8)) > 0


def nearest_part(covered: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Part of the covered pixel nearest to each pixel, and the distance to it in pixels."""
    if not covered.any():
        return np.full(covered.shape, NOTHING, np.uint8), np.full(covered.shape, FARTHEST, np.float32)
    apart, place = nearest_pixel(covered)
    return part.ravel()[place], apart


def facing(body: PosedBody, camera: Camera, vertices_m: Float[Tensor, "frame vertex 3"]) -> Tensor:
    """Cosine between the normal of each vertex and its line of sight, 0 where it is turned away."""
    rotation, shift = camera.camera_from_world[:3, :3], camera.camera_from_world[:3, 3]
    eye = -rotation.T @ shift
    sight = torch.nn.functional.normalize(eye - vertices_m, dim=-1)
    return (posed_normals(body) * sight).sum(-1).clamp(min=0)


def camera_from_joint(body: PosedBody, camera: Camera) -> Float[Tensor, "frame joint 3 3"]:
    """How every joint is turned, in the axes of the camera."""
    return camera.camera_from_world[:3, :3] @ body.world_from_rest[..., :3, :3]
