"""`report FILE`: writes the page of a finished run again, from its report."""

from pathlib import Path

from omegaconf import DictConfig

from motion_transfer.evaluation.report_page import SUFFIX, write_page


def main(config: DictConfig) -> list[Path]:
    """Write the page of one report, or of all in a folder, and print where it is."""
    given = Path(config.report)
    named = given if given.name.endswith(SUFFIX) else given.with_suffix(SUFFIX)
    reports = sorted(given.glob(f"*{SUFFIX}")) if given.is_dir() else [named]
    if not reports:
        raise ValueError(f"expected a folder with NAME{SUFFIX}, got {given} without one; name a transfer's video")
    pages = [write_page(report) for report in reports]
    print("\n".join(f"Report: {page}" for page in pages))
    return pages
