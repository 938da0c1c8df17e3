"""Drawn crops -> what the network reads and should say: turned, scaled and mirrored views with noisy landmarks.

A view is that of a camera in the same place which is turned a little and sees a little more or less, so that truth and
picture stay exact: a pixel's ray is turned back into the drawn crop and looked up there.
"""

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.skeleton import JOINTS, mirrored
from motion_transfer.domain.value import value
from motion_transfer.mesh_recovery.backbone import MEAN
from motion_transfer.mesh_recovery.body_points import BodyPoints, in_crop_units
from motion_transfer.mesh_recovery.network import Estimate
from motion_transfer.recovery_training.crop_pool import CropBatch
from motion_transfer.recovery_training.detector_noise import noisy_landmarks
from motion_transfer.synthetic.people_in_crops import MARGIN

ROLL_RAD, SHIFT, LOG_SCALE = 0.3, 0.12, 0.2  # the most, in radians, crop units, and of the half field's logarithm
GAIN, TINT, GREY, CUT_OUT = 0.35, 0.15, 0.1, 0.2


@value
class Views:
    """A batch: pictures and landmarks that are given, and the truth about them.

    Attributes:
        truth: its log error means nothing.
        points_m: joints and landmarks relative to the pelvis, view axes.
        points: the same as seen, crop units.
        person: 1 where somebody is seen, else 0.
    """

    crops: Float[Tensor, "crop 3 height width"]
    landmarks: Float[Tensor, "crop landmark 3"]
    half_field: Float[Tensor, "crop"]
    truth: Estimate
    points_m: Float[Tensor, "crop point 3"]
    points: Float[Tensor, "crop point 2"]
    person: Float[Tensor, "crop"]


@torch.no_grad()
def make_views(
    batch: CropBatch,
    body: BodyPoints,
    mirror: list[int],
    generator: torch.Generator,
    *,
    size_px: int,
    varied: bool,
    landmarks_given: float,
) -> Views:
    """Views of drawn crops.

    Args:
        mirror: the partner of each landmark on the other side.
        varied: turn, shift, scale, mirror and recolour at random; else take the crop's middle as a detector would.
        landmarks_given: share of the views that have landmarks.
    """
    count, device = len(batch.person), batch.rgb.device
    random = torch.rand(count, 5, generator=generator, device=device)
    moved = (2 * random[:, :4] - 1) * (1.0 if varied else 0.0)
    flipped = (random[:, 4] < 0.5) if varied else torch.zeros(count, dtype=torch.bool, device=device)
    half_field = batch.half_field / MARGIN * torch.exp(LOG_SCALE * moved[:, 3])
    turn = _turns(moved, half_field)
    crops = _looked_up(batch, turn, half_field, flipped, size_px)
    if varied:
        crops = _recoloured(crops, generator)
    rotations = torch.cat([turn[:, None] @ batch.parent_from_joint[:, :1], batch.parent_from_joint[:, 1:]], 1)
    root = (turn @ batch.root_position_m[..., None])[..., 0]
    rotations, root, visible = _mirrored(rotations, root, batch.visible, mirror, flipped)
    points_m = body(rotations, batch.betas)
    points = in_crop_units(points_m, root, half_field)
    landmarks = noisy_landmarks(
        points[:, len(JOINTS) :], visible & batch.person[:, None], mirror, generator, given=landmarks_given
    )
    scale = -torch.log(-root[:, 2].clamp(max=-0.05) * half_field)
    camera = torch.cat([scale[:, None], points[:, 0]], 1)
    return Views(
        crops=crops,
        landmarks=landmarks,
        half_field=half_field,
        truth=Estimate(parent_from_joint=rotations, betas=batch.betas, camera=camera, log_error=scale),
        points_m=points_m,
        points=points,
        person=batch.person.float(),
    )


def _turns(moved: Float[Tensor, "crop 4"], half_field: Float[Tensor, "crop"]) -> Float[Tensor, "crop 3 3"]:
    """Of the view's axes: new from old."""
    angles = torch.stack(
        [torch.atan(SHIFT * half_field) * moved[:, 0], torch.atan(SHIFT * half_field) * moved[:, 1]], 1
    )
    aside = roma.rotvec_to_rotmat(torch.cat([angles, torch.zeros_like(angles[:, :1])], 1))
    roll = torch.cat([torch.zeros_like(angles), ROLL_RAD * moved[:, 2:3]], 1)
    return roma.rotvec_to_rotmat(roll) @ aside


def _looked_up(
    batch: CropBatch, turn: Tensor, half_field: Tensor, flipped: Tensor, size_px: int
) -> Float[Tensor, "crop 3 height width"]:
    """The pictures of the turned views; what no crop shows is of the backbone's mean colour."""
    ticks = (torch.arange(size_px, device=turn.device) + 0.5) * 2 / size_px - 1
    row, column = torch.meshgrid(ticks, ticks, indexing="ij")
    seen = torch.stack([column, -row], -1) * half_field[:, None, None, None]
    seen[..., 0] *= torch.where(flipped, -1.0, 1.0)[:, None, None]
    ray = torch.cat([seen, -torch.ones_like(seen[..., :1])], -1) @ turn[:, None]  # rows times R: turned back
    grid = ray[..., :2] / -ray[..., 2:] / batch.half_field[:, None, None, None]
    grid[..., 1] *= -1
    pictures = batch.rgb.permute(0, 3, 1, 2).float() / 255 - MEAN
    found = torch.nn.functional.grid_sample(pictures, grid, align_corners=False, padding_mode="zeros")
    return found + MEAN


def _recoloured(crops: Tensor, generator: torch.Generator) -> Float[Tensor, "crop 3 height width"]:
    """Other exposure, contrast and tint, some in shades of grey, some with a piece cut out."""
    count, size = len(crops), crops.shape[-1]
    random = torch.rand(count, 12, generator=generator, device=crops.device)
    gain = torch.exp(GAIN * (2 * random[:, :1] - 1) + TINT * (2 * random[:, 1:4] - 1))
    offset = 0.2 * (2 * random[:, 4:5] - 1)
    coloured = ((crops - 0.5) * gain[..., None, None] + 0.5 + offset[..., None, None]).clamp(0, 1)
    grey = coloured.mean(1, keepdim=True).expand_as(coloured)
    coloured = torch.where((random[:, 5] < GREY)[:, None, None, None], grey, coloured)
    at = torch.arange(size, device=crops.device) / size
    middle, reach = random[:, 6:8], 0.05 + 0.15 * random[:, 8:10]
    inside_y = (at - middle[:, :1]).abs() < reach[:, :1]
    inside_x = (at - middle[:, 1:]).abs() < reach[:, 1:]
    cut = (inside_y[:, None, :, None] & inside_x[:, None, None]) & (random[:, 10] < CUT_OUT)[:, None, None, None]
    return torch.where(cut, random[:, 11][:, None, None, None], coloured)


def _mirrored(
    rotations: Tensor, root: Tensor, visible: Tensor, mirror: list[int], flipped: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Left and right exchanged where the picture is flipped."""
    across = torch.tensor([-1.0, 1.0, 1.0], device=rotations.device)
    partners = list(mirrored(JOINTS))
    other = rotations[:, partners] * across[:, None] * across
    return (
        torch.where(flipped[:, None, None, None], other, rotations),
        torch.where(flipped[:, None], root * across, root),
        torch.where(flipped[:, None], visible[:, mirror], visible),
    )
