"""The clips of a synthetic pair as video files, which the pipeline reads like any others."""

from pathlib import Path

from motion_transfer.domain.video import Video
from motion_transfer.files.decoding import comment_of
from motion_transfer.files.records import value_digest
from motion_transfer.files.video_writer import VideoWriter
from motion_transfer.run import Run, Stage
from motion_transfer.synthetic.clip import SyntheticClip
from motion_transfer.synthetic.pair import SyntheticPair

DRAW = Stage(name="draw", phrase="draw")


def write_pair(pair: SyntheticPair, folder: Path, run: Run) -> dict[str, Path]:
    """Write `source.mp4`, `target.mp4` and `truth.mp4`, and give their paths by these names.

    A clip that is there stays if it is of the same dance, person and camera; one of another pair is drawn anew, so that
    nothing is compared with another truth.
    """
    paths = {name: folder / f"{name}.mp4" for name in ("source", "target", "truth")}
    for name, path in paths.items():
        clip: SyntheticClip = getattr(pair, name)
        drawn = identity(clip)
        with run.stage(DRAW, name, len(clip.video)) as step:
            step.cached = _is_drawn(path, drawn)
            if not step.cached:
                write_clip(path, step.watch(clip.video), drawn)
    return paths


def identity(clip: SyntheticClip) -> str:
    """What tells a drawn clip from others: a digest of its motion, camera, person and first frame."""
    first = next(iter(clip.video))
    parts = (clip.motion, clip.camera, clip.performer.texture_rgb, first)
    return " ".join(value_digest(part) for part in parts)


def write_clip(path: Path, video: Video, drawn: str = "") -> None:
    """Encode a drawn clip.

    Args:
        drawn: its identity, kept in the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    details = f"(drawn by its synthetic performers) {drawn}".strip()
    with VideoWriter(path, size=video.size, fps=video.fps, details=details) as writer:
        for frame in video.open_frames():
            writer.write(frame)


def _is_drawn(path: Path, drawn: str) -> bool:
    try:
        return path.is_file() and comment_of(path).endswith(drawn)
    except ValueError:  # damaged: it is drawn anew
        return False
