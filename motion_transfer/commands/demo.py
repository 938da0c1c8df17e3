"""`demo`: two synthetic clips, the transfer, and a comparison with the true pictures that only they have."""

from fractions import Fraction
from pathlib import Path
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf

from motion_transfer.commands import transfer
from motion_transfer.commands.driven_truth import compare_with_truth
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.files.bodies import load_body
from motion_transfer.files.video_writer import VideoWriter
from motion_transfer.progress import Progress
from motion_transfer.synthetic.pair import SyntheticPair, make_pair


def main(config: DictConfig) -> None:
    """Run everything that a first look needs."""
    folder = Path(config.folder)
    pair = synthesize(config)
    progress = Progress()
    paths = {name: folder / f"{name}.mp4" for name in ("source", "target", "truth")}
    for name, path in paths.items():
        with progress.stage(f"draw {name}", len(getattr(pair, name).video)) as stage:
            stage.cached = path.exists()
            if not stage.cached:
                write_clip(path, stage.watch(getattr(pair, name).video))
    inputs = {
        "source": str(paths["source"]),
        "target": str(paths["target"]),
        "performer": None,
        "output": str(folder / "result.mp4"),
    }
    result = transfer.main(OmegaConf.create(cast(dict[str, Any], OmegaConf.to_container(config)) | inputs))
    compare_with_truth(result, pair.truth, paths["target"], folder / "truth.report.json")


def synthesize(config: DictConfig) -> SyntheticPair:
    """The two dancers and the truth; frames are drawn when they are read."""
    size = ImageSize(height=config.height, width=config.width)
    model = load_body("free", None)
    return make_pair(
        model, seed=config.pair_seed, size=size, seconds=config.seconds, fps=Fraction(str(config.clip_fps))
    )


def write_clip(path: Path, video: Video) -> None:
    """Encode a clip."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with VideoWriter(path, size=video.size, fps=video.fps, details="(drawn by its synthetic performers)") as writer:
        for frame in video.open_frames():
            writer.write(frame)
