"""`python scripts/animate.py`: the same as `motion-transfer animate`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("animate")
