"""The textured body over a picture is the drawn person of a synthetic clip, but for its light."""

import numpy as np
import pytest
import torch
from small_footage import small_clip, small_footage

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.rendering.textured_body import draw_textured


def test_the_body_covers_the_very_pixels_of_the_drawn_person(tiny_body: BodyModel) -> None:
    clip, footage = small_clip(tiny_body), small_footage(tiny_body)
    posed = shape_body(tiny_body, clip.motion.shape).posed(clip.motion.pose[4:5])
    plate = np.zeros((clip.camera.size.height, clip.camera.size.width, 3), np.uint8)
    drawn = draw_textured(plate, posed, footage.texture, clip.camera)
    mask = clip.masks[4]
    assert drawn[mask == 255].any(-1).mean() > 0.98
    assert not drawn[mask == 0].any()
    assert not plate.any()  # the picture given is left as it was
    filmed = list(clip.video)[4]
    unlit = drawn[mask == 255].astype(float)
    assert np.corrcoef(unlit.ravel(), filmed[mask == 255].ravel())[0, 1] > 0.8


@pytest.mark.parametrize("away_m", [20.0, -20.0])
def test_a_body_beside_the_picture_leaves_it_as_it_is(tiny_body: BodyModel, away_m: float) -> None:
    clip, footage = small_clip(tiny_body), small_footage(tiny_body)
    pose = clip.motion.pose[4:5]
    beside = BodyPose(
        parent_from_joint=pose.parent_from_joint,
        root_position_m=pose.root_position_m + torch.tensor([away_m, 0.0, 0.0]),
    )
    plate = footage.crops.plate.rgb
    posed = shape_body(tiny_body, clip.motion.shape).posed(beside)
    np.testing.assert_array_equal(draw_textured(plate, posed, footage.texture, clip.camera), plate)
