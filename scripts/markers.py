"""`python scripts/markers.py`: the same as `motion-transfer markers`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("markers")
