"""`train dancer=NAME`: learn a performer from data/NAME/*.mp4."""

import json
import shutil
from pathlib import Path

from omegaconf import DictConfig

from motion_transfer.commands.build import build_stages
from motion_transfer.commands.words import held_out_scores
from motion_transfer.files.paths import check_replaceable
from motion_transfer.files.replacing import replacing
from motion_transfer.files.video_reader import content_digest, join_videos, open_video
from motion_transfer.performers.preparation import Source
from motion_transfer.performers.storage import PARTS
from motion_transfer.pipeline import held_still, learn_performer

SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v"}


def main(config: DictConfig) -> None:
    """Learn, and copy the performer to where the user wants it."""
    clips = find_clips(Path(config.data), config.dancer)
    output = Path(config.output) if config.output else Path("performers") / config.dancer
    check_replaceable(output, PARTS)
    videos = [open_video(clip) for clip in clips]
    source = Source(video=join_videos(videos), digest=" ".join(content_digest(clip) for clip in clips))
    stages = build_stages(config)
    folder, performer = learn_performer(held_still(source, "target", stages), stages)
    with replacing(output) as fresh:
        shutil.copytree(folder, fresh)
    scores = {name: round(float(score), 2) for name, score in held_out_scores(performer).items()}
    print(f"Performer: {output} (use it with: transfer SOURCE performer={output})")
    print(f"On frames kept out of training: {json.dumps(scores)}")
    for note in performer.facts.notes:
        print(f"Note: {note}")


def find_clips(data: Path, dancer: str) -> list[Path]:
    """A dancer's clips in the order of their names.

    Raises:
        FileNotFoundError: there are none.
    """
    folder = data / dancer
    clips = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
    if not clips:
        known = ", ".join(sorted(path.name for path in data.glob("*") if path.is_dir())) or "none"
        raise FileNotFoundError(
            f"expected videos in {folder}, found none (dancers there: {known}); put clips into it or set data=FOLDER"
        )
    return clips
