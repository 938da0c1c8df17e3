"""`python scripts/check.py`: the same as `motion-transfer check`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("check")
