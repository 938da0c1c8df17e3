"""The speed of each stage, called as the pipeline calls it, on one clip of a person."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from motion_transfer.benchmarking.measurement import rates_of
from motion_transfer.detection import stabilize
from motion_transfer.domain.body_motion import Capture
from motion_transfer.domain.clip import Clip
from motion_transfer.files.clips import open_clip
from motion_transfer.files.video_writer import VideoWriter
from motion_transfer.performers.performer import Performer
from motion_transfer.pipeline import capture, collect_references, learn_from, register
from motion_transfer.references.storage import open_references
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.retargeting.target_scene import TargetScene
from motion_transfer.run import Run
from motion_transfer.stages import LearnedPerformer, Stages
from motion_transfer.synthesis.training import TrainingHooks

WARM_UP = 0.2  # fraction of a training that is not counted


class StageBenchmark:
    """Measures the speed of stages on a clip; what a stage takes from those before it is computed once."""

    def __init__(self, path: Path, stages: Stages, run: Run, repeats: int) -> None:
        self.path, self.stages, self.run, self.repeats = path, stages, run, repeats

    @cached_property
    def clip(self) -> Clip:
        return stabilize(open_clip(self.path), self.run, "benchmark")

    @cached_property
    def capture(self) -> Capture:
        return capture(self.clip, self.stages, self.run, "benchmark")

    @cached_property
    def footage(self) -> RegisteredFootage:
        return register(self.clip, self.capture, self.stages.register_target, self.stages, self.run, "benchmark")

    @cached_property
    def learned(self) -> LearnedPerformer:
        """The performer and its folder."""
        return learn_from(self.footage, self.clip, self.stages, self.run)

    def detect(self) -> list[float]:
        """Frames/s from the file to landmarks and masks."""
        return self._rates(lambda: self.stages.detector.stage(self.clip.video))

    def fit(self) -> list[float]:
        """Frames/s from landmarks to motion."""
        detections, estimate = self.capture.detections, self.stages.estimator.stage
        return self._rates(lambda: estimate(self.clip.video, detections, advance=lambda: None))

    def retarget(self) -> list[float]:
        """Frames/s from the source's motion to the target's."""
        performer, motion = self.learned.performer, self.capture.motion
        target = TargetScene(body=performer.body, motion=performer.facts.motion, camera=performer.facts.camera)
        return self._rates(lambda: self.stages.retargeter(motion, self.capture.camera, performer.body, target))

    def render(self) -> list[float]:
        """Frames/s from motion to all maps of the window."""
        performer = self.learned.performer  # here, because learning needs gradients
        return self._rates(lambda: self._render(performer))

    def synthesize(self) -> list[float]:
        """Frames/s from motion to an encoded video of the target's size."""
        return self._rates(self._synthesize)

    def train(self, seconds: float, *, gan: bool) -> list[float]:
        """Steps/s of a training that has the GAN throughout or never, its sample workers beside it."""
        learner, fractions = self.stages.learner.stage, list[float]()
        objective = learner.train.objective
        adversarial = replace(objective.adversarial, start=0.0 if gan else 1.0)
        trainer = replace(learner.train, minutes=seconds / 60, objective=replace(objective, adversarial=adversarial))
        hooks = TrainingHooks(advance=fractions.append, preview=lambda _: None, should_finish=lambda: False)
        kept = collect_references(self.footage, self.clip, self.stages, self.run)
        references = None if kept is None else open_references(kept)
        with TemporaryDirectory() as scratch:
            replace(learner, train=trainer, refine=None)(self.footage, references, Path(scratch), hooks)
        return step_rates(fractions, seconds, self.repeats)

    def _rates(self, run: Callable[[], object]) -> list[float]:
        return rates_of(run, len(self.clip), self.repeats)

    @torch.no_grad()
    def _render(self, performer: Performer) -> None:
        synthesizer = self.stages.synthesizer
        motion, facts, body = performer.facts.motion, performer.facts, performer.body
        track = synthesizer.track(performer, motion)
        for chunk in _chunks(len(motion), synthesizer.chunk):
            affine = torch.from_numpy(np.stack([track.window_from_frame(frame) for frame in chunk])).float()
            posed = body.posed(motion.pose[chunk.start : chunk.stop])
            performer.renderer(posed, performer.texture, motion.shape.betas, facts.camera, affine, track.size)

    def _synthesize(self) -> None:
        performer = self.learned.performer
        motion, size = performer.facts.motion, performer.facts.camera.size
        with (
            TemporaryDirectory() as scratch,
            VideoWriter(Path(scratch) / "out.mp4", size=size, fps=motion.fps, details="(a benchmark)") as writer,
        ):
            for frame in self.stages.synthesizer(performer, motion):
                writer.write(frame.rgb)


def step_rates(fractions: list[float], seconds: float, windows: int) -> list[float]:
    """Give the steps/s in equal windows of a training after its warm-up.

    Args:
        fractions: of the budget of so many seconds, spent at the end of each step.
    """
    edges = np.linspace(WARM_UP * fractions[-1], fractions[-1], windows + 1)
    counts = np.diff(np.searchsorted(fractions, edges, side="right"))
    return [float(count) / (float(width) * seconds) for count, width in zip(counts, np.diff(edges), strict=True)]


def _chunks(count: int, size: int) -> Iterator[range]:
    for start in range(0, count, size):
        yield range(start, min(start + size, count))
