import pytest
import torch
from tiny_walks import shape_of, walk

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.retargeting.shape_swap import leg_length_ratio, swap_shape


def test_the_ratio_of_bodies_that_differ_in_size_alone_is_their_scale(tiny_body: BodyModel) -> None:
    """The first beta scales the capsule body by 1 + 0.024 beta."""
    ratio = leg_length_ratio(shape_body(tiny_body, shape_of()), shape_body(tiny_body, shape_of(-5.0)))
    assert ratio == pytest.approx(0.88, abs=1e-4)


def test_a_larger_copy_of_a_body_goes_through_a_larger_copy_of_its_motion(tiny_body: BodyModel) -> None:
    source, target = shape_body(tiny_body, shape_of()), shape_body(tiny_body, shape_of(5.0))
    motion = walk(tiny_body)
    swapped = swap_shape(motion.pose, leg_length_ratio(source, target))
    assert torch.allclose(target.posed(swapped).joints_m, source.posed(motion.pose).joints_m * 1.12, atol=1e-4)
