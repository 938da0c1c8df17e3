"""A job: what it is to do, and how far it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
ENDED = (DONE, FAILED, CANCELLED)
CANCEL, FINISH = "cancel", "finish"  # what a running job may be asked for
LONGEST_TITLE = 100
ID = re.compile(r"[0-9a-f]{16}")

Option = str | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSettings:
    """What a job is to do; its inputs lie in its folder.

    Attributes:
        options: settings of `transfer` that people change, by their names.
        overrides: further ones as the command line takes them, from whoever runs the store and never from a page.
    """

    source_title: str
    target_title: str
    options: Mapping[str, Option] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What people call the job."""
        return f"{self.source_title} as {self.target_title}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as the index knows it.

    Attributes:
        id: its folder's name.
        position: in the order of the queue.
        lane: of the device that it runs on; one job at a time runs in each.
        wish: what was asked of it while it runs: `cancel`, `finish`, or nothing.
        attempts: how often it was started since somebody asked for it.
        error: why it failed, in one line.
        performer: the one that it learned, by its name in the gallery.
    """

    id: str
    position: int
    title: str
    state: str
    lane: str
    wish: str = ""
    attempts: int = 0
    error: str = ""
    performer: str = ""
    created_s: float
    started_s: float | None = None
    ended_s: float | None = None


def plain_title(text: str) -> str:
    """Text of a stranger's as a title: printable, on one line, not too long."""
    words = "".join(letter if letter.isprintable() else " " for letter in text).split()
    return " ".join(words)[:LONGEST_TITLE].strip() or "untitled"


def check_id(text: str) -> str:
    """A name that this program has made, which is safe to be part of a path.

    Raises:
        ValueError: it is another text.
    """
    if ID.fullmatch(text) is None:
        raise ValueError(f"expected the name of a job, an upload or a performer, got {text[:40]!r}; reload the list")
    return text
