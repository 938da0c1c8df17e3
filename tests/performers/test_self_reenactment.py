"""Self-reenactment gives frames at their own size, as the synthesizer paints them and as the video shows them."""

from dataclasses import replace

import hydra
import numpy as np
import pytest
from small_footage import SIZE, small_clip, small_footage
from small_generator import small_generator
from small_performer import small_performer

from motion_transfer.body.model import BodyModel
from motion_transfer.configuration.compose import compose
from motion_transfer.domain.video import ImageSize
from motion_transfer.performers.self_reenactment import self_reenact
from motion_transfer.performers.synthesizer import Synthesizer


@pytest.fixture(scope="module")
def synthesizer() -> Synthesizer:
    return hydra.utils.instantiate(compose("transfer", ["source=a.mp4"]).synthesizer, device="cpu")


@pytest.mark.slow
def test_the_frames_are_whole_and_those_of_the_crops(tiny_body: BodyModel, synthesizer: Synthesizer) -> None:
    clip, footage = small_clip(tiny_body), small_footage(tiny_body)
    performer = small_performer(footage, tiny_body, small_generator(), held_out=4)
    indices = [3, 4, 7]
    held = footage.trusted.copy()
    held[4] = False
    footage = replace(footage, trusted=held)
    seen = list(self_reenact(performer, footage, clip.video, indices, synthesizer))
    painted = list(synthesizer(performer, footage.motion_at(indices)))
    filmed = list(clip.video)
    for index, one, rendered in zip(indices, seen, painted, strict=True):
        assert one.painted.shape == (SIZE.height, SIZE.width, 3)
        np.testing.assert_array_equal(one.painted, rendered.rgb)
        np.testing.assert_array_equal(one.truth, filmed[index])
        true = clip.masks[index] > 127
        assert (one.person & true).sum() > 0.85 * (one.person | true).sum()
    assert [bool(one.held.any()) for one in seen] == [False, True, False]


def test_a_video_that_is_not_the_footages_is_refused(tiny_body: BodyModel, synthesizer: Synthesizer) -> None:
    video, footage = small_clip(tiny_body).video, small_footage(tiny_body)
    performer = small_performer(footage, tiny_body, small_generator(), held_out=4)
    for other in (replace(video, frame_count=3), replace(video, size=ImageSize(height=64, width=64))):
        with pytest.raises(ValueError, match="pass the stabilized clip"):
            next(self_reenact(performer, footage, other, [3], synthesizer))
    with pytest.raises(ValueError, match="sort the indices"):
        next(self_reenact(performer, footage, video, [4, 3], synthesizer))
