"""How long a whole job still takes: the usual shares of its stages, at the pace that the job itself has shown.

The shares were measured on clips of five seconds. How fast a machine is, and how large the pictures are, shows in the
stages that are done; before enough of them are, nothing is said.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from motion_transfer.jobs.job import Option
from motion_transfer.jobs.progress import JobProgress, StageProgress
from motion_transfer.jobs.store import SOURCE, TARGET, Store
from motion_transfer.jobs.uploads import FOOTAGE, SUFFIXES

# Stage -> whose frames it goes by, and milliseconds a frame with the presets `draft` and `fast`, in order of the run.
USUAL: Mapping[str, tuple[str, float, float]] = {
    "source_stabilize": (SOURCE, 9, 9),
    "source_detect": (SOURCE, 39, 39),
    "target_scene": (TARGET, 4, 4),
    "target_stabilize": (TARGET, 9, 9),
    "target_detect": (TARGET, 38, 38),
    "source_fit": (SOURCE, 45, 45),
    "source_plate": (SOURCE, 0, 14),
    "source_crop": (SOURCE, 0, 23),
    "source_register": (SOURCE, 0, 230),
    "target_fit": (TARGET, 44, 44),
    "target_plate": (TARGET, 42, 54),
    "target_crop": (TARGET, 20, 25),
    "target_register": (TARGET, 171, 430),
    "references": (TARGET, 39, 39),
    "learn": (TARGET, 31, 31),
    "retarget": (SOURCE, 2, 2),
    "synthesize": (SOURCE, 84, 84),
}
MINUTES = {"quality": 60.0}  # of training that a preset brings along
ENOUGH = 0.1  # of the usual work has to be done before its pace is told
SHORT_S = 40.0  # below which it is surely less than a minute
SPOKEN = 0.1  # of a stage, after which its own speed says best how long it takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a job does, as far as it decides which stages it has.

    Attributes:
        filmed: the source is a video, and not a motion.
        learns: it has a target, and not a performer that was learned before.
        options: settings that it was asked for.
    """

    filmed: bool
    learns: bool
    options: Mapping[str, Option]

    @property
    def training_s(self) -> float:
        """How long it may train."""
        minutes = self.options.get("minutes", MINUTES.get(str(self.options.get("preset")), 0.0))
        return 60 * float(minutes) if self.learns else 0.0

    def stages(self) -> Iterator[tuple[str, str, float]]:
        """Each stage that it has, whose frames it goes by, and the usual seconds for one of them."""
        draft = self.options.get("preset") == "draft"
        for stage, (role, rough_ms, fine_ms) in USUAL.items():
            usual_ms, done = rough_ms if draft else fine_ms, stage in ("retarget", "synthesize")
            if usual_ms and (done or (self.filmed if role == SOURCE else self.learns)):
                yield stage, role, usual_ms / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How long a job still takes.

    Attributes:
        or_less: it may end sooner, because a training can end before its time, or stages of it may be known already.
    """

    left_s: float
    or_less: bool

    def __str__(self) -> str:
        """In words, as coarse as it is known."""
        minutes = math.ceil(self.left_s / 60 - 0.25)
        if self.left_s < SHORT_S:
            return "less than a minute"
        coarse = minutes if minutes <= 10 else 5 * math.ceil(minutes / 5)
        told = f"{coarse} min" if coarse <= 90 else f"{math.ceil(coarse / 30) / 2:g} h"
        return f"about {told}{' or less' if self.or_less else ''}"


def kind_of(store: Store, id: str) -> Kind:
    """What a job of a store does."""
    source = store.input(id, SOURCE)
    filmed = source is not None and SUFFIXES.get(source.suffix, FOOTAGE) == FOOTAGE
    return Kind(filmed=filmed, learns=store.input(id, TARGET) is not None, options=store.settings(id).options)


def outlook(progress: JobProgress, kind: Kind) -> Outlook | None:
    """How long a running job still takes; None where that would be a guess."""
    seen = {stage.stage: stage for stage in progress.stages}
    plan, frames = list(kind.stages()), _frames(progress)
    if not seen or any(role not in frames for _, role, _ in plan):
        return None
    usual_s = {stage: each_s * frames[role] for stage, role, each_s in plan}
    done_s = {name: usual_s[name] * _share(seen[name]) for name in usual_s if name in seen and not seen[name].cached}
    cached_s = sum(usual_s[name] for name in usual_s if name in seen and seen[name].cached)
    trained = _share(seen["learn"]) if kind.training_s and "learn" in done_s else 0.0
    paced = [name for name in done_s if not (trained and name == "learn")]  # a training takes the time that it is given
    known_s = sum(done_s[name] for name in paced)
    if known_s < ENOUGH * (sum(usual_s.values()) - cached_s) and trained < ENOUGH:
        return None
    pace = sum(seen[name].seconds for name in paced if done_s[name]) / known_s if known_s else 1.0
    left_s = 0.0
    for name, whole_s in usual_s.items():
        budget_s = pace * whole_s + (kind.training_s if name == "learn" else 0.0)
        left_s += _left(seen[name], budget_s) if name in seen else budget_s
    training = bool(kind.training_s) and not ("learn" in seen and seen["learn"].ended)
    may_be_known = cached_s > 0 and any(name not in seen for name in usual_s if USUAL[name][0] == TARGET)
    return Outlook(left_s=left_s, or_less=training or may_be_known)


def _frames(progress: JobProgress) -> dict[str, int]:
    """Frames of source and target, as the first stage that counted them did."""
    found: dict[str, int] = {}
    for stage in progress.stages:
        role = USUAL[stage.stage][0] if stage.stage in USUAL else ""
        if role and stage.total:
            found.setdefault(role, stage.total)
    return found


def _share(stage: StageProgress) -> float:
    return 1.0 if stage.ended else stage.fraction or 0.0


def _left(stage: StageProgress, budget_s: float) -> float:
    if stage.ended:
        return 0.0
    if stage.left_s is not None and (stage.fraction or 0.0) >= SPOKEN:
        return stage.left_s
    return max(budget_s - stage.seconds, 0.0)
