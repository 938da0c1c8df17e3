"""A learner whose network is small and whose training takes a moment, with the settings of the command line."""

from typing import Any

import hydra
from small_footage import DISCRIMINATOR, GENERATOR

from motion_transfer.configuration.compose import compose
from motion_transfer.performers.learner import PerformerLearner
from motion_transfer.references.settings import ReferenceSettings
from motion_transfer.rendering.smpl_maps import SmplMapRenderer
from motion_transfer.synthesis.training import TrainingHooks

REFERENCES = ReferenceSettings(
    most=240,
    count=8,
    tolerance_deg=12.0,
    apart_s=0.5,
    reach=0.04,
    face="target",
    whole_hands=True,
    whole_head=True,
    whole_feet=True,
)


def hooks(told: list[float] | None = None, **others: Any) -> TrainingHooks:
    quiet = {"advance": [].append if told is None else told.append, "preview": lambda _: None}
    return TrainingHooks(**{**quiet, "should_finish": lambda: False, **others})


def make_learner(*overrides: str) -> PerformerLearner:
    small = [
        "synthesis/generator=unet",
        *(f"synthesis.generator.{name}={value}" for name, value in GENERATOR.items()),
        *(f"synthesis.discriminator.{name}={value}" for name, value in DISCRIMINATOR.items()),
        "training.objective.adversarial.start=0.5",
        "training.steps_between_validations=5",
        "training.workers=0",
        "training.held_out.max_frames=2",
        "minutes=0.005",
    ]
    config = compose("transfer", ["source=a.mp4", *small, *overrides])
    networks = {name: hydra.utils.instantiate(config.synthesis[name]) for name in ("generator", "discriminator")}
    return PerformerLearner(
        train=hydra.utils.instantiate(config.training, _partial_=True)(**networks, device="cpu", seed=0),
        synthesizer=hydra.utils.instantiate(config.synthesizer, device="cpu"),
        make_renderer=SmplMapRenderer,
        references=hydra.utils.instantiate(config.references),
        refine=hydra.utils.instantiate(config.synthesis.refiner, device="cpu", seed=0),
    )
