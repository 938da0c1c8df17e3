"""A performer's folder and the clip it was learned from -> the lesson that taught it, found again in the cache."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hydra
import torch
from omegaconf import DictConfig, OmegaConf

from motion_transfer.commands.build import build_stages
from motion_transfer.commands.train import find_clips
from motion_transfer.files.paths import existing_file
from motion_transfer.files.video_reader import clip_range, content_digest, join_videos, open_video
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.performers.examination import Batch, still_batch
from motion_transfer.performers.preparation import Source
from motion_transfer.performers.storage import PROVENANCE
from motion_transfer.performers.teaching import Lesson
from motion_transfer.pipeline import extract_motion, held_still
from motion_transfer.synthesis.generator import Generator
from motion_transfer.synthesis.module import LossWeights, real_label
from motion_transfer.synthesis.training import LAST

SHAPING = ("landmarks", "fitting", "plate", "appearance", "window", "resolution", "condition")
PART = re.compile(r"(?P<clips>.*) (?P<first>\d+)-(?P<stop>\d+)")  # as `evaluate` notes the part that it learns from


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What a performer was taught from.

    Attributes:
        teacher: the settings of its training.
        training: folder of its training's checkpoints; None if they are no longer kept.
    """

    lesson: Lesson
    teacher: Mapping[str, Any]
    training: Path | None

    @property
    def weights(self) -> LossWeights:
        """Of the training's loss."""
        return hydra.utils.instantiate(self.teacher["weights"])

    @property
    def real_label(self) -> float:
        """What its discriminator should have said of real pictures; older performers name it."""
        return (
            self.teacher["real_label"] if "real_label" in self.teacher else real_label(self.teacher["label_smoothing"])
        )

    def end_of_training(self) -> dict[str, Any] | None:
        """The last checkpoint of its training; None if it is no longer kept."""
        if self.training is None or not (self.training / LAST).exists():
            return None
        return torch.load(self.training / LAST, map_location="cpu", weights_only=False)

    def batch(self, places: Sequence[int], most: int, generator: Generator) -> Batch:
        """Some of these places of the footage, evenly spread, on the generator's device."""
        chosen = [places[i] for i in evenly_spaced(len(places), most)]
        device = next(generator.parameters()).device
        return {name: values.to(device) for name, values in still_batch(self.lesson, chosen).items()}


def recall(config: DictConfig, folder: Path, clip: Path) -> Recalled:
    """Prepare the lesson again with the settings noted in the performer's folder; what the cache has is not redone.

    Raises:
        ValueError: the clip or the body is another than the performer was learned from, or the folder does not say.
    """
    provenance = _provenance(folder)
    settings, digest = provenance["settings"], str(provenance["footage"])
    whole, part = _named(clip, digest)
    plain = OmegaConf.to_container(config, resolve=True)
    if not isinstance(plain, dict):
        raise ValueError(f"expected settings by name, got {type(plain).__name__}; compose them from configs/")
    as_then = {name: settings[name] for name in SHAPING if name in settings}  # older performers lack younger settings
    stages = build_stages(OmegaConf.create({**plain, **as_then}))
    if stages.settings["body"] != settings["body"]:
        raise ValueError(
            f"expected the body that the performer was learned with (digest {settings['body']}), "
            f"got {stages.settings['body']}; set body and smpl_path as they were then"
        )
    video = held_still(whole, "clip", stages).video
    source = Source(video=clip_range(video, *part) if part else video, digest=digest)
    capture = extract_motion(source, "clip", stages)
    lesson = stages.learner.prepare(source, capture, stages.cache, stages.progress)
    return Recalled(
        lesson=lesson,
        teacher=settings["teacher"],
        training=stages.cache.find("training", stages.cache.key(provenance["version"], digest, settings)),
    )


def _provenance(folder: Path) -> dict[str, Any]:
    path = folder / PROVENANCE
    if not path.is_file():
        raise ValueError(f"expected {PROVENANCE} in the performer's folder {folder}, found none; leave out clip=")
    return json.loads(path.read_text(encoding="utf-8"))


def _named(path: Path, digest: str) -> tuple[Source, tuple[int, int] | None]:
    """The clip, or the folder of clips, and the part that was learned from.

    Raises:
        ValueError: it is another one.
    """
    clips = find_clips(path.parent, path.name) if path.is_dir() else [existing_file(str(path), "the clip")]
    part = PART.fullmatch(digest)
    expected, found = part["clips"] if part else digest, " ".join(content_digest(clip) for clip in clips)
    if found != expected:
        raise ValueError(
            f"expected the clip that the performer was learned from (digest {expected}), got {path} ({found}); "
            "name that clip, or leave out clip="
        )
    whole = Source(video=join_videos([open_video(clip) for clip in clips]), digest=expected)
    return whole, (int(part["first"]), int(part["stop"])) if part else None
