import dataclasses

import numpy as np
import pytest
import torch
from known_clips import known_camera

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import JOINTS, PART_OF_JOINT, PARTS, joint
from motion_transfer.domain.body_motion import BodyMotion, BodyShape
from motion_transfer.domain.video import ImageSize
from motion_transfer.fitting.clothing_offset import LIMITS_M, Silhouette, fit_clothing_offset
from motion_transfer.rendering.rasterizer import render_mesh

CLOTHES_M = {"head": 0.0, "torso": 0.024, "thigh": 0.02, "shank": 0.016, "upper_arm": 0.012, "forearm": 0.0}
CLOTHES_M |= {"hand": 0.0, "foot": 0.012}


def kind(part: str) -> str:
    return part.removeprefix("left_").removeprefix("right_")


def outlines(model: BodyModel, motion: BodyMotion, offset_m: torch.Tensor) -> list[Silhouette]:
    camera = known_camera().resized(ImageSize(height=320, width=240))
    body = shape_body(model, BodyShape(betas=motion.shape.betas, clothing_offset_m=offset_m))
    found = []
    for frame in (0, 10, 20):
        pose = motion.pose[frame : frame + 1]
        mask = render_mesh(body.posed(pose).vertices_m(), model.faces, camera).covered[0].numpy()
        found.append(Silhouette(mask=mask, trusted=np.full(mask.shape, True), camera=camera, pose=pose))
    return found


@pytest.mark.slow
def test_the_clothing_offset_is_recovered_from_outlines(tiny_body: BodyModel, truth: BodyMotion) -> None:
    true = torch.tensor([CLOTHES_M[kind(PARTS[part])] for part in PART_OF_JOINT])
    found = fit_clothing_offset(tiny_body, truth.shape, outlines(tiny_body, truth, true))
    error = (found - true).abs()
    large = [j for j, part in enumerate(PART_OF_JOINT) if kind(PARTS[part]) not in ("hand", "foot")]
    assert error[large].max() <= 0.008
    assert error.mean() < 0.005
    assert torch.equal(found[joint("left_hip")], found[joint("right_hip")])


@pytest.mark.slow
def test_pixels_that_are_not_trusted_do_not_count(tiny_body: BodyModel, truth: BodyMotion) -> None:
    """A bag as large as the picture's lower half hangs before the legs."""
    spoilt = []
    for silhouette in outlines(tiny_body, truth, torch.zeros(len(JOINTS))):
        mask, trusted = silhouette.mask.copy(), silhouette.trusted.copy()
        mask[200:], trusted[200:] = True, False
        spoilt.append(dataclasses.replace(silhouette, mask=mask, trusted=trusted))
    assert fit_clothing_offset(tiny_body, truth.shape, spoilt).abs().max() <= 0.008


def test_the_clothing_offset_stays_within_its_limits(tiny_body: BodyModel, truth: BodyMotion) -> None:
    found = fit_clothing_offset(
        tiny_body, truth.shape, outlines(tiny_body, truth, torch.full((len(JOINTS),), 0.12))[:1]
    )
    assert found.max() <= LIMITS_M[1] + 1e-6
    assert found[joint("left_hip")] > 0.06
