"""`prepare TARGET`: all that comes before training, in one folder that another machine trains from.

There neither the detector nor anny is needed: what they found lies in the folder, with the clip and the body.
"""

import shlex
import shutil
from pathlib import Path
from typing import cast

from omegaconf import DictConfig, OmegaConf

from motion_transfer.assembly import assemble, reading_of
from motion_transfer.detection import DECODER
from motion_transfer.files.bodies import keep_body, load_body
from motion_transfer.files.clips import SUFFIXES, open_clip
from motion_transfer.files.paths import check_replaceable, existing_file, name_of_own
from motion_transfer.files.replacing import replacing
from motion_transfer.files.vendors import note_versions
from motion_transfer.pipeline import check_long_enough, register_target
from motion_transfer.registration.footage import RegisteredFootage


def main(config: DictConfig) -> RegisteredFootage:
    """Prepare, and print how to go on."""
    path = existing_file(config.target, "a video of the person to be learned")
    clip = open_clip(path, reading=reading_of(config))
    check_long_enough(clip)
    name_of_own(path.stem, "the clip without its ending")
    work = Path(config.work_dir) if config.work_dir else Path("prepared") / path.stem
    check_replaceable(work / "data" / path.stem, {_kept_name(path)})
    # Not the body that an earlier run left there: its source may have changed since.
    keep_body(work, config.body, load_body(config.body, config.smpl_path, character=config.character))
    made = assemble(cast(DictConfig, OmegaConf.merge(config, {"work_dir": work, "smpl_path": None, "character": None})))
    note_versions(work, (*DECODER, *made.stages.detector.packages))
    footage = register_target(clip, made.stages, made.run)
    _keep_clip(path, work / "data" / path.stem)
    print(_next_step(config, work, path.stem))
    return footage


def _keep_clip(path: Path, folder: Path) -> None:
    """Copy the clip to where `train` looks for it; its content is its name in the cache."""
    with replacing(folder) as fresh:
        fresh.mkdir()
        shutil.copyfile(path, fresh / _kept_name(path))


def _kept_name(path: Path) -> str:
    return path.name if path.suffix.lower() in SUFFIXES else f"{path.stem}.mp4"


def _next_step(config: DictConfig, work: Path, dancer: str) -> str:
    command = ["motion-transfer", "train", f"dancer={dancer}", f"data={work / 'data'}", f"work_dir={work}"]
    if config.body != "free":
        command.append(f"body={config.body}")
    return (
        f"Prepared: copy the folder {work} to the machine that trains and run there, with the settings given here "
        f"(preset=, resolution= and the like): {shlex.join(command)}; it leaves performers/{dancer}, for transfer "
        f"SOURCE {shlex.quote(f'performer=performers/{dancer}')} on either machine."
    )
