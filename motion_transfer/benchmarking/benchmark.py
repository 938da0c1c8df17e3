"""Names of measurements -> measurements, each beside the bar that it should reach."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import psutil
import torch

from motion_transfer.benchmarking.accuracy import pose_error_mm
from motion_transfer.benchmarking.characters import CharacterBenchmark
from motion_transfer.benchmarking.clips import BenchmarkClips
from motion_transfer.benchmarking.estimators import EstimatorBenchmark
from motion_transfer.benchmarking.measurement import Bar, Measurement
from motion_transfer.benchmarking.memory import transfer_memory_mb
from motion_transfer.benchmarking.optimizers import MakeOptimizer, step_cost_ratios
from motion_transfer.benchmarking.stages import StageBenchmark
from motion_transfer.evaluation.provenance import versions
from motion_transfer.files.replacing import replacing
from motion_transfer.run import Run, Stage
from motion_transfer.stages import Stages

DRAW, MEASURE = Stage(name="draw", phrase="draw the clip"), Stage(name="measure", phrase="measure")
FRAMES, STEPS, TIMES = "frames/s", "steps/s", "times"
BARS = {
    "detect": Bar(limit=25),
    "fit": Bar(limit=30),
    "retarget": Bar(limit=300),
    "render": Bar(limit=80),
    "train": Bar(limit=6),
    "synthesize": Bar(limit=20),
    "memory": Bar(limit=4000, at_most=True),
    "memory growth": Bar(limit=1.15, at_most=True),
    "optimizers": Bar(limit=1.5, at_most=True),
    "accuracy": Bar(limit=60, at_most=True),
}
NAMES = (*(name for name in BARS if name != "memory growth"), "characters", "estimators")
OPTIMIZER_REPEATS = 3  # times those of the stages: a step is short

# Source, performer's folder, output, folder of intermediate results; picklable.
Transfer = Callable[[Path, Path, Path, Path], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkSettings:
    """What is measured how often, on clips of which size.

    Attributes:
        repeats: of every measurement, after one to warm up.
        speed_s, speed_px: length and shorter side of the clip that speeds are measured on.
        memory_s, memory_px: lengths and shorter side of the sources whose transfers' memory is compared.
        train_s: of training, with the GAN from the start and without it.
        optimizer_steps: timed at once.
        accuracy_seeds, accuracy_px: of the drawn dancers, and their clips' shorter side.
        drawn_s, drawn_texture_px: length of a drawn dance, and the dancer's texture.
    """

    repeats: int
    speed_s: float
    speed_px: int
    memory_s: Sequence[float]
    memory_px: int
    train_s: float
    optimizer_steps: int
    accuracy_seeds: Sequence[int]
    accuracy_px: int
    drawn_s: float
    drawn_texture_px: int

    def __post_init__(self) -> None:
        if self.repeats < 1:
            raise ValueError(f"expected at least 1 repeat, got repeats={self.repeats}; try repeats=3")


class Benchmark:
    """Measures by name; what several measurements need is computed once.

    Args:
        transfer: a whole transfer, for its memory.
        optimizers: of the generator's parameters.
        optimizers_of_one_tensor: those that take all parameters as one row.
        characters: of deformation transfer.
        estimators: of motion, side by side.
    """

    def __init__(
        self,
        settings: BenchmarkSettings,
        clips: BenchmarkClips,
        stages: Stages,
        run: Run,
        transfer: Transfer,
        optimizers: Mapping[str, MakeOptimizer],
        optimizers_of_one_tensor: Mapping[str, MakeOptimizer],
        characters: CharacterBenchmark,
        estimators: EstimatorBenchmark,
    ) -> None:
        self.settings, self.clips, self.stages, self.run, self.transfer = settings, clips, stages, run, transfer
        self.characters, self.estimators = characters, estimators
        self.optimizers, self.optimizers_of_one_tensor = optimizers, optimizers_of_one_tensor

    def __call__(self, name: str) -> list[Measurement]:
        """Make the measurements of one of `NAMES`."""
        measures: dict[str, Callable[[], list[Measurement]]] = {
            "train": self._train,
            "memory": self._memory,
            "optimizers": self._optimizers,
            "accuracy": self._accuracy,
            "characters": self._characters,
            "estimators": partial(self.estimators, self.stages, self.run),
        }
        return measures.get(name, partial(self._speed, name))()

    @cached_property
    def _on_clip(self) -> StageBenchmark:
        with self.run.stage(DRAW):
            clip = self.clips.clip(self.settings.speed_px, self.settings.speed_s)
        return StageBenchmark(clip, self.stages, self.run, self.settings.repeats)

    def _speed(self, name: str) -> list[Measurement]:
        rates = self._timed(name, getattr(self._on_clip, name))
        return [Measurement(name=name, unit=FRAMES, bar=BARS[name], repeats=rates)]

    def _train(self) -> list[Measurement]:
        seconds = float(self.settings.train_s)
        found = {
            "train without GAN": self._timed("train", lambda: self._on_clip.train(seconds, gan=False)),
            "train with GAN": self._timed("train with GAN", lambda: self._on_clip.train(seconds, gan=True)),
        }
        return [Measurement(name=name, unit=STEPS, bar=BARS["train"], repeats=rates) for name, rates in found.items()]

    def _memory(self) -> list[Measurement]:
        performer = self._on_clip.learned.folder
        measurements, peaks = [], []
        for seconds in self.settings.memory_s:
            with self.run.stage(DRAW, f"{seconds:g}_s"):
                source = self.clips.clip(self.settings.memory_px, seconds)
            peaks.append(transfer_memory_mb(partial(self.transfer, source, performer)))
            name = f"memory of {seconds:g} s"
            measurements.append(Measurement(name=name, unit="MB", bar=BARS["memory"], repeats=peaks[-1:]))
        growth = [peaks[-1] / peaks[0]]
        return [*measurements, Measurement(name="memory growth", unit=TIMES, bar=BARS["memory growth"], repeats=growth)]

    def _optimizers(self) -> list[Measurement]:
        trainer = self.stages.learner.stage.train
        with self.run.stage(MEASURE, "optimizers"):
            ratios = step_cost_ratios(
                self.optimizers,
                self.optimizers_of_one_tensor,
                trainer.generator,
                trainer.device,
                repeats=OPTIMIZER_REPEATS * self.settings.repeats,
                steps=self.settings.optimizer_steps,
            )
        bar = BARS["optimizers"]
        return [
            Measurement(name=f"step of {name}", unit="Adam's", bar=bar, repeats=found) for name, found in ratios.items()
        ]

    def _accuracy(self) -> list[Measurement]:
        measurements = []
        for seed in self.settings.accuracy_seeds:
            error = pose_error_mm(
                self.stages,
                self.run,
                seed,
                seconds=self.settings.drawn_s,
                height_px=self.settings.accuracy_px,
                texture_px=self.settings.drawn_texture_px,
            )
            name = f"PA-MPJPE of dancer {seed}"
            measurements.append(Measurement(name=name, unit="mm", bar=BARS["accuracy"], repeats=[error]))
        return measurements

    def _characters(self) -> list[Measurement]:
        with self.run.stage(MEASURE, "characters"):
            return self.characters(self.settings.repeats)

    def _timed(self, name: str, measure: Callable[[], list[float]]) -> list[float]:
        with self.run.stage(MEASURE, name.replace(" ", "_")):
            return measure()


def write_measurements(
    path: Path, measurements: Sequence[Measurement], settings: Mapping[str, Any], load_before: float
) -> None:
    """Write the measurements with the machine, the settings and the versions of packages.

    Args:
        load_before: the machine's load average before anything was measured.
    """
    machine = {
        "logical_cores": psutil.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "load_before": load_before,
    }
    content = {
        "figures": {one.name: one.as_json() for one in measurements},
        "machine": machine,
        "settings": settings,
        "versions": versions(),
    }
    with replacing(path) as fresh:
        fresh.write_text(json.dumps(content, indent=2), encoding="utf-8")
