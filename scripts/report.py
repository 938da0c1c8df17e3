"""`python scripts/report.py`: the same as `motion-transfer report`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("report")
