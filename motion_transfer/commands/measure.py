"""`measure`: figures of synthetic pairs and of the user's clips -> one page, from one version on one machine."""

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf

from motion_transfer.commands.assembly import assemble, choose_device
from motion_transfer.domain.video import ImageSize
from motion_transfer.evaluation.measured import Measured, Setup, write_measured
from motion_transfer.evaluation.provenance import code_digest, describe_machine, versions
from motion_transfer.evaluation.results_page import results_page
from motion_transfer.files.bodies import load_body
from motion_transfer.files.clips import open_clip, part_of
from motion_transfer.files.paths import existing_file
from motion_transfer.files.replacing import replacing
from motion_transfer.files.video_reader import content_digest
from motion_transfer.files.video_writer import check_writable
from motion_transfer.pipeline import check_long_enough
from motion_transfer.protocols.measurement import ClipSubject, PairSubject, Subject, measure_once
from motion_transfer.protocols.split import split_frames
from motion_transfer.run import Run
from motion_transfer.stages import Stages
from motion_transfer.synthetic.pair import SyntheticPair, make_pair

RANGE = re.compile(r"(?P<path>.+):(?P<first>\d+)-(?P<stop>\d+)")
NO_PART_OF_A_RESULT = ("pairs", "clips", "conditions", "folder", "output", "work_dir", "progress", "train_fraction")


def main(config: DictConfig) -> list[Measured]:
    """Measure every subject under every condition, and write the page and its figures."""
    output, folder = Path(config.output), Path(config.folder)
    check_writable(output, suffix=".md")
    subjects = [*(_pair(config, seed) for seed in config.pairs), *(_clip(config, words) for words in config.clips)]
    if not subjects or not config.conditions:
        raise ValueError("expected a subject and a condition, got none; give pairs=[3] conditions=[smpl]")
    found = versions()
    machine = describe_machine(choose_device(config.device))
    setup = Setup(code=code_digest(), commit=found.get("git_commit"), machine=machine, versions=found)
    work = config.work_dir or str(folder / "work" / setup.code[:12])  # of this code alone, so that its times are too
    measured = []
    for subject, condition in product(subjects, config.conditions):
        make = partial(_assembled, config, {"condition": condition, "work_dir": work})
        measured.append(measure_once(subject, _settings(config) | {"condition": condition}, setup, folder, make))
    write_measured(output.with_suffix(".json"), measured)
    with replacing(output) as fresh:
        fresh.write_text(results_page(measured), encoding="utf-8")
    print(f"Results: {output}, figures: {output.with_suffix('.json')}, pictures: {folder}")
    return measured


def _assembled(config: DictConfig, changes: Mapping[str, Any]) -> tuple[Stages, Run]:
    made = assemble(cast(DictConfig, OmegaConf.merge(config, changes)))
    return made.stages, made.run


def _settings(config: DictConfig) -> dict[str, Any]:
    """The settings that shape a result; a body's file by its content."""
    plain = cast(dict[str, Any], OmegaConf.to_container(config, resolve=True))
    if plain["smpl_path"] is not None:
        plain["smpl_path"] = content_digest(existing_file(plain["smpl_path"], "an SMPL file"))
    return {name: setting for name, setting in plain.items() if name not in NO_PART_OF_A_RESULT}


def _pair(config: DictConfig, seed: int) -> Subject:
    drawing = {name: config[name] for name in ("seconds", "clip_fps", "height", "width")} | {"seed": seed}
    return PairSubject(drawing=drawing, draw=partial(_drawn, drawing))


def _drawn(drawing: dict[str, Any]) -> SyntheticPair:
    size = ImageSize(height=drawing["height"], width=drawing["width"])
    fps = Fraction(str(drawing["clip_fps"]))
    return make_pair(load_body("free", None), seed=drawing["seed"], size=size, seconds=drawing["seconds"], fps=fps)


def _clip(config: DictConfig, words: str) -> Subject:
    """A clip that is named as FILE or FILE:FIRST-STOP."""
    ranged = None if Path(words).exists() else RANGE.fullmatch(words)
    clip = open_clip(existing_file(ranged["path"] if ranged else words, "a video"))
    first, stop = (int(ranged["first"]), int(ranged["stop"])) if ranged else (0, None)
    split = split_frames(len(clip), start=first, stop=stop, train_fraction=config.train_fraction)
    check_long_enough(part_of(clip, split.first, split.split))
    return ClipSubject(clip=clip, split=split)
