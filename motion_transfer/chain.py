"""The settings of a transfer -> the finished transfer: inputs opened, stages assembled, the pipeline's verbs called."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from motion_transfer.appearance.background import OWN, Background, read_background
from motion_transfer.assembly import Assembled, reading_of
from motion_transfer.detection import find_person
from motion_transfer.domain.clip import Clip
from motion_transfer.files.paths import title
from motion_transfer.inputs import check_output, open_target
from motion_transfer.pipeline import Transferred, learn_performer, transfer
from motion_transfer.result import EMPTY, HOLD
from motion_transfer.sources import Source, frame_rate, open_source
from motion_transfer.stages import LearnedPerformer, Stages

# A source of which nothing is asked.
AS_IT_IS: dict[str, Any] = {
    "fps": None,
    "up": "auto",
    "mapping": None,
    "source_edit": {},
    "missing": HOLD,
    "check_pose": False,
    "source_person": None,
    "target_person": None,
    "background": OWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferInputs:
    """What a transfer works on, looked through before any work.

    Attributes:
        target: footage to learn the person from; None where `performer` names one learned before.
        background: in place of the target's room; None for that.
    """

    source: Source
    target: Clip | None
    performer: Path | None
    output: Path
    background: Background | None


def open_inputs(config: DictConfig) -> TransferInputs:
    """Check the inputs of a transfer and the place of its result.

    Raises:
        FileNotFoundError: an input is not there.
        ValueError: there are both or neither of target and performer, one cannot be read, or a setting makes no sense.
    """
    if (config.target is None) == (config.performer is None):
        got = "neither" if config.target is None else "both"
        raise ValueError(f"expected a TARGET video or performer=DIR, got {got}; give one of them")
    named = f"{title(config.source)}_as_{title(config.target or config.performer)}.mp4"
    output = Path(config.output or named)
    asked = {"fps": config.fps, "up": config.up, "mapping": config.mapping, "source_edit": config.source_edit}
    of_source, of_target = (_person_setting(config, role) for role in ("source", "target"))
    source = open_source(config.source, **asked, reading=reading_of(config, of_source))
    reading = replace(reading_of(config, of_target), rotate=None, fps=frame_rate(config.fps))
    target = None if config.target is None else open_target(config.target, reading)
    check_output(output, (config.source, config.target))
    background = read_background(config.background)
    if config.missing not in (HOLD, EMPTY):
        raise ValueError(f"expected missing=hold or missing=empty, got missing={config.missing}; take one of them")
    if config.check_pose and config.side_by_side:
        raise ValueError(
            "expected check_pose=true or side_by_side=true, got both, and the source's person could be taken for the "
            "result's; leave one out"
        )
    if config.body == "character" and source.clip is not None:
        raise ValueError(
            "expected a motion file as the source for body=character, got a video, whose dancer has another body; "
            "learn the character with train, then give transfer its performer=DIR and the usual body"
        )
    for role, there in (("source", source.clip), ("target", target)):
        if there is None and config[f"{role}_person"] is not None:
            raise ValueError(
                f"expected a video as the {role} for {role}_person, got {config[role] or config.performer}; "
                "leave the setting out"
            )
    performer = None if config.performer is None else Path(config.performer)
    return TransferInputs(source=source, target=target, performer=performer, output=output, background=background)


def perform(
    inputs: TransferInputs, config: DictConfig, made: Assembled, command: str | None = None
) -> tuple[Transferred, LearnedPerformer]:
    """Capture, learn where no performer is given, and transfer.

    Args:
        command: the command line of the run, for its report.
    """
    stages, run, source = made.stages, made.run, inputs.source
    if inputs.performer is not None:
        learned = load(inputs.performer, stages)
        motion = source.motion(stages, run, learned.performer.model)
    else:  # what can be wrong with either clip shows before the training, which takes longest
        assert inputs.target is not None
        moving = None if source.clip is None else find_person(source.clip, stages, run, "source")
        filmed = find_person(inputs.target, stages, run, "target")
        motion = source.motion(stages, run, found=moving)
        learned = learn_performer(inputs.target, stages, run, filmed)
    if inputs.background is not None:
        stages = replace(stages, synthesizer=replace(stages.synthesizer, background=inputs.background))
    asked = {"side_by_side": config.side_by_side, "missing": config.missing, "check_pose": config.check_pose}
    return transfer(motion, learned, inputs.output, stages, run, **asked, command=command), learned


def _person_setting(config: DictConfig, role: str) -> str:
    """The setting that says who is meant in a clip: its own, or the one for both."""
    return f"{role}_person" if config[f"{role}_person"] is not None else "person"


def load(folder: Path, stages: Stages) -> LearnedPerformer:
    """A performer that was learned before."""
    return LearnedPerformer(folder=folder, performer=stages.learner.stage.load(folder), name=str(folder))
