"""`python scripts/benchmark.py`: the same as `motion-transfer benchmark`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("benchmark")
