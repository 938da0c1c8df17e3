"""`measure`: figures of synthetic pairs and of the user's clips -> one page, from one version on one machine."""

from pathlib import Path

from omegaconf import DictConfig

from motion_transfer.assembly import choose_device
from motion_transfer.evaluation.measured import Measured
from motion_transfer.files.assets import work_folder
from motion_transfer.files.bodies import load_body
from motion_transfer.files.video_writer import check_writable
from motion_transfer.measured_settings import subjects, unpaired_measurement, variants
from motion_transfer.progress import make_listeners
from motion_transfer.protocols.measurement import measure, read_setup
from motion_transfer.protocols.unpaired import UnpairedFigures
from motion_transfer.protocols.unpaired_page import measure_unpaired


def main(config: DictConfig) -> list[Measured] | list[UnpairedFigures]:
    """Measure every subject with every conditioning, or unpaired transfer, and print where the page is."""
    setup, folder = read_setup(choose_device(config.device)), Path(config.folder)
    if config.what is not None:
        return _measure_unpaired(str(config.what), config)
    output, folder = Path(config.output), Path(config.folder)
    check_writable(output, suffix=".md")
    setup = read_setup(choose_device(config.device))
    # Of this code alone, so that nothing is found that another version made.
    work = config.work_dir or str(folder / "work" / setup.code[:12])
    measured = measure(subjects(config), variants(config, work), setup, folder, output)
    print(f"Results: {output}, figures: {output.with_suffix('.json')}, pictures: {folder}")
    return measured


def _measure_unpaired(what: str, config: DictConfig) -> list[UnpairedFigures]:
    if what != "unpaired":
        raise ValueError(f"expected unpaired or nothing to measure, got {what}; clips are given as clips=[{what}]")
    output, folder, device = Path(config.unpaired.output), Path(config.folder), choose_device(config.device)
    check_writable(output, suffix=".md")
    listeners, body = make_listeners(config.progress), load_body("free", None, kept_in=work_folder(config.work_dir))
    found = measure_unpaired(unpaired_measurement(config), body, folder / "unpaired", output, device, listeners)
    print(f"Figures: {output}, the same as numbers: {output.with_suffix('.json')}, trainings: {folder / 'unpaired'}")
    return found
