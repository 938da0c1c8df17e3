"""`python scripts/transfer.py`: the same as `motion-transfer transfer`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("transfer")
