"""The clips of a synthetic pair as video files, which the pipeline reads like any others."""

from pathlib import Path

from motion_transfer.domain.video import Video
from motion_transfer.files.video_writer import VideoWriter
from motion_transfer.run import Run, Stage
from motion_transfer.synthetic.pair import SyntheticPair

DRAW = Stage(name="draw", phrase="draw")


def write_pair(pair: SyntheticPair, folder: Path, run: Run) -> dict[str, Path]:
    """Write `source.mp4`, `target.mp4` and `truth.mp4`, unless they are there, and give their paths by these names."""
    paths = {name: folder / f"{name}.mp4" for name in ("source", "target", "truth")}
    for name, path in paths.items():
        video: Video = getattr(pair, name).video
        with run.stage(DRAW, name, len(video)) as step:
            step.cached = path.exists()
            if not step.cached:
                write_clip(path, step.watch(video))
    return paths


def write_clip(path: Path, video: Video) -> None:
    """Encode a drawn clip."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with VideoWriter(path, size=video.size, fps=video.fps, details="(drawn by its synthetic performers)") as writer:
        for frame in video.open_frames():
            writer.write(frame)
