"""`evaluate CLIP`: learn from the first 80 % of a clip, be measured on the last 20 %."""

import json
from pathlib import Path

from omegaconf import DictConfig

from motion_transfer.assembly import assemble, reading_of
from motion_transfer.evaluation.report import as_json, summary_lines
from motion_transfer.files.clips import open_clip, part_of
from motion_transfer.files.paths import existing_file
from motion_transfer.files.video_writer import check_writable
from motion_transfer.pipeline import check_long_enough
from motion_transfer.protocols.self_reenactment import evaluate
from motion_transfer.protocols.split import split_frames


def main(config: DictConfig) -> None:
    """Self-reenactment under the honest protocol: of the test frames only the pose is estimated."""
    path = existing_file(config.clip, "a video")
    output = Path(config.output) if config.output else Path(f"{path.stem}.evaluation.json")
    check_writable(output, suffix=".json")
    clip = open_clip(path, reading=reading_of(config))
    split = split_frames(len(clip), start=config.start, stop=config.stop, train_fraction=config.train_fraction)
    check_long_enough(part_of(clip, split.first, split.split))
    made = assemble(config)
    report = evaluate(clip, split, output, made.stages, made.run)
    print("\n".join([*summary_lines(report), f"Report: {output}"]))
    content = as_json(report)
    scores = {"performer": content["reenactment"], **content["baselines"]}
    print(json.dumps(scores, indent=1))
