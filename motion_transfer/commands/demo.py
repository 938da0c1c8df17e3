"""`demo`: two synthetic clips, the transfer, and a comparison with the true pictures that only they have."""

from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import hydra
from omegaconf import DictConfig, OmegaConf

from motion_transfer.chain import AS_IT_IS
from motion_transfer.commands import transfer
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.assets import work_folder
from motion_transfer.files.bodies import load_body
from motion_transfer.files.cache import Cache
from motion_transfer.files.clips import open_clip
from motion_transfer.progress import make_listeners
from motion_transfer.protocols.cross_reenactment import compare_with_truth
from motion_transfer.protocols.drawn_pair import write_pair
from motion_transfer.run import Run
from motion_transfer.synthetic.pair import SyntheticPair, make_pair

PRINTED = ("psnr", "psnr_person", "ssim", "detail", "pose_error", "nobody_found", "face_found", "flicker_ratio")


def main(config: DictConfig) -> None:
    """Run everything that a first look needs."""
    folder = Path(config.folder)
    pair = synthesize(config)
    run = Run(Cache(folder), make_listeners(config.progress))
    paths = write_pair(pair, folder, run)
    inputs = {
        "source": paths["source"],
        "target": paths["target"],
        "performer": None,
        "output": folder / "result.mp4",
    }
    plain = cast(dict[str, Any], OmegaConf.to_container(config))
    result = transfer.main(OmegaConf.create(AS_IT_IS | plain | inputs))
    detector = hydra.utils.instantiate(config.landmarks)
    target = open_clip(paths["target"])
    scores = compare_with_truth(result, pair.truth, target, detector, run, folder / "truth.report.json")
    for name, score in scores.items():
        line = ", ".join(f"{key} {score[key]:.3g}" for key in PRINTED if key in score)
        print(f"Against the true frames, {name.replace('_', ' ')}: {line}")


def synthesize(config: DictConfig) -> SyntheticPair:
    """The two dancers and the truth; frames are drawn when they are read."""
    size = ImageSize(height=config.height, width=config.width)
    model = load_body("free", None, kept_in=work_folder(config.work_dir))
    return make_pair(
        model, seed=config.pair_seed, size=size, seconds=config.seconds, fps=Fraction(str(config.clip_fps))
    )
