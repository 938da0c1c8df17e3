"""`python examples/run_published_effects.py --output FOLDER`: reproduce eight published effects on a small task."""

import argparse
from pathlib import Path

from published_effects.effect import write_effects
from published_effects.effects import reproduce_effects


def main(argv: list[str] | None = None) -> None:
    """Reproduce the effects, write figures and `effects.md`, and print which of them show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("published_effects"), help="folder of the figures")
    parser.add_argument("--seed", type=int, default=0, help="of data, networks and noise")
    chosen = parser.parse_args(argv)
    effects = reproduce_effects(chosen.seed)
    write_effects(effects, chosen.output)
    shown = sum(effect.reproduced for effect in effects)
    print(f"{shown} of {len(effects)} published effects show: {chosen.output / 'effects.md'}")


if __name__ == "__main__":
    main()
