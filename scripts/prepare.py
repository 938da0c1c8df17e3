"""`python scripts/prepare.py`: the same as `motion-transfer prepare`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("prepare")
