"""`python scripts/jobs.py`: the same as `motion-transfer jobs`."""

from motion_transfer.cli import run

if __name__ == "__main__":
    run("jobs")
