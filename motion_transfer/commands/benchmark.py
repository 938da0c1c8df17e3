"""`benchmark`: how fast every stage is and how much memory a transfer takes, beside what they should reach."""

from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, cast

import hydra
import psutil
from omegaconf import DictConfig, OmegaConf

from motion_transfer.assembly import assemble
from motion_transfer.benchmarking.benchmark import NAMES, Benchmark, BenchmarkSettings, write_measurements
from motion_transfer.benchmarking.clips import BenchmarkClips
from motion_transfer.benchmarking.measurement import Measurement, table
from motion_transfer.chain import AS_IT_IS
from motion_transfer.commands import transfer
from motion_transfer.configuration.parts import complete_part
from motion_transfer.files.paths import existing_file

REPORTED = ("clip", "repeats", "resolution", "condition", "device", "speed_s", "speed_px", "memory_s", "memory_px")
REPORTED += ("train_s", "clip_fps", "drawn_s")


def main(config: DictConfig) -> list[Measurement]:
    """Measure, write and print."""
    names = _chosen(config.only)
    plain = cast(dict[str, Any], OmegaConf.to_container(config, resolve=True))
    settings = BenchmarkSettings(**{field.name: plain[field.name] for field in fields(BenchmarkSettings)})
    folder = Path(config.folder)
    output = Path(config.output) if config.output else folder / "benchmark.json"
    folder.mkdir(parents=True, exist_ok=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    plain["work_dir"] = config.work_dir or str(folder / "work")
    load_before = psutil.getloadavg()[0]  # before anything of ours runs
    benchmark = _benchmark(OmegaConf.create(plain), settings)
    measurements: list[Measurement] = []
    for name in names:
        measurements += benchmark(name)
        # After each, since all take a quarter of an hour.
        write_measurements(output, measurements, {name: plain[name] for name in REPORTED}, load_before)
    print(table(measurements))
    print(f"Benchmark: {output}")
    return measurements


def _benchmark(config: DictConfig, settings: BenchmarkSettings) -> Benchmark:
    folder = Path(config.folder)
    clips = BenchmarkClips(
        folder=folder,
        given=existing_file(config.clip, "a video of a person") if config.clip else None,
        drawn_px=max(config.speed_px, config.memory_px),
        drawn_s=config.drawn_s,
        drawn_fps=config.clip_fps,
        drawn_texture_px=config.drawn_texture_px,
    )
    made = assemble(config)
    model = made.stages.model
    compared = {str(name): complete_part(part, model=model) for name, part in config.compared.items()}
    return Benchmark(
        settings,
        clips,
        made.stages,
        made.run,
        partial(_transfer, cast(dict[str, Any], OmegaConf.to_container(config))),
        hydra.utils.instantiate(config.own_optimizers),
        hydra.utils.instantiate(config.own_optimizers_of_one_tensor),
        complete_part(config.characters, model=model, folder=folder / "characters"),
        complete_part(config.estimators, model=model, compared=compared, folder=folder),
    )


def _transfer(config: dict[str, Any], source: Path, performer: Path, output: Path, work: Path) -> None:
    inputs = {"source": source, "performer": performer, "output": output, "work_dir": work}
    options = {"target": None, "side_by_side": False}
    transfer.main(OmegaConf.create({**config, **AS_IT_IS, **inputs, **options}))


def _chosen(only: Any) -> list[str]:
    """Give the names of the measurements to make, in the order of `NAMES`.

    Raises:
        ValueError: a name that does not exist.
    """
    chosen = list(NAMES) if only is None else [only] if isinstance(only, str) else list(only)
    unknown = [name for name in chosen if name not in NAMES]
    if unknown or not chosen:
        raise ValueError(f"expected only=[...] with some of {', '.join(NAMES)}, got {', '.join(unknown) or 'none'}")
    return [name for name in NAMES if name in chosen]
