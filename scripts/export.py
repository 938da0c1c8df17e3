"""`python scripts/export.py`: the same as `motion-transfer export`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("export")
