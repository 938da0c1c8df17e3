"""A performer's folder and the clips it was learned from -> the record of its training, found again in the cache."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from motion_transfer.datasets.samples import Request, collate
from motion_transfer.diagnosis.probes import Batch
from motion_transfer.files.video_reader import clip_range, content_digest, join_videos, open_video
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.preparation import Source
from motion_transfer.performers.reenactment import STILL
from motion_transfer.performers.storage import PROVENANCE
from motion_transfer.performers.teaching import TrainingSet
from motion_transfer.pipeline import Stages, extract_motion, held_still
from motion_transfer.synthesis.generators.unet import UNetGenerator
from motion_transfer.synthesis.module import LossWeights, real_label
from motion_transfer.synthesis.training import LAST

SHAPING = ("landmarks", "fitting", "plate", "appearance", "window", "resolution", "condition")
PART = re.compile(r"(?P<clips>.*) (?P<first>\d+)-(?P<stop>\d+)")  # as `evaluate` notes the part that it learns from


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecord:
    """What a performer was trained on, and how.

    Attributes:
        training_set: its footage, registered.
        training_crops, held_out_crops: indices of the footage's crops that the generator was trained on, and of the
            others.
        settings: of the training.
        checkpoint: the last one of the training; None if the cache no longer keeps it.
    """

    training_set: TrainingSet
    training_crops: Sequence[int]
    held_out_crops: Sequence[int]
    settings: Mapping[str, Any]
    checkpoint: Mapping[str, Any] | None

    @property
    def weights(self) -> LossWeights:
        """Of the training's loss; older performers name the weight `blend` otherwise."""
        given = {"blend": self.settings["weights"].get("own"), **self.settings["weights"]}
        return LossWeights(**{field.name: given[field.name] for field in fields(LossWeights)})

    @property
    def real_label(self) -> float:
        """The discriminator's target for real pictures; older performers name it."""
        if "real_label" in self.settings:
            return self.settings["real_label"]
        return real_label(self.settings["label_smoothing"])

    def batch(self, crops: Sequence[int], most: int, generator: UNetGenerator) -> Batch:
        """Give at most `most` of these crops, evenly spread and not augmented, as samples on the generator's device."""
        chosen = [crops[i] for i in evenly_spaced(len(crops), most)]
        samples, width = self.training_set.samples(STILL), self.training_set.footage.window.size.width
        batch = collate([samples[Request(crop, 0, width, False)] for crop in chosen])
        device = next(generator.parameters()).device
        return {name: values.to(device) for name, values in batch.items()}


def reload(
    performer: Performer, folder: Path, clips: Sequence[Path], stages_for: Callable[[Mapping[str, Any]], Stages]
) -> TrainingRecord:
    """Register the clips again with the settings noted in the performer's folder; what the cache has is not redone.

    Args:
        clips: those that the performer was learned from, in their order.
        stages_for: makes the pipeline's stages with these settings in place of the user's.

    Raises:
        ValueError: the clips or the body are others than the performer was learned from, or the folder does not say.
    """
    provenance = _provenance(folder)
    settings, digest = provenance["settings"], str(provenance["footage"])
    whole, part = _source(clips, digest)
    stages = stages_for({name: settings[name] for name in SHAPING if name in settings})  # older ones lack some
    if stages.settings["body"] != settings["body"]:
        raise ValueError(
            f"expected the body that the performer was learned with (digest {settings['body']}), "
            f"got {stages.settings['body']}; set body and smpl_path as they were then"
        )
    video = held_still(whole, "clip", stages).video
    source = Source(video=clip_range(video, *part) if part else video, digest=digest)
    training_set = stages.learner.prepare(source, extract_motion(source, "clip", stages), stages.cache, stages.progress)
    training = stages.cache.find("training", stages.cache.key(provenance["version"], digest, settings))
    training_crops, held_out_crops = split_crops(training_set.footage.frame_indices, performer)
    return TrainingRecord(
        training_set=training_set,
        training_crops=training_crops,
        held_out_crops=held_out_crops,
        settings=settings["teacher"],
        checkpoint=None if training is None else read_checkpoint(training),
    )


def split_crops(frames: Sequence[int], performer: Performer) -> tuple[list[int], list[int]]:
    """Give the indices of the crops whose frames the generator was trained on, and those of the others."""
    trained = set(performer.facts.taught.tolist())
    training = [crop for crop, frame in enumerate(frames) if frame in trained]
    return training, [crop for crop, frame in enumerate(frames) if frame not in trained]


def read_checkpoint(folder: Path) -> dict[str, Any] | None:
    """Read the last checkpoint of a training; None if the folder holds none."""
    path = folder / LAST
    return torch.load(path, map_location="cpu", weights_only=False) if path.exists() else None


def weights_of(child: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give the state dict of one child out of its module's."""
    return {name.removeprefix(f"{child}."): value for name, value in state.items() if name.startswith(f"{child}.")}


def _provenance(folder: Path) -> dict[str, Any]:
    path = folder / PROVENANCE
    if not path.is_file():
        raise ValueError(f"expected {PROVENANCE} in the performer's folder {folder}, found none; leave out clip=")
    return json.loads(path.read_text(encoding="utf-8"))


def _source(clips: Sequence[Path], digest: str) -> tuple[Source, tuple[int, int] | None]:
    """The clips as one, and the range of frames that the performer was learned from; None for all.

    Raises:
        ValueError: the digests of the clips are others.
    """
    part = PART.fullmatch(digest)
    expected, found = part["clips"] if part else digest, " ".join(content_digest(clip) for clip in clips)
    if found != expected:
        names = ", ".join(str(clip) for clip in clips)
        raise ValueError(
            f"expected the clip that the performer was learned from (digest {expected}), got {names} ({found}); "
            "name that clip, or leave out clip="
        )
    whole = Source(video=join_videos([open_video(clip) for clip in clips]), digest=expected)
    return whole, (int(part["first"]), int(part["stop"])) if part else None
