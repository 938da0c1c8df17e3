"""`python scripts/train_hmr.py`: the same as `motion-transfer train_hmr`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("train_hmr")
