"""The text of a BVH file -> words with their lines, and then numbers, a piece of the file at a time."""

import io
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motion_transfer.motion_files.number_table import NumberTable

LARGEST = 1e7  # in the file's unit of length, or degrees
LINES = 500  # that are turned into numbers at a time
LONGEST_HEADER = 200_000  # words before the numbers
LONGEST_LINE = 1 << 22  # letters
COMMENTS = ("#", "//")
BRACE = re.compile(r"[{}]")
FRAME_TIME = re.compile(r"\bFRAME\s*TIME\s*:\s*\S+", re.IGNORECASE)
FRAME_TIME_ALONE = re.compile(r"\bFRAME\s*TIME\s*:\s*$", re.IGNORECASE)
BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the file and the line that it stands in."""

    text: str
    line: int

    @property
    def upper(self) -> str:
        """In capitals."""
        return self.text.upper()

    def number(self) -> float:
        """The word as a number; a decimal comma counts as a point.

        Raises:
            ValueError: it is none, not finite, or beyond all measure.
        """
        found = _as_number(self.text.replace(",", "."))
        if found is None or not abs(found) <= LARGEST:
            raise ValueError(f"line {self.line}: expected a number up to {LARGEST:g}, got {self.text[:30]}")
        return found

    def whole_number(self) -> int:
        """The word as a whole number of at least 0.

        Raises:
            ValueError: it is none.
        """
        if not self.text.isascii() or not self.text.isdigit() or len(self.text) > 9:
            raise ValueError(f"line {self.line}: expected a whole number, got {self.text[:30]}")
        return int(self.text)


@contextmanager
def open_lines(path: Path) -> Iterator[Iterator[tuple[int, str]]]:
    """The numbered lines of a text file, whatever ends them, without comments; UTF-8 or UTF-16 with its mark."""
    with path.open("rb") as file:
        encoding = BYTE_ORDER_MARKS.get(file.read(2), "utf-8-sig")
        file.seek(0)
        text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline=None)
        yield _numbered(text)
        text.detach()


def _numbered(text: io.TextIOWrapper) -> Iterator[tuple[int, str]]:
    for number in itertools.count(1):
        line = text.readline(LONGEST_LINE)
        if not line:
            return
        if len(line) >= LONGEST_LINE:
            raise ValueError(f"line {number}: expected at most {LONGEST_LINE} letters in a line")
        if not line.lstrip().startswith(COMMENTS):
            yield number, line


def header_words(lines: Iterator[tuple[int, str]]) -> tuple[list[Word], Iterator[tuple[int, str]]]:
    """The words up to the frame time, and the lines of numbers behind it.

    Raises:
        ValueError: there are no words, or no frame time follows.
    """
    words: list[Word] = []
    waiting = ""  # a line that ends before the frame time's number
    for number, line in lines:
        line = waiting + line
        waiting = f"{line.rstrip()} " if FRAME_TIME_ALONE.search(line) else ""
        if waiting:
            continue
        end = FRAME_TIME.search(line)
        header = line if end is None else line[: end.end()]
        words += [Word(text, number) for text in BRACE.sub(r" \g<0> ", header).split()]
        if words and words[0].upper != "HIERARCHY":
            break
        if end is not None:
            return words, itertools.chain([(number, line[end.end() :])], lines)
        if len(words) > LONGEST_HEADER:
            raise ValueError(f"line {number}: expected at most {LONGEST_HEADER} words before the frames")
    if not words or words[0].upper != "HIERARCHY":
        raise ValueError(f"expected HIERARCHY at its beginning, got {words[0].text[:20] if words else 'nothing'}")
    raise ValueError(f"line {words[-1].line}: expected Frames: and Frame Time: behind MOTION; it is cut short")


def motion_numbers(lines: Iterator[tuple[int, str]], owners: list[str], *, most: int) -> NumberTable:
    """Every number behind the header, in a row for each frame.

    Args:
        owners: the joint of each channel.
        most: numbers that the file may hold.

    Raises:
        ValueError: a word is no number, not finite or beyond all measure; with its line, frame and joint.
    """
    table = NumberTable(len(owners))
    commas = None  # what a comma stands for in this file
    while block := list(itertools.islice(lines, LINES)):
        text = " ".join(line for _, line in block)
        if "," in text:
            commas = commas or (" " if "." in text else ".")
            text = text.replace(",", commas)
        words = text.split()
        try:
            numbers = np.fromiter(map(float, words), np.float64, len(words))
        except ValueError:
            numbers = None
        if numbers is None or not (np.abs(numbers) <= LARGEST).all():
            raise _wrong_number(block, commas, table.count, owners)
        table.append(numbers)
        if table.count > most:
            raise ValueError(f"line {block[-1][0]}: expected at most {most} numbers, got more")
    return table


def _wrong_number(block: list[tuple[int, str]], commas: str | None, before: int, owners: list[str]) -> ValueError:
    for number, line in block:
        for word in line.replace(",", commas or ",").split():
            found = _as_number(word)
            if found is None or not abs(found) <= LARGEST:
                frame, joint = before // len(owners) + 1, owners[before % len(owners)]
                return ValueError(
                    f"line {number}: expected numbers up to {LARGEST:g}, got {word[:30]} in frame {frame} of {joint}"
                )
            before += 1
    return ValueError("expected numbers behind the frame time")


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
