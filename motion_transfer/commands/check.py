"""`check FILE...`: what is wrong with a clip as source or as target, after a quick look."""

from pathlib import Path

from omegaconf import DictConfig

from motion_transfer.configuration.parts import make_part
from motion_transfer.evaluation.clip_findings import SOURCE, TARGET
from motion_transfer.files.clips import Reading, open_clip
from motion_transfer.files.paths import existing_footage, title
from motion_transfer.files.pictures import write_png
from motion_transfer.inspection.clip_inspection import Inspection, inspect_clip
from motion_transfer.landmarks.frame_detector import FrameDetector


def main(config: DictConfig) -> dict[str, Inspection]:
    """Inspection at each clip, print a line for each finding, and write its contact sheet."""
    reading = Reading(gaps=config.gaps, rotate=config.rotate)
    clips = {path: open_clip(existing_footage(path, "a video"), reading=reading) for path in map(Path, config.clips)}
    folder = Path(config.folder)
    folder.mkdir(parents=True, exist_ok=True)
    detector = make_part(config.landmarks.detector, "landmarks.detector", FrameDetector)
    looks = {}
    for path, clip in clips.items():
        video, look = clip.video, inspect_clip(clip, detector)
        print(f"{path}: {len(video) / float(video.fps):.1f} s, {video.size}, {float(video.fps):.4g} frames/s")
        said = [*video.notes, *(f"as {found.use}: {found.sentence}" for found in look.findings)]
        for use in (SOURCE, TARGET):
            if not any(use in found.use for found in look.findings):
                said.append(f"as {use}: nothing speaks against it")
        sheet = folder / f"{title(path)}.check.png"
        write_png(sheet, look.sheet)
        print("\n".join([*(f"  {line}" for line in said), f"  Sheet: {sheet}"]))
        looks[str(path)] = look
    return looks
