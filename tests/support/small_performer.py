"""A performer of small footage whose generator was never trained."""

import dataclasses

import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.quality import NOT_SCORED, TrainingRun
from motion_transfer.performers.performer import Performer, PerformerFacts
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.rendering.smpl_maps import SmplMapRenderer
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator


def small_performer(
    footage: RegisteredFootage, model: BodyModel, generator: ConditionalGenerator, *, held_out: int
) -> Performer:
    """The person of the footage.

    Args:
        held_out: how many of the last frames count as not trained on.
    """
    capture = footage.capture
    facts = PerformerFacts(
        motion=capture.motion,
        training_frames=torch.arange(len(capture.motion) - held_out),
        camera=capture.camera,
        quality=capture.quality,
        px_per_pixel=footage.crops.track.px_per_pixel,
        resolution=footage.crops.matte.shape[1],
        reach_px=3.0,
        conditioning="smpl",
        training=TrainingRun(steps=0, seconds=0.0, device="cpu"),
        held_out=dataclasses.replace(NOT_SCORED, frames=held_out),
    )
    return Performer(
        facts=facts,
        model=model,
        plate=footage.crops.plate,
        texture=footage.texture,
        generator=generator,
        renderer=SmplMapRenderer(model),
    )
