"""Measuring the product: a synthetic pair or a clip -> scores and costs, made once and stored."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import psutil

from motion_transfer.domain.clip import Clip
from motion_transfer.domain.quality import TrainingRun
from motion_transfer.evaluation.measured import Kind, Measured, Setup, StageCost, read_measured, write_measured
from motion_transfer.evaluation.report import Scores, as_json
from motion_transfer.files.cache import Cache
from motion_transfer.files.clips import open_clip
from motion_transfer.pipeline import capture_source, learn_performer, transfer
from motion_transfer.protocols.cross_reenactment import compare_with_truth
from motion_transfer.protocols.drawn_pair import write_pair
from motion_transfer.protocols.self_reenactment import evaluate
from motion_transfer.protocols.split import Split
from motion_transfer.run import Run
from motion_transfer.stages import Stages
from motion_transfer.synthetic.pair import SyntheticPair


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
        drawing: what is drawn: seed, size, length and frame rate.
        draw: draws it.
    """

    drawing: Mapping[str, float]
    draw: Callable[[], SyntheticPair]
    kind: Kind = "pair"

    @property
    def name(self) -> str:
        return f"pair {self.drawing['seed']}"

    @property
    def identity(self) -> tuple[object, ...]:
        return (dict(self.drawing),)

    def measure(self, folder: Path, stages: Stages, run: Run) -> Outcome:
        pair = self.draw()
        paths = write_pair(pair, folder, run)
        target = open_clip(paths["target"])
        learned = learn_performer(target, stages, run)
        motion = capture_source(open_clip(paths["source"]), stages, run)
        result = transfer(motion, learned, folder / "result.mp4", stages, run)
        crop = stages.register_target.stage.crop
        scores = compare_with_truth(result, pair.truth, target, crop, folder / "truth.report.json")
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
        report = evaluate(self.clip, self.split, folder / "evaluation.json", stages, run)
        content = as_json(report)
        assert report.training is not None  # which `evaluate` always reports
        scores = {"performer": content["reenactment"], **content["baselines"]}
        return Outcome(scores=scores, training=report.training, fallbacks=report.fallbacks)


def measure_once(
    subject: Subject,
    settings: Mapping[str, Any],
    setup: Setup,
    folder: Path,
    assemble: Callable[[], tuple[Stages, Run]],
) -> Measured:
    """The stored measurement of a subject by this code on this machine with these settings, or a new one.

    Args:
        settings: all that shape the result, `condition` and `minutes` among them.
        folder: of all measurements: each has a file, and a folder of the same name with its reports and pictures.
        assemble: makes stages and a run of their own; called only where something has to be measured.
    """
    key = Cache(folder).key(setup.code, _plain(setup), subject.kind, *subject.identity, dict(settings))
    words = "".join(letter if letter.isalnum() else "_" for letter in subject.name)
    path = folder / f"{words}_{settings['condition']}_{key[:12]}.json"
    if path.is_file():
        return read_measured(path)
    load = psutil.getloadavg()[0]
    stages, run = assemble()
    outcome = subject.measure(path.with_suffix(""), stages, run)
    measured = Measured(
        kind=subject.kind,
        subject=subject.name,
        conditioning=settings["condition"],
        minutes=float(settings["minutes"]),
        training=outcome.training,
        scores=outcome.scores,
        stages={
            stage: StageCost(name=cost.name, seconds=None if cost.cached else cost.seconds)
            for stage, cost in run.costs.items()
        },
        fallbacks=outcome.fallbacks,
        date=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        load=load,
        setup=setup,
    )
    write_measured(path, measured)
    return measured


def _plain(setup: Setup) -> dict[str, Any]:
    """What a measurement depends on beside the code: the machine and the packages, but not the name of the commit."""
    machine = setup.machine
    packages = {name: version for name, version in setup.versions.items() if name != "git_commit"}
    return {"machine": [machine.processor, machine.logical_cores, machine.memory_gb, machine.device], **packages}
