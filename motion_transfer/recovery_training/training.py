"""The training of a mesh recovery network on crops that are drawn meanwhile; it ends by the clock or after some steps.

Each step seeds its random numbers from its own number, so that a resumed training goes on as if it had not stopped.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from motion_transfer.body.skeleton import mirrored
from motion_transfer.files.replacing import replacing
from motion_transfer.mesh_recovery.body_points import BodyPoints
from motion_transfer.mesh_recovery.weights import save_network
from motion_transfer.recovery_training.crop_pool import CropBatch, CropPool
from motion_transfer.recovery_training.drawing import CropSource
from motion_transfer.recovery_training.held_out import held_out_figures
from motion_transfer.recovery_training.learner import Learner, LearningSettings
from motion_transfer.recovery_training.views import Views, make_views
from motion_transfer.synthetic.people_in_crops import PersonCrops
from motion_transfer.synthetic.pose_mixing import PoseLibrary

CHECKPOINT, WEIGHTS, FIGURES = "checkpoint.pt", "weights.npz", "figures.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryTraining:
    """Settings of a training.

    Attributes:
        minutes: how long it takes, former runs of the same folder counted in; None to count `steps`.
        batch: crops a step.
        capacity: crops of the pool; further ones replace the oldest.
        first_crops: how many are waited for before the first step.
        landmarks_given: share of the views that have landmarks.
        report_s: seconds between two reports, which also store everything.

    Raises:
        ValueError: neither or both of minutes and steps are given, or a number is not positive.
    """

    minutes: float | None = None
    steps: int | None = None
    batch: int = 64
    size_px: int = 224
    capacity: int = 20_000
    first_crops: int = 1024
    landmarks_given: float = 0.8
    report_s: float = 60.0
    seed: int = 0
    learning: LearningSettings = field(default_factory=LearningSettings)

    def __post_init__(self) -> None:
        if (self.minutes is None) == (self.steps is None):
            raise ValueError(f"expected either minutes or steps, got {self.minutes} and {self.steps}; give one of them")
        numbers = (self.minutes or self.steps or 0, self.batch, self.capacity, self.first_crops)
        if min(numbers) <= 0 or self.size_px % 32:
            raise ValueError(
                f"expected positive numbers and a size in steps of 32 px, got {numbers} and {self.size_px}"
            )

    def __call__(
        self,
        learner: Learner,
        body: BodyPoints,
        real: PoseLibrary,
        landmarks: tuple[str, ...],
        crops: CropSource,
        held_out: PersonCrops,
        folder: Path,
        *,
        report: Callable[[str], None] = print,
    ) -> dict[str, float]:
        """Train; the folder then holds the weights, the figures of every report, and a checkpoint to go on from.

        Args:
            real: poses of the prior.
            landmarks: their names, which say what is left and right.
            report: takes a line now and then.

        Raises:
            RuntimeError: a drawing process failed.
            ArithmeticError: the loss is no longer finite.
        """
        device = body.rest_m.device
        mirror = list(mirrored(landmarks))
        learner.start(self.learning, folder / CHECKPOINT)
        examined = self._examined(held_out, body, mirror, device)
        pool, real_poses = CropPool(self.capacity, device), real.parent_from_joint.to(device)
        while len(pool) < min(self.first_crops, self.capacity):
            pool.add(_given(crops.take(wait=True)))
        begun = reported = time.monotonic()
        before_s, totals, counted = learner.trained_s, {}, 0
        report(f"{len(pool)} crops are drawn, training begins at step {learner.step}")
        while (progress := self._progress(learner)) < 1:
            learner.set_rates(progress)
            sheet = crops.take(wait=False)
            if sheet is not None:
                pool.add(sheet)
            torch.manual_seed(1_000_003 * self.seed + learner.step)
            generator = torch.Generator(device).manual_seed(1_000_003 * self.seed + learner.step)
            views = make_views(
                pool.draw(self.batch, generator),
                body,
                mirror,
                generator,
                size_px=self.size_px,
                varied=True,
                landmarks_given=self.landmarks_given,
            )
            chosen = torch.randint(len(real_poses), (self.batch,), generator=generator, device=device)
            terms = learner.learn(views, real_poses[chosen].float(), body, self.learning)
            totals = {name: totals.get(name, 0) + term for name, term in terms.items()}
            counted += 1
            now = time.monotonic()
            learner.trained_s = before_s + now - begun
            if now - reported > self.report_s or self._progress(learner) >= 1:
                figures = {name: float(total) / counted for name, total in totals.items()}
                figures |= {"step": learner.step, "trained_s": learner.trained_s, "crops": pool.added}
                self._report(learner, examined, body, folder, figures, report)
                reported, totals, counted = time.monotonic(), {}, 0
        return learner.history[-1] if learner.history else {}

    def _progress(self, learner: Learner) -> float:
        done = learner.step / self.steps if self.steps else learner.trained_s / (60 * (self.minutes or 1))
        return min(done, 1.0)

    def _examined(
        self, held_out: PersonCrops, body: BodyPoints, mirror: list[int], device: torch.device
    ) -> dict[str, Views]:
        """Held-out views, with landmarks and without."""
        batch = CropBatch.of(held_out, device)
        return {
            name: make_views(
                batch,
                body,
                mirror,
                torch.Generator(device).manual_seed(0),
                size_px=self.size_px,
                varied=False,
                landmarks_given=given,
            )
            for name, given in (("", 1.0), ("picture_alone_", 0.0))
        }

    def _report(
        self,
        learner: Learner,
        examined: dict[str, Views],
        body: BodyPoints,
        folder: Path,
        figures: dict[str, float],
        report: Callable[[str], None],
    ) -> None:
        if not all(torch.isfinite(torch.tensor(value)) for value in figures.values()):
            raise ArithmeticError(f"expected a finite loss, got {figures}; lower lr")
        averaged = learner.averaged_network()
        for name, views in examined.items():
            figures |= {f"{name}{key}": found for key, found in held_out_figures(averaged, views, body).items()}
        learner.history.append(figures)
        folder.mkdir(parents=True, exist_ok=True)
        save_network(folder / WEIGHTS, averaged)
        with replacing(folder / FIGURES) as temporary:
            temporary.write_text(json.dumps(learner.history, indent=1))
        learner.store(folder / CHECKPOINT)
        report(" ".join(f"{name}={value:.4g}" for name, value in figures.items()))


def _given(sheet: PersonCrops | None) -> PersonCrops:
    if sheet is None:
        raise RuntimeError("expected drawn crops after waiting for them, got none")
    return sheet
