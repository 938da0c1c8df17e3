"""`python scripts/train_unpaired.py`: the same as `motion-transfer train_unpaired`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("train_unpaired")
