"""Settings of `measure` and `compare` -> what is measured, and with which settings."""

from fractions import Fraction
from functools import partial
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf

from motion_transfer.assembly import assemble, reading_of
from motion_transfer.configuration.parts import make_part
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.assets import work_folder
from motion_transfer.files.paths import existing_file
from motion_transfer.files.video_reader import content_digest
from motion_transfer.protocols.measurement import Variant
from motion_transfer.protocols.subjects import PairSubject, Subject, clip_subject
from motion_transfer.protocols.unpaired import UnpairedMeasurement
from motion_transfer.run import Run
from motion_transfer.stages import Stages
from motion_transfer.unpaired_training.training import UnpairedTraining

NO_PART_OF_A_RESULT = ("pairs", "clips", "train_fraction", "conditions", "condition_choices", "folder", "output")
NO_PART_OF_A_RESULT += ("budgets", "work_dir", "progress", "methods", "given", "what", "unpaired")


def unpaired_measurement(config: DictConfig) -> UnpairedMeasurement:
    """How unpaired transfer is measured."""
    training = make_part(config.unpaired.training, "unpaired.training", UnpairedTraining)
    numbers = {name: config.unpaired[name] for name in ("shapes", "held_out", "seeds", "variants")}
    return UnpairedMeasurement(training=training, **numbers)


def subjects(config: DictConfig) -> list[Subject]:
    """The synthetic pairs and the clips that a configuration names."""
    size, fps = ImageSize(height=config.height, width=config.width), Fraction(str(config.clip_fps))
    reading = reading_of(config)
    pairs = [
        PairSubject(seed=seed, size=size, seconds=config.seconds, fps=fps, kept_in=work_folder(config.work_dir))
        for seed in config.pairs
    ]
    return [*pairs, *(clip_subject(str(words), config.train_fraction, reading) for words in config.clips)]


def variants(config: DictConfig, work: str) -> list[Variant]:
    """The settings with each of the conditions and each time of training in turn.

    Raises:
        ValueError: there is no such condition.
    """
    choices, variants = cast(DictConfig, config.condition_choices), []
    for name in config.conditions:
        if name not in choices:
            raise ValueError(f"expected conditions out of {', '.join(map(str, choices))}, got {name}")
        for minutes in config.budgets or [config.minutes]:
            chosen = config.copy()
            chosen.condition, chosen.work_dir = choices[name], work
            chosen.minutes = chosen.training.minutes = minutes
            variants.append(variant(f"condition={name}", chosen))
    return variants


def variant(name: str, config: DictConfig) -> Variant:
    """What is measured with a configuration.

    Args:
        name: the setting that tells it from the others.
    """
    return Variant(name=name, settings=_settings(config), assemble=partial(_assembled, config))


def _assembled(config: DictConfig) -> tuple[Stages, Run]:
    made = assemble(config)
    return made.stages, made.run


def _settings(config: DictConfig) -> dict[str, Any]:
    """The settings that shape a result; a body's file by its content."""
    plain = cast(dict[str, Any], OmegaConf.to_container(config, resolve=True))
    for name in ("smpl_path", "character"):
        if plain[name] is not None:
            plain[name] = content_digest(existing_file(plain[name], "the file of a body"))
    return {name: setting for name, setting in plain.items() if name not in NO_PART_OF_A_RESULT}
