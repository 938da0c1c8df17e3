"""Legs that the picture does not show: they stand straight below the pelvis, both feet planted."""

from dataclasses import replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import ANKLES, HIPS, KNEES, joint, joint_pair
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.domain.body_motion import BodyMotion, BodyPose
from motion_transfer.domain.landmarks import Detections
from motion_transfer.geometry.rotations import rotation_about_vertical, rotation_between
from motion_transfer.geometry.smoothing import smooth_over_frames

SEEN = 0.3  # mean confidence of knees and ankles that were seen
WORTH_IT = 0.2  # share of the frames: for fewer the fit's own guess between seen frames is nearer
EASE_S = 0.2


def hidden_legs(detections: Detections) -> Bool[Tensor, "frame"]:
    """The frames that show a person without legs; none where these are few, or the detector knows no legs."""
    confidence, names = detections.landmarks_2d.confidence, detections.layout.names
    rows = [row for row, name in enumerate(names) if name.partition("_")[2] in ("knee", "ankle")]
    if not rows:
        return torch.zeros(len(confidence), dtype=torch.bool)
    hidden = (confidence[:, rows].mean(1) < SEEN) & (confidence.amax(1) > 0)
    return hidden if float(hidden.float().mean()) > WORTH_IT else torch.zeros_like(hidden)


def stand_on_hidden_legs(motion: BodyMotion, body: ShapedBody, hidden: Bool[Tensor, "frame"]) -> BodyMotion:
    """Let the body stand in these frames; before and after them the legs ease into the ones that were seen.

    The pelvis keeps its turns, and its height becomes that of a body that stands.
    """
    if not hidden.any():
        return motion
    share = smooth_over_frames(hidden.float()[:, None], motion.fps, sigma_s=EASE_S)[:, 0].clamp(0, 1)
    share = torch.where(hidden, torch.ones_like(share), share)
    rotations = motion.pose.parent_from_joint
    standing = _standing(rotations)
    legs = [*HIPS, *KNEES, *ANKLES, *joint_pair("foot")]
    eased = rotations.clone()
    eased[:, legs] = rotation_between(rotations[:, legs], standing[:, legs], share)
    root = motion.pose.root_position_m.clone()
    upright = BodyPose(parent_from_joint=standing, root_position_m=root)
    lowest = lowest_sole_m(body, body.posed(upright).world_from_rest).amin(1)
    root[:, 1] -= share * lowest
    planted = motion.foot_contacts | hidden[:, None]
    pose = replace(motion.pose, parent_from_joint=eased, root_position_m=root)
    return replace(motion, pose=pose, foot_contacts=planted)


def _standing(rotations: Float[Tensor, "frame joint 3 3"]) -> Float[Tensor, "frame joint 3 3"]:
    """The same motion on straight legs that point down, with the feet turned as the pelvis is."""
    pelvis = rotations[:, joint("pelvis")]
    ahead = pelvis[..., 2]
    heading = rotation_about_vertical(torch.atan2(ahead[:, 0], ahead[:, 2]))
    standing = rotations.clone()
    for hip in HIPS:
        standing[:, hip] = pelvis.mT @ heading
    standing[:, [*KNEES, *ANKLES, *joint_pair("foot")]] = torch.eye(3)
    return standing
