"""A pinhole camera. Camera axes: x right, y down, z forward; the centre of the top left pixel is at (0.5, 0.5).

World axes everywhere in the project: x to the right as the camera sees it, y up against gravity, z toward the camera;
metres; the ground is the plane y = 0.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.domain.value import check_within, value
from motion_transfer.domain.video import ImageSize

MOST_PX, MOST_M = 1e7, 1e6


@value
class Box:
    """A rectangle in an image, in pixels; `left, top` is its corner nearest the image's origin and may lie outside."""

    left: float
    top: float
    width: float
    height: float


@value
class Camera:
    """Pinhole camera: pixel = project(intrinsics_px @ camera_from_world @ world point).

    Raises:
        ValueError: a number is not finite or far out of the ordinary.
    """

    intrinsics_px: Float[Tensor, "3 3"]
    camera_from_world: Float[Tensor, "4 4"]
    size: ImageSize

    def __post_init__(self) -> None:
        check_within("a camera", -MOST_PX, MOST_PX, intrinsics_px=self.intrinsics_px)
        check_within("a camera", -MOST_M, MOST_M, camera_from_world=self.camera_from_world)

    @property
    def position_m(self) -> Float[Tensor, "3"]:
        """The camera's centre in the world."""
        return -self.camera_from_world[:3, :3].T @ self.camera_from_world[:3, 3]

    def project(self, points_m: Float[Tensor, "*batch 3"]) -> tuple[Float[Tensor, "*batch 2"], Float[Tensor, "*batch"]]:
        """Project world points; returns pixels and depth in metres (positive in front of the camera)."""
        in_camera = points_m @ self.camera_from_world[:3, :3].T + self.camera_from_world[:3, 3]
        depth = in_camera[..., 2]
        homogeneous = in_camera @ self.intrinsics_px.T
        return homogeneous[..., :2] / homogeneous[..., 2:].clamp(min=1e-6), depth

    def unproject(
        self, xy_px: Float[Tensor, "*batch 2"], depth_m: Float[Tensor, "*batch"]
    ) -> Float[Tensor, "*batch 3"]:
        """World points at the given depth behind the given pixels: the inverse of `project`."""
        ray = torch.cat([xy_px, torch.ones_like(xy_px[..., :1])], -1) @ torch.linalg.inv(self.intrinsics_px).T
        in_camera = ray * depth_m[..., None]
        return (in_camera - self.camera_from_world[:3, 3]) @ self.camera_from_world[:3, :3]

    def cropped(self, box: Box, size: ImageSize) -> "Camera":
        """The same camera seeing only `box` of its image, resampled to `size`."""
        scale_x, scale_y = size.width / box.width, size.height / box.height
        image_from_image = torch.tensor(
            [[scale_x, 0.0, -scale_x * box.left], [0.0, scale_y, -scale_y * box.top], [0.0, 0.0, 1.0]],
            dtype=self.intrinsics_px.dtype,
            device=self.intrinsics_px.device,
        )
        return Camera(
            intrinsics_px=image_from_image @ self.intrinsics_px, camera_from_world=self.camera_from_world, size=size
        )

    def resized(self, size: ImageSize) -> "Camera":
        """The same camera with its whole image resampled to `size`."""
        return self.cropped(Box(left=0, top=0, width=self.size.width, height=self.size.height), size)
