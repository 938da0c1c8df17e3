"""`benchmark`: how fast every stage is and how much memory a transfer takes, beside what they should reach."""

import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import hydra
import psutil
import torch
from omegaconf import DictConfig, OmegaConf

from motion_transfer.commands.benchmark_accuracy import pose_error_mm
from motion_transfer.commands.benchmark_clips import Clips
from motion_transfer.commands.benchmark_memory import transfer_memory_mb
from motion_transfer.commands.benchmark_optimizers import step_cost_ratios
from motion_transfer.commands.benchmark_stages import StageBenchmark
from motion_transfer.commands.build import build_stages
from motion_transfer.evaluation.provenance import versions
from motion_transfer.evaluation.speed import Bar, Figure, table
from motion_transfer.files.paths import existing_file
from motion_transfer.files.replacing import replacing

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
OPTIMIZER_REPEATS = 3  # times those of the stages: a step is short


def main(config: DictConfig) -> list[Figure]:
    """Measure, write and print."""
    chosen = _chosen(config.only)
    if config.repeats < 1:
        raise ValueError(f"expected at least 1 repeat, got repeats={config.repeats}; try repeats=3")
    folder = Path(config.folder)
    output = Path(config.output) if config.output else folder / "benchmark.json"
    folder.mkdir(parents=True, exist_ok=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    config = cast(DictConfig, OmegaConf.merge(config, {"work_dir": config.work_dir or str(folder / "work")}))
    busy = psutil.getloadavg()[0]  # before anything of ours runs
    bench = _Benchmark(config, folder)
    figures: list[Figure] = []
    for name in chosen:
        figures += bench.measures[name]()
        _write(output, figures, config, busy)  # after each, since all take a quarter of an hour
    print(table(figures))
    print(f"Benchmark: {output}")
    return figures


class _Benchmark:
    """The measurements by name, in the order in which they are made."""

    def __init__(self, config: DictConfig, folder: Path) -> None:
        self.config = config
        given = existing_file(config.clip, "a video of a person") if config.clip else None
        drawn_px = max(config.speed_px, config.memory_px)
        self.clips = Clips(
            folder=folder,
            given=given,
            drawn_px=drawn_px,
            drawn_s=config.drawn_s,
            drawn_fps=config.clip_fps,
            drawn_texture_px=config.drawn_texture_px,
        )
        self.stages = build_stages(config)
        self.measures: dict[str, Callable[[], list[Figure]]] = {
            "detect": lambda: self._speed("detect", self.on_clip.detect),
            "fit": lambda: self._speed("fit", self.on_clip.fit),
            "retarget": lambda: self._speed("retarget", self.on_clip.retarget),
            "render": lambda: self._speed("render", self.on_clip.render),
            "train": self._train,
            "synthesize": lambda: self._speed("synthesize", self.on_clip.synthesize),
            "memory": self._memory,
            "optimizers": self._optimizers,
            "accuracy": self._accuracy,
        }

    @cached_property
    def on_clip(self) -> StageBenchmark:
        with self.stages.progress.stage("clip"):
            clip = self.clips.clip(self.config.speed_px, self.config.speed_s)
        return StageBenchmark(clip, self.stages, self.config.repeats)

    def _speed(self, name: str, measure: Callable[[], list[float]]) -> list[Figure]:
        return [Figure(name=name, unit=FRAMES, bar=BARS[name], repeats=self._timed(name, measure))]

    def _train(self) -> list[Figure]:
        seconds = float(self.config.train_s)
        found = {
            "train without GAN": self._timed("train", lambda: self.on_clip.train(seconds, gan=False)),
            "train with GAN": self._timed("train with GAN", lambda: self.on_clip.train(seconds, gan=True)),
        }
        return [Figure(name=name, unit=STEPS, bar=BARS["train"], repeats=rates) for name, rates in found.items()]

    def _memory(self) -> list[Figure]:
        performer, _ = self.on_clip.learned
        plain = cast(dict[str, Any], OmegaConf.to_container(self.config, resolve=True))
        figures, peaks = [], []
        for seconds in self.config.memory_s:
            with self.stages.progress.stage(f"clip of {seconds:g} s"):
                source = self.clips.clip(self.config.memory_px, seconds)
            peaks.append(transfer_memory_mb(plain, source, performer))
            name = f"memory of {seconds:g} s"
            figures.append(Figure(name=name, unit="MB", bar=BARS["memory"], repeats=peaks[-1:]))
        growth = Figure(name="memory growth", unit=TIMES, bar=BARS["memory growth"], repeats=[peaks[-1] / peaks[0]])
        return [*figures, growth]

    def _optimizers(self) -> list[Figure]:
        teacher = self.stages.learner.teacher
        with self.stages.progress.stage("measure optimizers"):
            ratios = step_cost_ratios(
                hydra.utils.instantiate(self.config.own_optimizers),
                hydra.utils.instantiate(self.config.own_optimizers_of_one_tensor),
                teacher.generator,
                teacher.device,
                repeats=OPTIMIZER_REPEATS * self.config.repeats,
                steps=self.config.optimizer_steps,
            )
        bar = BARS["optimizers"]
        return [Figure(name=f"step of {name}", unit="Adam's", bar=bar, repeats=found) for name, found in ratios.items()]

    def _accuracy(self) -> list[Figure]:
        config = self.config
        figures = []
        for seed in config.accuracy_seeds:
            error = pose_error_mm(
                self.stages,
                seed,
                seconds=config.drawn_s,
                height_px=config.accuracy_px,
                texture_px=config.drawn_texture_px,
            )
            figures.append(Figure(name=f"PA-MPJPE of dancer {seed}", unit="mm", bar=BARS["accuracy"], repeats=[error]))
        return figures

    def _timed(self, name: str, measure: Callable[[], list[float]]) -> list[float]:
        with self.stages.progress.stage(f"measure {name}"):
            return measure()


def _chosen(only: Any) -> list[str]:
    """What to measure, in our order.

    Raises:
        ValueError: a name that is none of ours.
    """
    names = [name for name in BARS if name != "memory growth"]
    asked = names if only is None else [only] if isinstance(only, str) else list(only)
    unknown = [name for name in asked if name not in names]
    if unknown or not asked:
        raise ValueError(f"expected only=[...] with some of {', '.join(names)}, got {', '.join(unknown) or 'none'}")
    return [name for name in names if name in asked]


def _write(path: Path, figures: list[Figure], config: DictConfig, busy: float) -> None:
    machine = {
        "logical_cores": psutil.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "load_before": busy,
    }
    settings = {
        name: OmegaConf.to_object(config[name]) if OmegaConf.is_config(config[name]) else config[name]
        for name in ("clip", "repeats", "resolution", "condition", "device", "speed_s", "speed_px", "memory_s")
        + ("memory_px", "train_s", "clip_fps", "drawn_s")
    }
    content = {
        "figures": {figure.name: figure.as_json() for figure in figures},
        "machine": machine,
        "settings": settings,
        "versions": versions(),
    }
    with replacing(path) as fresh:
        fresh.write_text(json.dumps(content, indent=2), encoding="utf-8")
