"""Damaged copies of files, the same for the same seed, and what reading one may come to."""

import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

COUNT = 500  # for each reader
LONGEST_S = 20  # for one file: far more than any needs, so that only a reader that hangs gets there
MOST_BYTES = 800 << 20  # beyond what the process takes already
ODD_WORDS = ("nan", "inf", "-inf", "-1", "0", "1e308", "-3", "99999999999999999999", "null", "[]", "{}", "{", "}", "[")
ODD_WORDS += (
    "true",
    "''",
    "...",
    "\x00",
    "\x1b[31m",
    "é",
    "${oc.env:HOME}",
    "_target_",
    "!!python/name:os.system",
    "&a",
)


def damaged(content: bytes, seed: int) -> bytes:
    """The content with a few bits, bytes or stretches changed, dropped, doubled or moved."""
    draw = np.random.default_rng([seed, 1])
    changed = bytearray(content)
    for _ in range(draw.integers(1, 4)):
        if not changed:
            break
        start = int(draw.integers(len(changed)))
        stop = min(len(changed), start + 1 + int(draw.integers(1, 1 + min(64, len(changed)))))
        match int(draw.integers(7)):
            case 0:
                changed[start] ^= 1 << int(draw.integers(8))
            case 1:
                changed[start:stop] = draw.bytes(stop - start)
            case 2:
                del changed[start:]
            case 3:
                del changed[start:stop]
            case 4:
                changed[start:start] = changed[start:stop]
            case 5:
                changed[start:stop] = bytes(stop - start)
            case 6:
                changed[start:start] = draw.bytes(stop - start)
    return bytes(changed)


def reworded(text: str, seed: int) -> str:
    """The text with a few of its words replaced, dropped, doubled or moved."""
    draw = np.random.default_rng([seed, 2])
    words = text.split(" ")
    for _ in range(draw.integers(1, 4)):
        at, other = (int(draw.integers(len(words))) for _ in range(2))
        match int(draw.integers(5)):
            case 0 | 1:
                words[at] = str(draw.choice(ODD_WORDS))
            case 2:
                words[at], words[other] = words[other], words[at]
            case 3:
                words.insert(at, words[other])
            case 4:
                words[at : at + int(draw.integers(1, 5))] = [""]
    return " ".join(words)


@contextmanager
def within_bounds() -> Iterator[None]:
    """Fail where the block takes far too long or far too much memory."""

    def too_long(*_: object) -> None:
        raise AssertionError(f"took more than {LONGEST_S} s")

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    usual = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(LONGEST_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, usual)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
    assert grown < MOST_BYTES, f"took {grown} bytes"


def outcome(read: Callable[[Path], Any], path: Path) -> Any:
    """What the reader makes of the file; None where it refuses it in one line that names it."""
    said = ""
    with within_bounds():
        try:
            return read(path)
        except (ValueError, FileNotFoundError) as refused:
            said = str(refused)
    assert said.startswith("expected "), said
    assert "got" in said, said
    assert "\n" not in said, said
    return None


def fates(
    write: Callable[[int], None],
    read: Callable[[Path], Any],
    path: Path,
    accept: Callable[[Any], None],
    count: int = COUNT,
) -> int:
    """Read many damaged files; gives how many were refused.

    Args:
        write: the damaged file of a seed.
        accept: checks what a reader made of a file that it did not refuse.
    """
    refused = 0
    for seed in range(count):
        write(seed)
        try:
            found = outcome(read, path)
            refused += found is None
            if found is not None:
                accept(found)
        except Exception as failure:
            raise AssertionError(f"seed {seed}: {type(failure).__name__}: {failure}") from failure
    return refused


def damage(path: Path, content: bytes) -> Callable[[int], None]:
    """What writes the file damaged in a way that a seed chooses."""

    def write(seed: int) -> None:
        path.write_bytes(damaged(content, seed))

    return write


def reword(path: Path, text: str) -> Callable[[int], None]:
    """What writes the text with other words, chosen by a seed."""

    def write(seed: int) -> None:
        path.write_text(reworded(text, seed), errors="surrogatepass")

    return write
