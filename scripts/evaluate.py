"""`python scripts/evaluate.py`: the same as `motion-transfer evaluate`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("evaluate")
