"""`markers`: the names of the body's points that a file of markers may place on a character."""

from omegaconf import DictConfig

from motion_transfer.body.surface_markers import NAMES, describe


def main(config: DictConfig) -> None:
    """Print the names, and where the points are."""
    shown = [name for name in NAMES if config.like is None or str(config.like) in name]
    if not shown:
        raise ValueError(f"expected a word that a marker's name has, got like={config.like}; leave it out to see all")
    width = max(map(len, shown))
    for name in shown:
        print(f"{name:<{width}}  {describe(name)}")
