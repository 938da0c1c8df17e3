"""What is measured: synthetic pairs and clips, each by the protocol of its kind."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol, runtime_checkable

from motion_transfer.domain.clip import Clip
from motion_transfer.domain.quality import TrainingRun
from motion_transfer.domain.video import ImageSize
from motion_transfer.evaluation.measured import Kind
from motion_transfer.evaluation.report import Scores, as_json
from motion_transfer.files.bodies import load_body
from motion_transfer.files.clips import AS_FILMED, Reading, open_clip, part_of
from motion_transfer.files.paths import existing_file
from motion_transfer.pipeline import capture_source, check_long_enough, learn_performer, transfer
from motion_transfer.protocols.cross_reenactment import compare_with_truth
from motion_transfer.protocols.drawn_pair import write_pair
from motion_transfer.protocols.method_sheet import SHOWN
from motion_transfer.protocols.self_reenactment import evaluate
from motion_transfer.protocols.split import Split, split_frames
from motion_transfer.run import Run
from motion_transfer.stages import Stages
from motion_transfer.synthetic.pair import make_pair

RANGE = re.compile(r"(?P<path>.+):(?P<first>\d+)-(?P<stop>\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a protocol found: scores by method, the training, and what did not go as planned."""

    scores: Mapping[str, Scores]
    training: TrainingRun
    fallbacks: tuple[str, ...]


@runtime_checkable
class Subject(Protocol):
    """Something to measure, under the protocol of its kind."""

    @property
    def kind(self) -> Kind:
        """Its protocol."""
        ...

    @property
    def name(self) -> str:
        """For people."""
        ...

    @property
    def identity(self) -> tuple[object, ...]:
        """What it is, as `Cache.key` takes it."""
        ...

    def measure(self, folder: Path, stages: Stages, run: Run) -> Outcome:
        """Measure it, and leave reports and pictures in the folder."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSubject:
    """A synthetic pair: the target performs the source's dance and is compared with the exact truth.

    Args:
        seed: of people, rooms and dances.
        size, seconds, fps: of the clips.
        kept_in: where `prepare` may have left the body that is drawn; None for nowhere.
    """

    seed: int
    size: ImageSize
    seconds: float
    fps: Fraction
    kept_in: Path | None = None
    kind: Kind = "pair"

    @property
    def name(self) -> str:
        return f"pair {self.seed}"

    @property
    def identity(self) -> tuple[object, ...]:
        return (self.seed, self.size.height, self.size.width, self.seconds, str(self.fps))

    def measure(self, folder: Path, stages: Stages, run: Run) -> Outcome:
        body = load_body("free", None, kept_in=self.kept_in)
        pair = make_pair(body, seed=self.seed, size=self.size, seconds=self.seconds, fps=self.fps)
        paths = write_pair(pair, folder, run)
        target = open_clip(paths["target"])
        learned = learn_performer(target, stages, run)
        motion = capture_source(open_clip(paths["source"]), stages, run)
        result = transfer(motion, learned, folder / "result.mp4", stages, run)
        output = folder / "truth.report.json"
        scores = compare_with_truth(result, pair.truth, target, stages.detector.stage, run, output)
        return Outcome(scores=scores, training=learned.performer.facts.training, fallbacks=result.report.fallbacks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSubject:
    """A clip: its first part is learned from, its last part is reenacted from the pose alone."""

    clip: Clip
    split: Split
    kind: Kind = "clip"

    @property
    def name(self) -> str:
        name, split = ", ".join(path.name for path in self.clip.paths), self.split
        whole = (split.first, split.stop) == (0, len(self.clip))
        return name if whole else f"{name}, frames {split.first} to {split.stop - 1}"

    @property
    def identity(self) -> tuple[object, ...]:
        return (self.clip.digest, self.split.first, self.split.split, self.split.stop)

    def measure(self, folder: Path, stages: Stages, run: Run) -> Outcome:
        report = evaluate(self.clip, self.split, folder / "evaluation.json", stages, run, folder / SHOWN)
        content = as_json(report)
        assert report.training is not None  # which `evaluate` always reports
        figures = {name: score for name, score in content["reenactment"].items() if name != "measured_in"}
        scores = {"performer": figures, **content["baselines"]}
        return Outcome(scores=scores, training=report.training, fallbacks=report.fallbacks)


def clip_subject(words: str, train_fraction: float, reading: Reading = AS_FILMED) -> ClipSubject:
    """The clip that is named as FILE or FILE:FIRST-STOP.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no video, or a part of it is too short.
    """
    ranged = None if Path(words).exists() else RANGE.fullmatch(words)
    clip = open_clip(existing_file(ranged["path"] if ranged else words, "a video"), reading=reading)
    first, stop = (int(ranged["first"]), int(ranged["stop"])) if ranged else (0, None)
    split = split_frames(len(clip), start=first, stop=stop, train_fraction=train_fraction)
    check_long_enough(part_of(clip, split.first, split.split))
    return ClipSubject(clip=clip, split=split)
