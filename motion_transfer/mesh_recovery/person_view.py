"""The view of a person that the network reads: that of a camera in the clip's place which looks at the person.

Turning the camera instead of cutting out a box makes it irrelevant where in the picture the person is, and takes away
the slant that perspective gives to people at its edge; rotations and places are turned back afterwards.
"""

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.geometry.rotations import shortest_rotation
from motion_transfer.mesh_recovery.backbone import MEAN

FILLED = 0.8  # of the view's height and width, by the landmarks
SMALLEST_PX = 8.0  # extent of the landmarks below which there is nothing to be seen
LARGEST_HALF_FIELD = 1.2
VIEW_AXES = torch.tensor([1.0, -1.0, -1.0])  # from camera axes to view axes, and back
LEAST_CONFIDENCE = 0.3


@value
class PersonViews:
    """Where the turned camera of each frame looks.

    Attributes:
        view_from_camera: rotation from the camera's own view axes into the view's.
        half_field: tangent of half the angle of view.
    """

    view_from_camera: Float[Tensor, "frame 3 3"]
    half_field: Float[Tensor, "frame"]

    def world_from_view(self, camera: Camera) -> Float[Tensor, "frame 3 3"]:
        """Rotation from each view's axes into the world's."""
        world_from_camera = camera.camera_from_world[:3, :3].T * VIEW_AXES
        return world_from_camera @ self.view_from_camera.mT

    def seen(self, xy_px: Float[Tensor, "frame point 2"], camera: Camera) -> Float[Tensor, "frame point 2"]:
        """Pixels of the clip's camera -> crop units."""
        turned = camera_rays(xy_px, camera) @ self.view_from_camera.mT
        depth = (-turned[..., 2:]).clamp(min=1e-3) * self.half_field[:, None, None]
        return turned[..., :2] * torch.tensor([1.0, -1.0]) / depth


def camera_rays(xy_px: Float[Tensor, "*batch 2"], camera: Camera) -> Float[Tensor, "*batch 3"]:
    """Directions behind pixels in the camera's view axes, of length 1 along its axis."""
    homogeneous = torch.cat([xy_px, torch.ones_like(xy_px[..., :1])], -1)
    return homogeneous @ torch.linalg.inv(camera.intrinsics_px).T * VIEW_AXES


def look_at_landmarks(
    xy_px: Float[Tensor, "frame landmark 2"], confidence: Float[Tensor, "frame landmark"], camera: Camera
) -> PersonViews:
    """Views whose middle is that of the landmarks that were seen, and which they fill by four fifths."""
    seen = (confidence > LEAST_CONFIDENCE)[..., None]
    seen = seen | ~seen.any(1, keepdim=True)
    low = torch.where(seen, xy_px, torch.inf).amin(1)
    high = torch.where(seen, xy_px, -torch.inf).amax(1)
    forward = torch.tensor([0.0, 0.0, -1.0])
    middle = camera_rays((low + high) / 2, camera)
    view_from_camera = shortest_rotation(middle, forward.expand_as(middle))
    extent_px = (high - low).amax(1).clamp(min=SMALLEST_PX)
    half_field = extent_px / (2 * FILLED * camera.intrinsics_px[0, 0])
    views = PersonViews(view_from_camera=view_from_camera, half_field=half_field.clamp(max=LARGEST_HALF_FIELD))
    at = views.seen(xy_px, camera).masked_fill(~seen, 0)  # away from the axis the same extent spans a smaller angle
    wider = at.abs().amax((1, 2)) / FILLED
    widened = (views.half_field * wider.clamp(0.5, 2)).clamp(max=LARGEST_HALF_FIELD)
    return PersonViews(view_from_camera=view_from_camera, half_field=widened)


def crop_view(
    picture: UInt8[np.ndarray, "height width 3"], views: PersonViews, frame: int, camera: Camera, size_px: int
) -> UInt8[np.ndarray, "size size 3"]:
    """The picture as the turned camera sees it; what lies beyond its edges is of the backbone's mean colour."""
    ticks = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    half_field = float(views.half_field[frame])
    rays = np.concatenate([ticks * [half_field, -half_field], -np.ones((4, 1))], 1)
    in_camera = rays @ views.view_from_camera[frame].double().numpy() * VIEW_AXES.double().numpy()
    pixels = in_camera @ camera.intrinsics_px.double().numpy().T
    corners = pixels[:, :2] / pixels[:, 2:]
    # OpenCV counts pixels from their centres, ours from their corners.
    start, goal = (corners - 0.5).astype(np.float32), ((ticks + 1) * size_px / 2 - 0.5).astype(np.float32)
    spread_px = float(np.linalg.norm(corners[1] - corners[0])) / size_px
    if spread_px > 1.5:
        picture = cv2.GaussianBlur(picture, (0, 0), spread_px / 3)
    crop_from_picture = cv2.getPerspectiveTransform(start, goal)
    grey = tuple(MEAN * 255 for _ in range(3))
    return cv2.warpPerspective(picture, crop_from_picture, (size_px, size_px), flags=cv2.INTER_LINEAR, borderValue=grey)
