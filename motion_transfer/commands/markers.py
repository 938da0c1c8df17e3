"""`markers`: the names of the body's points that a file of markers may place on a character."""

from omegaconf import DictConfig

from motion_transfer.body.surface_markers import NAMES, describe


def main(_: DictConfig) -> None:
    """Print every name, and where the point is."""
    width = max(map(len, NAMES))
    for name in NAMES:
        print(f"{name:<{width}}  {describe(name)}")
