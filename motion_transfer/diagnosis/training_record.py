"""A performer's folder and the clips it was learned from -> the record of its training, found again in the cache."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from torch import Tensor

from motion_transfer.datasets.samples import UNAUGMENTED, Request, collate
from motion_transfer.datasets.training_set import TrainingSet
from motion_transfer.detection import CLIP, find_person
from motion_transfer.diagnosis.probes import Batch
from motion_transfer.diagnosis.provenance import read_provenance
from motion_transfer.domain.clip import Clip
from motion_transfer.domain.person_point import read_person
from motion_transfer.domain.video import Video
from motion_transfer.files.clips import CUT, PERSON, TURNED, UPRIGHT, Reading, open_clip, part_of
from motion_transfer.files.video_reader import content_digest
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.storage import PROVENANCE
from motion_transfer.pipeline import LEARN, TRAINING, learn_inputs, register_target
from motion_transfer.run import Run
from motion_transfer.stages import Stages
from motion_transfer.synthesis.adversarial import Adversarial
from motion_transfer.synthesis.checkpoints import LAST, read_checkpoint
from motion_transfer.synthesis.discriminators.conditional import discriminator_channels
from motion_transfer.synthesis.discriminators.patch import PatchDiscriminator
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.synthesis.generators.registry import target_name
from motion_transfer.synthesis.losses import LossWeights

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecord:
    """What a performer was trained on, and how.

    Attributes:
        training_set: its footage, registered.
        video: the stabilized clip, which the footage was registered from.
        training_crops, held_out_crops: indices of the footage's crops that the generator was trained on, and of the
            others.
        settings: of the training.
        checkpoint: the last one of the training; None if the cache no longer keeps it.
    """

    training_set: TrainingSet
    video: Video
    training_crops: Sequence[int]
    held_out_crops: Sequence[int]
    settings: Mapping[str, Any]
    checkpoint: Mapping[str, Any] | None

    @property
    def weights(self) -> LossWeights:
        """Of the training's loss."""
        return _made(LossWeights, self.settings, "objective", "losses")

    @property
    def adversarial(self) -> Adversarial:
        """How the discriminator was trained."""
        return _made(Adversarial, self.settings, "objective", "adversarial")

    def make_discriminator(self, channels: tuple[str, ...]) -> PatchDiscriminator | None:
        """Make the training's discriminator with fresh weights; None where the file names a class that is not ours."""
        place = ("synthesis", "discriminator")
        if _found(self.settings, *place).get("_target_") != target_name(PatchDiscriminator):
            return None
        inputs = discriminator_channels(channels, two_frame=self.adversarial.two_frame)
        return _made(partial(PatchDiscriminator, inputs), self.settings, *place)

    def batch(self, crops: Sequence[int], most: int, generator: ConditionalGenerator) -> Batch:
        """Give at most `most` of these crops, evenly spread and not augmented, as samples on the generator's device."""
        chosen = [crops[i] for i in evenly_spaced(len(crops), most)]
        samples, width = self.training_set.samples(UNAUGMENTED), self.training_set.footage.crops.track.size.width
        batch = collate([samples[Request(crop, 0, width, False)] for crop in chosen])
        device = next(generator.parameters()).device
        return {name: values.to(device) for name, values in batch.items()}


def reload(
    performer: Performer,
    folder: Path,
    clips: Sequence[Path],
    assemble: Callable[[Mapping[str, Any]], tuple[Stages, Run]],
) -> TrainingRecord:
    """Register the clips again with the settings noted in the performer's folder; what the cache has is not redone.

    Args:
        clips: those that the performer was learned from, in their order.
        assemble: makes stages and a run with these settings in place of the user's.

    Raises:
        ValueError: clips or body differ from those that the performer was learned from, or no provenance is kept.
    """
    provenance = read_provenance(folder)
    whole = _checked_clip(clips, provenance.clip)
    stages, run = assemble(provenance.shaping)
    body = stages.model.digest()
    if body != provenance.body:
        raise ValueError(
            f"expected the body that the performer was learned with (digest {provenance.body}), got {body}; "
            "set body and smpl_path as they were then"
        )
    still = find_person(whole, stages, run, CLIP).clip
    clip = still if still.digest == provenance.clip else _part_of(still, provenance.first, provenance.stop)
    if clip.digest != provenance.clip:
        raise ValueError(
            f"expected the frames that the performer was learned from ({provenance.clip}), got others out of the same "
            f"clip ({clip.digest}), which another version chose; learn it again, or leave out clip="
        )
    footage = register_target(clip, stages, run, "clip")
    inputs = learn_inputs(footage, None, dict(provenance.training))
    training = run.cache.find(TRAINING, run.key(replace(LEARN, version=provenance.version), inputs))
    training_crops, held_out_crops = split_crops(footage.crops.frames, performer)
    learner = stages.learner.stage
    return TrainingRecord(
        training_set=TrainingSet(footage=footage, make_renderer=learner.make_renderer, references=learner.references),
        video=clip.video,
        training_crops=training_crops,
        held_out_crops=held_out_crops,
        settings=provenance.training,
        checkpoint=None if training is None else last_checkpoint(training),
    )


def split_crops(frames: Sequence[int], performer: Performer) -> tuple[list[int], list[int]]:
    """Give the indices of the crops whose frames the generator was trained on, and those of the others."""
    trained = set(performer.facts.training_frames.tolist())
    training = [crop for crop, frame in enumerate(frames) if frame in trained]
    return training, [crop for crop, frame in enumerate(frames) if frame not in trained]


def last_checkpoint(folder: Path) -> dict[str, Any] | None:
    """Read the last checkpoint of a training; None if the folder holds none."""
    path = folder / LAST
    return read_checkpoint(path) if path.exists() else None


def weights_of(child: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give the state dict of one child out of its module's."""
    return {name.removeprefix(f"{child}."): value for name, value in state.items() if name.startswith(f"{child}.")}


def _checked_clip(paths: Sequence[Path], expected: str) -> Clip:
    """The clips as one, read as they were for the performer.

    Args:
        expected: the digest of its clip.

    Raises:
        ValueError: they are not those that the performer was learned from.
    """
    found, whole = " ".join(content_digest(path) for path in paths), expected.partition(":")[0]
    if found != " ".join(word.partition("+")[0] for word in whole.split()):
        names = ", ".join(str(path) for path in paths)
        raise ValueError(
            f"expected the clip that the performer was learned from (digest {whole}), got {names} ({found}); "
            "name that clip, or leave out clip="
        )
    turned = TURNED.search(whole)
    rotate = int(turned[1]) if turned else None if UPRIGHT in expected else 0
    chosen = PERSON.search(whole)
    person = None if chosen is None else read_person(chosen[1])
    return open_clip(*paths, reading=Reading(gaps="cut" if CUT in whole else "hold", rotate=rotate, person=person))


def _part_of(clip: Clip, first: int, stop: int) -> Clip:
    return part_of(clip, first, min(stop, len(clip))) if first < len(clip) else clip


def _found(settings: Mapping[str, Any], *place: str) -> Mapping[str, Any]:
    """The group of settings at a place.

    Raises:
        ValueError: there is none.
    """
    found: Any = settings
    for name in place:
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        raise ValueError(f"expected settings at {'.'.join(place)} in {PROVENANCE}, got none; leave out clip=")
    return found


def _made(make: Callable[..., T], settings: Mapping[str, Any], *place: str) -> T:
    """What a constructor makes of the values at a place; which constructor, the file does not say."""
    given = {name: value for name, value in _found(settings, *place).items() if not name.startswith("_")}
    try:
        return make(**given)
    except TypeError as odd:
        raise ValueError(f"expected values for {'.'.join(place)} in {PROVENANCE}, got {odd}; leave out clip=") from odd
