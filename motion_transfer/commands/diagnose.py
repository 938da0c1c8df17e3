"""`diagnose performer=DIR`: questions to a learned performer, and what the answers mean for its user."""

import json
from pathlib import Path

import hydra
import torch
from omegaconf import DictConfig

from motion_transfer.commands.answers import Answer, ask_sensitivity, ask_sharpness
from motion_transfer.commands.answers_of_patterns import ask_patterns
from motion_transfer.commands.answers_of_size import ask_channels
from motion_transfer.commands.answers_of_snapshots import ask_snapshots
from motion_transfer.commands.answers_of_training import ask_averaging, ask_margins
from motion_transfer.commands.recall import Recalled, recall
from motion_transfer.evaluation.patches import PatchDistance
from motion_transfer.evaluation.sheet import contact_sheet
from motion_transfer.files.pictures import write_png
from motion_transfer.performers.examination import OwnFrames, held_out_places, person_error
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.reenactment import reenact
from motion_transfer.performers.storage import load_performer
from motion_transfer.pipeline import choose_device
from motion_transfer.progress import Progress
from motion_transfer.synthesis.compositor import Outline
from motion_transfer.training.diagnostics.experiment import run_experiment
from motion_transfer.training.diagnostics.findings import write_findings

SHEET_PX, MOST_SHOWN = 256, 12


def main(config: DictConfig) -> None:
    """Ask, write figures and `diagnosis.json`, and say what was found."""
    if config.performer is None:
        raise ValueError("expected performer=DIR, got none; name a folder that train or transfer printed")
    folder = Path(config.performer)
    performer, device = load_performer(folder), choose_device(config.device)
    output = Path(config.output) if config.output else Path(f"{folder.name}.diagnosis")
    recalled = None if config.clip is None else recall(config, folder, Path(config.clip))
    output.mkdir(parents=True, exist_ok=True)
    progress, draw = Progress(), torch.Generator().manual_seed(config.seed)
    if performer.generator.texture is not None:
        performer.generator.texture.requires_grad_(False)  # torch cannot differentiate its lookup twice
    patches = PatchDistance()
    errors = {} if recalled is None else _held_out(performer, recalled, config, progress, patches)
    performer.generator.to(device)
    synthesizer = hydra.utils.instantiate(config.synthesizer, device=device)
    frames = OwnFrames(performer, synthesizer.window(performer, performer.facts.motion))
    sensitive, suspects = ask_sensitivity(frames, errors, config.sensitivity, progress, draw)
    _write_suspects(output / "suspects.png", frames, suspects)
    answers, notes = [sensitive], []
    if recalled is None:
        notes.append("The clip was not given: add clip=CLIP, the one it was learned from, to hear more.")
    else:
        with progress.stage("patterns, sharpness, averaging, margins, snapshots"):
            found = [
                ask_patterns(patches, config.patterns, draw),
                ask_sharpness(performer, recalled, config.sharpness, draw),
                ask_averaging(performer, recalled, config.margins),
                ask_margins(performer, recalled, config.margins),
                *ask_snapshots(performer, recalled, config.snapshots),
            ]
        if config.channels.steps:
            with progress.stage("channels"):
                found.append(ask_channels(performer, recalled, config.channels))
        answers += [answer for answer in found if isinstance(answer, Answer)]
        notes += [answer for answer in found if isinstance(answer, str)]
    if config.experiment:
        notes.append(_experiment(output / "experiment", config.seed, progress))
    for answer in answers:
        (output / f"{answer.name}.svg").write_text(answer.figure, encoding="utf-8")
    report = {answer.name: {"meaning": answer.sentence, **answer.numbers} for answer in answers}
    text = json.dumps({"performer": str(folder), **report, "notes": notes}, indent=1, allow_nan=False)
    (output / "diagnosis.json").write_text(text, encoding="utf-8")
    print("\n".join([*(answer.sentence for answer in answers), *notes, f"Figures and numbers: {output}"]))


def _held_out(
    performer: Performer, recalled: Recalled, config: DictConfig, progress: Progress, patches: PatchDistance
) -> dict[int, float]:
    """Paint the frames that did not teach, on the CPU, where the footage is: their errors by number, and their patches.

    Args:
        patches: gathers those of the person.
    """
    lesson, errors = recalled.lesson, {}
    places = held_out_places(lesson, performer)
    outline = Outline(floor=config.synthesizer.alpha_floor, reach_px=performer.facts.reach_px)
    with progress.stage("held-out frames", len(places)) as stage:
        for place, seen in zip(places, reenact(performer.generator, lesson, places, outline), strict=True):
            patches.add(seen.painted, seen.truth, seen.person & ~seen.held)
            error = person_error(seen)
            if error is not None:
                errors[lesson.footage.numbers[place]] = error
            stage.advance()
    return errors


def _write_suspects(path: Path, frames: OwnFrames, suspects: list[int]) -> None:
    shown = sorted(suspects[:MOST_SHOWN])
    painted = [frames.paint(number) for number in shown]
    write_png(path, contact_sheet({"painted": painted}, [f"frame {number}" for number in shown], SHEET_PX))


def _experiment(folder: Path, seed: int, progress: Progress) -> str:
    with progress.stage("experiment"):
        findings = run_experiment(seed)
    write_findings(findings, folder)
    shown = sum(finding.reproduced for finding in findings)
    return f"{shown} of {len(findings)} published effects show on the small task: {folder / 'findings.md'}"
