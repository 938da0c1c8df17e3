"""`train dancer=NAME`: learn a performer from data/NAME/*.mp4."""

import json
import shlex
from dataclasses import asdict
from pathlib import Path

from omegaconf import DictConfig

from motion_transfer.assembly import assemble, reading_of
from motion_transfer.files.clips import find_clips, open_clip
from motion_transfer.files.copying import copy_folder
from motion_transfer.files.paths import check_replaceable, name_of_own
from motion_transfer.files.replacing import replacing
from motion_transfer.performers.storage import MORE, PARTS
from motion_transfer.pipeline import learn_performer


def main(config: DictConfig) -> None:
    """Learn, and copy the performer to where the user wants it."""
    dancer = name_of_own(str(config.dancer), "dancer")
    paths = find_clips(Path(config.data), dancer)
    output = Path(config.output) if config.output else Path("performers") / dancer
    check_replaceable(output, (*PARTS, *MORE))
    clip = open_clip(*paths, reading=reading_of(config))
    made = assemble(config)
    learned = learn_performer(clip, made.stages, made.run)
    check_replaceable(output, (*PARTS, *MORE))  # again: meanwhile the user may have put something there
    with replacing(output) as fresh:
        copy_folder(learned.folder, fresh)
    facts = learned.performer.facts
    scores = {name: round(float(score), 2) for name, score in asdict(facts.held_out).items()}
    print(f"Performer: {output} (use it with: transfer SOURCE {shlex.quote(f'performer={output}')})")
    print(f"In the person's crop, on frames kept out of training: {json.dumps(scores)}")
    for note in facts.fallbacks:
        print(f"Note: {note}")
