"""`python scripts/diagnose.py`: the same as `motion-transfer diagnose`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("diagnose")
