"""Shortfalls: what a target's reference frames do not show, in words for the report."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.domain.camera import Camera
from motion_transfer.references.frames import ReferenceFrames

FEW = 40  # frames
BLURRED, BLURRED_SHARE = 0.36, 0.2  # of the median's sharpness, squared; share of the frames that are worth a word
SIDES_DEG = {"front": 0.0, "right side": 90.0, "back": 180.0, "left side": -90.0}
SIDE_REACH_DEG = 50.0


def shortfalls(frames: ReferenceFrames, camera: Camera) -> tuple[str, ...]:
    """Sentences on too few frames, blurred ones, and sides that were never filmed."""
    said, count = list[str](), len(frames)
    if count < FEW:
        said.append(f"only {count} frames show the person well enough to paint from; a longer clip shows more poses")
    blurred = int((frames.sharpness < BLURRED).sum())
    if blurred > BLURRED_SHARE * count:
        said.append(f"{blurred} of {count} frames that are painted from are blurred and count less; more light helps")
    missing = never_shown(heading_deg(frames, camera))
    return tuple(said) if missing is None else (*said, missing)


def never_shown(turned_deg: Float[Tensor, "frame"]) -> str | None:
    """A sentence on the sides that a person never shows; None where all are shown.

    Args:
        turned_deg: away from the camera, in each frame: 90 where it shows the right side.
    """
    missing = [name for name, side in SIDES_DEG.items() if not _shown(turned_deg, side).any()]
    if not missing:
        return None
    return (
        f"never shows the person's {' or '.join(missing)}; what the other sides do not tell of it is painted "
        "from the averaged texture; film a full turn"
    )


def heading_deg(frames: ReferenceFrames, camera: Camera) -> Float[Tensor, "reference"]:
    """How far the pelvis is turned away from the camera in each frame: 90 where it shows its right side."""
    forward = (camera.camera_from_world[:3, :3] @ frames.pose.parent_from_joint[:, 0])[..., 2]
    return torch.rad2deg(torch.atan2(forward[:, 0], -forward[:, 2]))


def _shown(turned_deg: Float[Tensor, "frame"], side_deg: float) -> Tensor:
    return ((turned_deg - side_deg + 180) % 360 - 180).abs() < SIDE_REACH_DEG
