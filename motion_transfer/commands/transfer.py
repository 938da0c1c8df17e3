"""`transfer SOURCE TARGET`: the target person doing the source's motion."""

import shlex
from pathlib import Path

from omegaconf import DictConfig

from motion_transfer.commands.assembly import assemble
from motion_transfer.domain.clip import Clip
from motion_transfer.evaluation.report import summary_lines
from motion_transfer.files.clips import open_clip
from motion_transfer.files.paths import existing_file
from motion_transfer.files.video_writer import check_writable
from motion_transfer.pipeline import Transferred, check_long_enough, learn_performer, transfer
from motion_transfer.sources import open_source
from motion_transfer.stages import LearnedPerformer, Stages


def main(config: DictConfig) -> Transferred:
    """Open the inputs, run the pipeline's verbs, and print where the result is and how good it became."""
    source, target = _inputs(config)
    output = Path(config.output) if config.output else Path(f"{source.stem}_as_{_target_name(config)}.mp4")
    _check_output(output, source, target)
    opened = open_source(source, fps=config.fps, up=config.up, mapping=config.mapping, source_edit=config.source_edit)
    filmed = None if target is None else _long_enough(open_clip(target))
    made = assemble(config)
    stages, run = made.stages, made.run
    learned = load(Path(config.performer), stages) if filmed is None else learn_performer(filmed, stages, run)
    motion = opened.motion(stages, run, learned.performer.model)
    done = transfer(motion, learned, output, stages, run, side_by_side=config.side_by_side)
    print("\n".join([*summary_lines(done.report), f"Report: {output.with_suffix('.report.json')}"]))
    print(f"Performer: {learned.folder} (reuse it with {shlex.quote(f'performer={learned.folder}')})")
    return done


def load(folder: Path, stages: Stages) -> LearnedPerformer:
    """A performer that was learned before."""
    return LearnedPerformer(folder=folder, performer=stages.learner.stage.load(folder), name=str(folder))


def _inputs(config: DictConfig) -> tuple[Path, Path | None]:
    source = existing_file(config.source, "a source video or motion file")
    if (config.target is None) == (config.performer is None):
        got = "neither" if config.target is None else "both"
        raise ValueError(f"expected a TARGET video or performer=DIR, got {got}; give one of them")
    if config.performer is not None:
        return source, None
    return source, existing_file(config.target, "a target video")


def _check_output(output: Path, source: Path, target: Path | None) -> None:
    check_writable(output)
    for given in (source, target):
        if given is not None and output.exists() and output.samefile(given):
            raise ValueError(f"expected an output of its own, got {output}, which is an input; name another file")


def _long_enough(clip: Clip) -> Clip:
    check_long_enough(clip)
    return clip


def _target_name(config: DictConfig) -> str:
    return Path(config.target or config.performer).stem
