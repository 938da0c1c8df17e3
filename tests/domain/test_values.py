"""Values check their shapes when they are made, and cannot be changed after."""

from dataclasses import FrozenInstanceError
from fractions import Fraction

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape
from motion_transfer.domain.conditioning import ConditioningMaps
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.video import ImageSize


def shape() -> BodyShape:
    return BodyShape(betas=torch.zeros(10), clothing_offset_m=torch.zeros(24))


def test_fields_that_share_an_axis_must_agree_on_its_length() -> None:
    with pytest.raises(TypeCheckError):
        BodyPose(parent_from_joint=torch.zeros(4, 24, 3, 3), root_position_m=torch.zeros(5, 3))


def test_a_value_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        shape().betas = torch.ones(10)  # pyright: ignore[reportAttributeAccessIssue]


def test_a_motion_is_as_long_as_its_frames() -> None:
    pose = BodyPose(parent_from_joint=torch.eye(3).expand(7, 24, 3, 3), root_position_m=torch.zeros(7, 3))
    motion = BodyMotion(
        shape=shape(),
        pose=pose,
        fps=Fraction(30000, 1001),
        confidence=torch.ones(7),
        foot_contacts=torch.zeros(7, 2, dtype=torch.bool),
    )
    assert len(motion) == 7


def test_masks_return_what_was_stored_to_within_half_a_level() -> None:
    mask = np.random.default_rng(0).integers(0, 256, (33, 47)).astype(np.uint8)
    mask[:5], mask[5:10] = 0, 255
    stored = Masks(compressed=(Masks.compress(mask),), size=ImageSize(height=33, width=47))[0]
    assert np.abs(stored.astype(int) - mask).max() <= 8
    assert (stored[:5] == 0).all()
    assert (stored[5:10] == 255).all()


def test_maps_without_a_name_for_each_are_refused() -> None:
    with pytest.raises(ValueError, match="a name for each of 3 maps, got 2: stick_r, depth"):
        ConditioningMaps(values=torch.zeros(1, 3, 1, 1), channels=("stick_r", "depth"))
