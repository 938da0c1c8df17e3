"""`python scripts/show.py`: the same as `motion-transfer show`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("show")
