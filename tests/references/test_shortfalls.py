"""What the reference frames of a target do not show is said in words."""

import roma
import torch

from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import ImageSize
from motion_transfer.references.frames import ReferenceFrames
from motion_transfer.references.shortfalls import heading_deg, shortfalls
from motion_transfer.synthetic.scene import room_camera

CAMERA: Camera = room_camera(ImageSize(height=120, width=90), 3)


def frames_turned(turned_deg: torch.Tensor, sharpness: float = 1.0) -> ReferenceFrames:
    """A body that is turned about the vertical: at 90 degrees its left side lies nearer to where it looked before."""
    count = len(turned_deg)
    rotations = torch.eye(3).expand(count, 24, 3, 3).clone()
    vertical = torch.tensor([0.0, 1.0, 0.0])
    rotations[:, 0] = roma.rotvec_to_rotmat(torch.deg2rad(turned_deg)[:, None] * vertical)
    return ReferenceFrames(
        numbers=torch.arange(count),
        pose=BodyPose(parent_from_joint=rotations, root_position_m=torch.zeros(count, 3)),
        top_left_px=torch.zeros(count, 2, dtype=torch.long),
        sharpness=torch.full((count,), sharpness),
        gain=torch.ones(count, 3),
    )


def test_a_full_turn_in_sharp_frames_lacks_nothing() -> None:
    assert shortfalls(frames_turned(torch.arange(0.0, 360.0, 6.0)), CAMERA) == ()


def test_the_heading_is_measured_from_the_camera() -> None:
    """Turned to its own left, about the axis that points up, a person shows its right side."""
    found = heading_deg(frames_turned(torch.tensor([0.0, 60.0, -60.0])), CAMERA)
    front = found[0]
    assert abs(front) < 20
    torch.testing.assert_close(found[1:] - front, torch.tensor([60.0, -60.0]), atol=8.0, rtol=0)


def test_sides_that_were_never_filmed_are_named() -> None:
    (said,) = shortfalls(frames_turned(torch.linspace(-10, 95, 60)), CAMERA)
    assert "never shows the person's back or left side" in said


def test_few_and_blurred_frames_are_counted() -> None:
    frames = frames_turned(torch.arange(0.0, 360.0, 12.0))
    frames.sharpness[:12] = 0.1
    few, blurred = shortfalls(frames, CAMERA)
    assert few.startswith("only 30 frames")
    assert blurred.startswith("12 of 30 frames")
