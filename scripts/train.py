"""`python scripts/train.py`: the same as `motion-transfer train`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("train")
