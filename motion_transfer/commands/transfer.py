"""`transfer SOURCE TARGET`: the target person doing the source's motion."""

import shlex
from pathlib import Path

from omegaconf import DictConfig

from motion_transfer.assembly import assemble
from motion_transfer.detection import find_person
from motion_transfer.evaluation.report import summary_lines
from motion_transfer.files.clips import Reading
from motion_transfer.inputs import check_output, open_target, title
from motion_transfer.pipeline import Transferred, learn_performer, transfer
from motion_transfer.result import EMPTY, HOLD
from motion_transfer.sources import frame_rate, open_source
from motion_transfer.stages import LearnedPerformer, Stages

# A source of which nothing is asked.
AS_IT_IS = {"fps": None, "up": "auto", "mapping": None, "source_edit": {}, "missing": HOLD}


def main(config: DictConfig) -> Transferred:
    """Open the inputs, run the pipeline's verbs, and print where the result is and how good it became."""
    if (config.target is None) == (config.performer is None):
        got = "neither" if config.target is None else "both"
        raise ValueError(f"expected a TARGET video or performer=DIR, got {got}; give one of them")
    named = f"{title(config.source)}_as_{title(config.target or config.performer)}.mp4"
    output = Path(config.output or named)
    asked = {"fps": config.fps, "up": config.up, "mapping": config.mapping, "source_edit": config.source_edit}
    source = open_source(config.source, **asked, gaps=config.gaps, rotate=config.rotate)
    reading = Reading(gaps=config.gaps, fps=frame_rate(config.fps))
    target = None if config.target is None else open_target(config.target, reading)
    check_output(output, (config.source, config.target))
    if config.missing not in (HOLD, EMPTY):
        raise ValueError(f"expected missing=hold or missing=empty, got missing={config.missing}; take one of them")
    if config.body == "character" and source.clip is not None:
        raise ValueError(
            "expected a motion file as the source for body=character, got a video, whose dancer has another body; "
            "learn the character with train, then give transfer its performer=DIR and the usual body"
        )
    made = assemble(config)
    stages, run = made.stages, made.run
    if target is None:
        learned = load(Path(config.performer), stages)
        motion = source.motion(stages, run, learned.performer.model)
    else:  # what can be wrong with either clip shows before the training, which takes longest
        moving = None if source.clip is None else find_person(source.clip, stages, run, "source")
        filmed = find_person(target, stages, run, "target")
        motion = source.motion(stages, run, found=moving)
        learned = learn_performer(target, stages, run, filmed)
    done = transfer(motion, learned, output, stages, run, side_by_side=config.side_by_side, missing=config.missing)
    print("\n".join([*summary_lines(done.report), f"Report: {output.with_suffix('.report.html')}"]))
    print(f"Performer: {learned.folder} (reuse it with {shlex.quote(f'performer={learned.folder}')})")
    return done


def load(folder: Path, stages: Stages) -> LearnedPerformer:
    """A performer that was learned before."""
    return LearnedPerformer(folder=folder, performer=stages.learner.stage.load(folder), name=str(folder))
