"""`python training_process.py FOLDER`: a command that trains for long with workers, and says when it does."""

import sys
from pathlib import Path

from small_footage import small_footage
from small_learner import hooks, make_learner

from motion_transfer import cli
from motion_transfer.body.tiny_body import tiny_body
from motion_transfer.commands import demo
from motion_transfer.files.cache import Cache


def train(_: object) -> None:
    """Train in the cache's own folder; a line for every step."""
    learn, footage = make_learner("minutes=30", "training.workers=2"), small_footage(tiny_body())

    def advance(_: float) -> None:
        print("step", flush=True)

    with Cache(Path(sys.argv[1])).work_folder("training", "k") as checkpoints:
        learn(footage, None, checkpoints, hooks(advance=advance))


if __name__ == "__main__":
    demo.main = train  # pyright: ignore[reportAttributeAccessIssue]
    cli.run("demo", [])
