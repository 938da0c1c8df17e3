"""Where head, hands and feet of a posed body lie in the picture: squares that close-ups show."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import joint
from motion_transfer.domain.camera import Camera
from motion_transfer.rendering.crop_track import body_boxes

REGIONS = ("head", "left_hand", "right_hand", "left_foot", "right_foot")
HEAD_RADIUS_M, HAND_RADIUS_M, FOOT_RADIUS_M = 0.18, 0.13, 0.16
FIGURE_MARGIN = 0.15  # around the joints, as a fraction of the figure's height: hair, fingers and toes
PART_REGIONS = {"head": ("head",), "hands": ("left_hand", "right_hand")}  # parts of the body that are refined
AROUND_PART = 1.25  # a region's side: the outer tenth on each side of a square is where refined colours fade out
HEAD_MIDDLE = 0.3  # of the way from neck to head joint, as far above the head joint


def region_boxes(joints_m: Float[Tensor, "frame joint 3"], camera: Camera) -> Float[Tensor, "frame region 4"]:
    """Left, top, right and bottom in pixels of the squares around head, hands and feet, in the order of `REGIONS`.

    A square is as large as the picture of a ball of fixed radius around the part. It may lie outside the picture.
    """
    middles = torch.stack([_head_middle(joints_m), *(_middle(joints_m, name) for name in REGIONS[1:])], 1)
    radii = torch.tensor([HEAD_RADIUS_M, *[HAND_RADIUS_M] * 2, *[FOOT_RADIUS_M] * 2])
    return _squares(middles, radii, camera)


def part_squares(
    joints_m: Float[Tensor, "frame joint 3"], camera: Camera, part: str
) -> Float[Tensor, "frame square 4"]:
    """Left, top, right and bottom in pixels of the squares around a part of `PART_REGIONS`, larger than its regions."""
    boxes = region_boxes(joints_m, camera)[:, [REGIONS.index(region) for region in PART_REGIONS[part]]]
    middle, reach = (boxes[..., :2] + boxes[..., 2:]) / 2, AROUND_PART * (boxes[..., 2:] - boxes[..., :2]) / 2
    return torch.cat([middle - reach, middle + reach], -1)


def head_boxes(joints_m: Float[Tensor, "frame joint 3"], camera: Camera, radius_m: float) -> Float[Tensor, "frame 4"]:
    """Left, top, right and bottom in pixels of the square around the head in each frame."""
    return _squares(_head_middle(joints_m)[:, None], torch.tensor([radius_m]), camera)[:, 0]


def figure_boxes(joints_m: Float[Tensor, "frame joint 3"], camera: Camera) -> Float[Tensor, "frame 4"]:
    """Left, top, right and bottom in pixels of a window of constant size that shows the whole figure in each frame."""
    boxes = body_boxes(joints_m, camera)
    middle, reach = (boxes[:, :2] + boxes[:, 2:]) / 2, ((boxes[:, 2:] - boxes[:, :2]) / 2).amax(0)
    grown = reach + FIGURE_MARGIN * 2 * reach[1]
    return torch.cat([middle - grown, middle + grown], -1)


def _squares(
    middles_m: Float[Tensor, "frame region 3"], radii_m: Float[Tensor, "region"], camera: Camera
) -> Float[Tensor, "frame region 4"]:
    """The pictures of balls, whose size follows from their distance from the camera."""
    middle_px, depth_m = camera.project(middles_m)
    reach_px = (camera.intrinsics_px[1, 1] * radii_m / depth_m.clamp(min=1e-3))[..., None]
    return torch.cat([middle_px - reach_px, middle_px + reach_px], -1)


def _head_middle(joints_m: Float[Tensor, "frame joint 3"]) -> Float[Tensor, "frame 3"]:
    head, neck = joints_m[:, joint("head")], joints_m[:, joint("neck")]
    return head + HEAD_MIDDLE * (head - neck)


def _middle(joints_m: Float[Tensor, "frame joint 3"], region: str) -> Float[Tensor, "frame 3"]:
    """A hand at its knuckles; a foot between the ankle and the ball."""
    side, _, part = region.partition("_")
    inner = joints_m[:, joint(f"{side}_ankle")] if part == "foot" else joints_m[:, joint(region)]
    return (inner + joints_m[:, joint(region)]) / 2
