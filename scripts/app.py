"""`python scripts/app.py`: the same as `motion-transfer app`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("app")
