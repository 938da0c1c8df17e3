"""What a user names, beside the source -> what the pipeline takes: the target and the place of the result."""

from collections.abc import Iterable
from pathlib import Path

from motion_transfer.domain.clip import Clip
from motion_transfer.files.clips import AS_FILMED, Reading, open_clip
from motion_transfer.files.paths import existing_footage
from motion_transfer.files.video_writer import check_writable
from motion_transfer.pipeline import check_long_enough


def open_target(path: str | Path, reading: Reading = AS_FILMED) -> Clip:
    """Open a clip to learn a person from.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no video, or shorter than a second.
    """
    clip = open_clip(existing_footage(path, "a target video"), reading=reading)
    check_long_enough(clip)
    return clip


def check_output(output: Path, inputs: Iterable[str | Path | None]) -> None:
    """Fail now where a result cannot be written, or would take the place of an input."""
    check_writable(output)
    for given in inputs:
        if given is not None and output.exists() and output.samefile(given):
            raise ValueError(f"expected an output of its own, got {output}, which is an input; name another file")
