"""What a command says at its end, and what several commands say alike."""

from collections.abc import Mapping
from pathlib import Path

from motion_transfer.evaluation.report import Report, TrainingRun, summary_lines, write_report
from motion_transfer.performers.performer import Performer


def finish(report: Report, path: Path) -> None:
    """Write the report and print its summary."""
    write_report(path, report)
    print("\n".join([*summary_lines(report), f"Report: {path}"]))


def training_run(performer: Performer) -> TrainingRun:
    """How the performer was trained, in this run or an earlier one."""
    facts = performer.facts
    return TrainingRun(steps=facts.steps, seconds=facts.seconds, device=facts.device)


def held_out_scores(performer: Performer) -> Mapping[str, float | int]:
    """Scores of the frames that were kept out of training."""
    facts = performer.facts
    return {
        "psnr": facts.psnr,
        "psnr_person": facts.psnr_person,
        "psnr_person_without_held": facts.psnr_person_without_held,
        "ssim": facts.ssim,
        "flicker": facts.flicker,
        "frames": facts.frames,
    }
