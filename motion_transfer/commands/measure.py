"""`measure`: figures of synthetic pairs and of the user's clips -> one page, from one version on one machine."""

from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf

from motion_transfer.assembly import assemble, choose_device
from motion_transfer.domain.video import ImageSize
from motion_transfer.evaluation.measured import Measured
from motion_transfer.files.paths import existing_file
from motion_transfer.files.video_reader import content_digest
from motion_transfer.files.video_writer import check_writable
from motion_transfer.protocols.measurement import Variant, measure, read_setup
from motion_transfer.protocols.subjects import PairSubject, Subject, clip_subject
from motion_transfer.run import Run
from motion_transfer.stages import Stages

NO_PART_OF_A_RESULT = ("pairs", "clips", "train_fraction", "conditions", "condition_choices", "folder", "output")
NO_PART_OF_A_RESULT += ("budgets", "work_dir", "progress", "methods", "given")


def main(config: DictConfig) -> list[Measured]:
    """Measure every subject with every conditioning, and print where the page is."""
    output, folder = Path(config.output), Path(config.folder)
    check_writable(output, suffix=".md")
    setup = read_setup(choose_device(config.device))
    # Of this code alone, so that nothing is found that another version made.
    work = config.work_dir or str(folder / "work" / setup.code[:12])
    measured = measure(subjects(config), variants(config, work), setup, folder, output)
    print(f"Results: {output}, figures: {output.with_suffix('.json')}, pictures: {folder}")
    return measured


def subjects(config: DictConfig) -> list[Subject]:
    """The synthetic pairs and the clips that a configuration names."""
    size, fps = ImageSize(height=config.height, width=config.width), Fraction(str(config.clip_fps))
    pairs = [PairSubject(seed=seed, size=size, seconds=config.seconds, fps=fps) for seed in config.pairs]
    return [*pairs, *(clip_subject(str(words), config.train_fraction) for words in config.clips)]


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
