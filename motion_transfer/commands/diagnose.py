"""`diagnose performer=DIR`: measure where a learned performer is unsure and how its training ended."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import hydra
from omegaconf import DictConfig, OmegaConf

from motion_transfer.assembly import assemble, choose_device, new_run
from motion_transfer.configuration.stored_settings import trusted_settings
from motion_transfer.diagnosis.diagnose import Measurements, diagnose, write_diagnosis
from motion_transfer.diagnosis.training_record import TrainingRecord, reload
from motion_transfer.files.clips import find_clips
from motion_transfer.files.paths import existing_file
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.storage import load_performer
from motion_transfer.run import Run
from motion_transfer.stages import Stages


def main(config: DictConfig) -> None:
    """Measure, write figures and `diagnosis.json`, and print what they mean."""
    if config.performer is None:
        raise ValueError("expected performer=DIR, got none; name a folder that train or transfer printed")
    folder = Path(config.performer)
    performer = load_performer(folder)
    if performer.generator.judges:
        raise ValueError(
            f"expected a performer whose network paints by itself, got {folder}, whose network judges references; "
            "diagnose one that was learned with synthesis/generator=unet"
        )
    output = Path(config.output) if config.output else Path(f"{folder.name}.diagnosis")
    synthesizer = hydra.utils.instantiate(config.synthesizer, device=choose_device(config.device))
    record = None if config.clip is None else _record(config, performer, folder)
    diagnosis = diagnose(performer, record, measurements(config), synthesizer, new_run(config), seed=config.seed)
    write_diagnosis(diagnosis, folder, output)
    sentences = [one.sentence for one in diagnosis.diagnostics]
    print("\n".join([*sentences, *diagnosis.notes, f"Figures and numbers: {output}"]))


def measurements(config: DictConfig) -> Measurements:
    """Give the measurements with the settings of the configuration; pruning of no steps is left out."""
    chosen = {field.name: hydra.utils.instantiate(config[field.name]) for field in fields(Measurements)}
    if config.channel_pruning.steps == 0:
        chosen["channel_pruning"] = None
    return Measurements(**chosen)


def _record(config: DictConfig, performer: Performer, folder: Path) -> TrainingRecord:
    clip = Path(config.clip)
    clips = find_clips(clip.parent, clip.name) if clip.is_dir() else [existing_file(config.clip, "the clip")]
    plain = cast(dict[str, Any], OmegaConf.to_container(config, resolve=True))

    def assemble_again(settings: Mapping[str, Any]) -> tuple[Stages, Run]:
        made = assemble(OmegaConf.create({**plain, **trusted_settings(settings, plain)}))
        return made.stages, made.run

    return reload(performer, folder, clips, assemble_again)
