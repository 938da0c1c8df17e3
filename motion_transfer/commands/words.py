"""What a command says at its end, and what several commands say alike."""

from collections.abc import Collection, Mapping
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


def check_replaceable(folder: Path, holds: Collection[str]) -> None:
    """Fail rather than replace a folder of the user's by a result.

    Args:
        folder: where the result shall stand.
        holds: names of the files that an older result of that kind holds.

    Raises:
        ValueError: there is a file, or a folder with something else in it.
    """
    if folder.is_dir():
        others = sorted(path.name for path in folder.iterdir() if path.name not in holds)
        if others:
            raise ValueError(
                f"expected a new folder or one with an older result, got {folder}, which holds {others[0]!r} as well; "
                "name another one"
            )
    elif folder.exists():
        raise ValueError(f"expected a folder, got the file {folder}; name another one")


def existing_file(path: str, what: str) -> Path:
    """The path of a file that is there.

    Raises:
        FileNotFoundError: it is not.
    """
    found = Path(path)
    if not found.is_file():
        raise FileNotFoundError(f"expected {what}, found no file at {found}; check the path")
    return found
