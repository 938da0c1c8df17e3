"""Measuring the product: subjects x variants of the settings -> measurements, made once and stored, and their page."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import psutil

from motion_transfer.evaluation.measured import Measured, Setup, StageCost, read_measured, write_measured
from motion_transfer.evaluation.provenance import code_digest, describe_machine, versions
from motion_transfer.evaluation.results_page import results_page
from motion_transfer.files.cache import Cache
from motion_transfer.files.pictures import write_jpeg, write_png
from motion_transfer.files.replacing import replacing
from motion_transfer.protocols.method_sheet import SHOWN, method_sheet
from motion_transfer.protocols.subjects import Subject
from motion_transfer.run import Run
from motion_transfer.stages import Stages


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Settings to measure with.

    Args:
        name: the setting that tells it from the others.
        settings: all that shape the result, `minutes` among them.
        assemble: makes stages and a run of their own; called only where something has to be measured.
    """

    name: str
    settings: Mapping[str, Any]
    assemble: Callable[[], tuple[Stages, Run]]


def read_setup(device: str) -> Setup:
    """This code on this machine; `device` is `cpu` or `cuda`."""
    found = versions()
    return Setup(code=code_digest(), commit=found.get("git_commit"), machine=describe_machine(device), versions=found)


def measure(
    subjects: Sequence[Subject], variants: Sequence[Variant], setup: Setup, folder: Path, output: Path
) -> list[Measured]:
    """Measure every subject with every variant, and write the page to `output` and its figures beside it.

    Args:
        folder: of all measurements: each has a file, and a folder of the same name with its reports and pictures; for
            each subject there is a sheet of all methods, too. Those of drawn people are shown on the page.

    Raises:
        ValueError: there is nothing to measure.
    """
    if not subjects or not variants:
        raise ValueError("expected a subject and a condition, got none; give pairs=[3] conditions=[smpl]")
    measured = [measure_once(subject, variant, setup, folder) for subject, variant in product(subjects, variants)]
    sheets = dict[str, str]()
    for subject in subjects:
        places = {_title(variant): measurement_path(subject, variant, setup, folder) for variant in variants}
        sheet = method_sheet({name: path.with_suffix("") / SHOWN for name, path in places.items()})
        if sheet is not None:
            write_png(folder / f"{_words(subject.name)}_methods.png", sheet)
        if sheet is not None and subject.kind == "pair":
            beside = output.with_name(f"{output.stem}_{_words(subject.name)}.jpg")
            write_jpeg(beside, sheet)
            sheets[subject.name] = beside.name
    write_measured(output.with_suffix(".json"), measured)
    with replacing(output) as fresh:
        fresh.write_text(results_page(measured, sheets), encoding="utf-8")
    return measured


def measure_once(subject: Subject, variant: Variant, setup: Setup, folder: Path) -> Measured:
    """The stored measurement of a subject by this code on this machine with these settings, or a new one."""
    path = measurement_path(subject, variant, setup, folder)
    if path.is_file():
        return read_measured(path)
    load = psutil.getloadavg()[0]
    stages, run = variant.assemble()
    outcome = subject.measure(path.with_suffix(""), stages, run)
    measured = Measured(
        kind=subject.kind,
        subject=subject.name,
        method=variant.name,
        minutes=float(variant.settings["minutes"]),
        training=outcome.training,
        scores=outcome.scores,
        stages={
            stage: StageCost(name=cost.name, seconds=None if cost.cached else cost.seconds)
            for stage, cost in run.costs.items()
        },
        fallbacks=outcome.fallbacks,
        date=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        load=load,
        setup=setup,
    )
    write_measured(path, measured)
    return measured


def measurement_path(subject: Subject, variant: Variant, setup: Setup, folder: Path) -> Path:
    """The file of a measurement."""
    key = Cache(folder).key(setup.code, _plain(setup), subject.kind, *subject.identity, dict(variant.settings))
    return folder / f"{_words(f'{subject.name}_{variant.name}')}_{key[:12]}.json"


def _title(variant: Variant) -> str:
    return f"{variant.name}, {float(variant.settings['minutes']):g} minutes"


def _words(text: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in text)


def _plain(setup: Setup) -> dict[str, Any]:
    """What a measurement depends on beside the code: the machine and the packages, but not the name of the commit."""
    machine = setup.machine
    packages = {name: version for name, version in setup.versions.items() if name != "git_commit"}
    return {"machine": [machine.processor, machine.logical_cores, machine.memory_gb, machine.device], **packages}
