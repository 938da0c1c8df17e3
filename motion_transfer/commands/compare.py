"""`compare CLIP...`: methods side by side on the same frames, poses and minutes -> one page, figures and a plot."""

from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from motion_transfer.assembly import choose_device
from motion_transfer.configuration.compose import compose
from motion_transfer.configuration.composition import options
from motion_transfer.configuration.verbatim_settings import FILES_OF_THE_CHAIN
from motion_transfer.evaluation.measured import Measured
from motion_transfer.evaluation.quality_plots import write_quality_plots
from motion_transfer.files.video_writer import check_writable
from motion_transfer.measured_settings import subjects, variant
from motion_transfer.protocols.measurement import Variant, measure, read_setup


def main(config: DictConfig) -> list[Measured]:
    """Measure every clip and pair with every method, and print where the page is."""
    output, folder = Path(config.output), Path(config.folder)
    check_writable(output, suffix=".md")
    setup = read_setup(choose_device(config.device))
    work = config.work_dir or str(folder / "work" / setup.code[:12])
    measured = measure(subjects(config), variants(config, work), setup, folder, output)
    write_quality_plots(measured, folder)
    print(f"Comparison: {output}, figures: {output.with_suffix('.json')}, plots and pictures: {folder}")
    return measured


def variants(config: DictConfig, work: str) -> list[Variant]:
    """The settings of each method with each time of training.

    Raises:
        ValueError: there is no such method.
    """
    if any(word.startswith("experiment=") for word in config.given.overrides):
        raise ValueError("expected methods=[NAME,NAME], got experiment=NAME, which chooses one alone; name it there")
    known, variants = options("experiment"), []
    for method in config.methods or known:
        if method not in known:
            raise ValueError(f"expected methods out of {', '.join(known)}, got {method}")
        for minutes in config.budgets or [config.minutes]:
            # What the user set holds for every method, and comes after what the method sets.
            words = [f"experiment={method}", *config.given.overrides]
            chosen = compose("compare", words, [*map(Path, config.given.config_dirs)])
            for name in ("clips", *FILES_OF_THE_CHAIN):
                if (given := OmegaConf.select(config, name)) is not None:
                    OmegaConf.update(chosen, name, given)
            chosen.work_dir = work
            chosen.minutes = chosen.training.minutes = minutes
            variants.append(variant(f"experiment={method}", chosen))
    return variants
