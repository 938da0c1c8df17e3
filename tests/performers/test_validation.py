"""Validation during training renders held-out frames as the product renders results."""

import hydra
import numpy as np
import pytest
import torch
from small_footage import small_footage
from small_generator import small_generator
from small_performer import small_performer

from motion_transfer.body.model import BodyModel
from motion_transfer.configuration.compose import compose
from motion_transfer.evaluation.metrics import psnr
from motion_transfer.performers.validation import SHOWN, HeldOut, SelfReenactment


@pytest.mark.slow
def test_validation_paints_the_very_frames_that_the_synthesizer_paints(tiny_body: BodyModel) -> None:
    footage = small_footage(tiny_body)
    performer = small_performer(footage, tiny_body, small_generator(), held_out=4)
    synthesizer = hydra.utils.instantiate(compose("transfer", ["source=a.mp4"]).synthesizer, device="cpu")
    crops = [3, 4, 5, 6]
    scores = SelfReenactment(performer=performer, footage=footage, crops=crops, synthesizer=synthesizer)(
        performer.generator
    )
    rendered = list(synthesizer(performer, footage.motion_at(crops)))
    assert len(scores.pictures) == 2 * len(crops) <= 2 * SHOWN
    expected = []
    for place, (index, frame) in enumerate(zip(crops, rendered, strict=True)):
        inside = footage.crops.inside(index, footage.capture.camera.size)[..., None] > 0
        painted = footage.crops.crop(index, frame.rgb) * inside
        np.testing.assert_array_equal(scores.pictures[2 * place], painted)
        np.testing.assert_array_equal(scores.pictures[2 * place + 1], footage.crops.rgb[index])
        expected.append(psnr(painted, footage.crops.rgb[index]))
    assert scores.psnr == pytest.approx(np.mean(expected), abs=1e-3)


@pytest.mark.slow
def test_the_generator_that_is_asked_about_is_the_one_that_paints(tiny_body: BodyModel) -> None:
    footage = small_footage(tiny_body)
    performer = small_performer(footage, tiny_body, small_generator(), held_out=4)
    synthesizer = hydra.utils.instantiate(compose("transfer", ["source=a.mp4"]).synthesizer, device="cpu")
    validate = SelfReenactment(performer=performer, footage=footage, crops=[3, 4], synthesizer=synthesizer)
    before = validate(performer.generator)
    with torch.no_grad():
        for weight in performer.generator.parameters():
            weight.add_(0.3)
    assert not np.array_equal(validate(performer.generator).pictures, before.pictures)


def test_the_held_out_frames_are_a_contiguous_tail() -> None:
    held_out = HeldOut(fraction=0.25, max_frames=3)
    training, tail = held_out.split(range(10, 30))
    assert (training, tail) == (list(range(10, 25)), list(range(25, 30)))
    assert held_out.validated(tail) == [25, 27, 29]
    assert HeldOut(fraction=0.0, max_frames=3).split(range(6))[1] == [4, 5]
