"""Read motion capture in the BVH format: a skeleton of offsets and, per frame, the Euler angles of every joint."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from motion_transfer.files.reading import reading
from motion_transfer.motion_files.bvh_text import Word, header_words, motion_numbers, open_lines
from motion_transfer.motion_files.number_table import NumberTable
from motion_transfer.motion_files.skeleton_clip import END, SkeletonClip, chained, euler_matrices

AXES = "XYZ"
MOST_BYTES, MOST_POSITIONS, MOST_JOINTS = 1 << 28, 40_000_000, 2000
SAMPLES = 1000  # frames that show what positions count from
SHORTEST_S, LONGEST_S = 1e-4, 1.0
CHANNEL = re.compile(r"([XYZ])[_ ]?(position|rotation|translation)", re.IGNORECASE)
REMEDY = "export it again"


@dataclass(slots=True)
class _Joint:
    """Channels are pairs of an axis, X, Y or Z, and `position` or `rotation`."""

    name: str
    parent: int
    offset: np.ndarray
    channels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BvhClip:
    """A parsed file, in its own axes and length unit; positions are computed for the frames that are asked for.

    Attributes:
        names: joints in the file's order; an end site has its parent's name with `_end`.
        offsets: of every joint from its parent.
        channels: of every joint, pairs of an axis and `position` or `rotation`.
        values: a row of all channels for every frame.
        relative: whether position channels below the root add to the offsets, instead of replacing them.
        seconds_per_frame: the file's frame time.
        notes: what was odd in the file, each in one sentence.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: Float[np.ndarray, "joint 3"]
    channels: tuple[tuple[tuple[str, str], ...], ...]
    values: NumberTable
    relative: bool
    seconds_per_frame: float
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def positions(self) -> Float[np.ndarray, "frame joint 3"]:
        """Of every joint in the file's world, in every frame."""
        return self.skeleton(np.arange(len(self))).positions

    def skeleton(self, frames: Int[np.ndarray, "chosen"]) -> SkeletonClip:
        """Forward kinematics of some frames."""
        values, rows = self.values[frames], len(frames)
        offsets = np.repeat(self.offsets[None], rows, 0)
        turns = np.broadcast_to(np.eye(3), (rows, len(self.names), 3, 3)).copy()
        for joint, columns in self._columns():
            channels = self.channels[joint]
            added = self.relative and self.parents[joint] >= 0
            turning = [kind == "rotation" for _, kind in channels]
            for (axis, kind), column in zip(channels, values[:, columns].T, strict=True):
                if kind == "position":
                    at = AXES.index(axis)
                    offsets[:, joint, at] = column + (self.offsets[joint, at] if added else 0)
            order = "".join(axis for axis, kind in channels if kind == "rotation")
            if order:
                turns[:, joint] = euler_matrices(order, values[:, columns][:, turning])
        rest, _ = chained(self.parents, self.offsets[None], np.broadcast_to(np.eye(3), (1, len(self.names), 3, 3)))
        positions, rotations = chained(self.parents, offsets, turns)
        return SkeletonClip(
            names=self.names,
            parents=self.parents,
            rest=rest[0],
            positions=positions,
            rotations=rotations,
            seconds_per_frame=self.seconds_per_frame,
            notes=self.notes,
        )

    def _columns(self) -> Iterator[tuple[int, slice]]:
        first = 0
        for joint, channels in enumerate(self.channels):
            if channels:
                yield joint, slice(first, first + len(channels))
            first += len(channels)


def read_bvh(path: Path) -> BvhClip:
    """BVH file -> its skeleton and channels.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not a BVH file, is cut short, or holds numbers beyond all measure; with the line.
    """
    with reading("a BVH motion file", path, remedy=REMEDY, most_bytes=MOST_BYTES), open_lines(path) as lines:
        words, rest = header_words(lines)
        joints, at = _parse_hierarchy(words)
        frames, seconds = _parse_motion_header(words[at:])
        return _clip(joints, frames, seconds, rest)


def _clip(joints: list[_Joint], announced: int, seconds: float, lines: Iterator[tuple[int, str]]) -> BvhClip:
    width = sum(len(joint.channels) for joint in joints)
    if width < 1:
        raise ValueError("expected channels, got none")
    if announced * len(joints) > MOST_POSITIONS:
        raise ValueError(f"expected at most {MOST_POSITIONS} positions, got {announced} frames of {len(joints)} joints")
    owners = [joint.name for joint in joints for _ in joint.channels]
    values = motion_numbers(lines, owners, most=MOST_POSITIONS * 2)
    if not len(values):
        raise ValueError(f"expected {announced} frames of {width} numbers, got {values.count} numbers")
    notes = _notes(joints, announced, len(values), values.count - len(values) * width)
    relative = _are_relative(joints, values)
    if relative:
        notes += ("Its joints' positions were taken for changes of their offsets, because they are near zero.",)
    return BvhClip(
        names=tuple(joint.name for joint in joints),
        parents=tuple(joint.parent for joint in joints),
        offsets=np.stack([joint.offset for joint in joints]),
        channels=tuple(joint.channels for joint in joints),
        values=values,
        relative=relative,
        seconds_per_frame=seconds,
        notes=notes,
    )


def _notes(joints: list[_Joint], announced: int, frames: int, left: int) -> tuple[str, ...]:
    notes: list[str] = []
    if frames != announced:
        notes.append(f"It announces {announced} frames and holds {frames}; those that it holds are used.")
    if left:
        notes.append(f"Its last frame is cut short after {left} numbers and was left out.")
    roots = [joint.name for joint in joints if joint.parent < 0]
    if len(roots) > 1:
        notes.append(f"It has {len(roots)} roots ({', '.join(roots[:4])}); the person is looked for in all of them.")
    return tuple(notes)


def _are_relative(joints: list[_Joint], table: NumberTable) -> bool:
    """Whether the positions of joints below the root lie nearer to zero than to the joints' offsets."""
    values = table[np.linspace(0, len(table) - 1, min(SAMPLES, len(table))).astype(int)]
    from_zero = from_offset = 0.0
    first = 0
    for joint in joints:
        for column, (axis, kind) in enumerate(joint.channels, start=first):
            if kind == "position" and joint.parent >= 0:
                from_zero += float(np.abs(values[:, column]).mean())
                from_offset += float(np.abs(values[:, column] - joint.offset[AXES.index(axis)]).mean())
        first += len(joint.channels)
    return from_zero < 0.5 * from_offset


def _parse_hierarchy(words: list[Word]) -> tuple[list[_Joint], int]:
    """The joints, and the index of the word behind MOTION."""
    if words[0].upper != "HIERARCHY":
        raise ValueError(f"expected HIERARCHY at its beginning, got {words[0].text[:20] or 'nothing'}")
    joints: list[_Joint] = []
    stack: list[int] = []
    at = 1
    while (word := _word(words, at)).upper != "MOTION":
        if word.upper in ("ROOT", "JOINT"):
            name, at = _name(words, at + 1)
            joints.append(_Joint(name, stack[-1] if stack else -1, np.zeros(3)))
        elif word.upper == "END":
            owner = joints[_top(stack, word)].name
            _, at = _name(words, at + 1)
            joints.append(_Joint(f"{owner}{END}", stack[-1], np.zeros(3)))
        elif word.text == "{":
            if not joints:
                raise ValueError(f"line {word.line}: expected ROOT, got a brace")
            stack.append(len(joints) - 1)
            at += 1
        elif word.text == "}":
            _top(stack, word)
            stack.pop()
            at += 1
        elif word.upper == "OFFSET":
            joints[_top(stack, word)].offset = np.array([_word(words, at + n).number() for n in (1, 2, 3)])
            at += 4
        elif word.upper == "CHANNELS":
            count = _word(words, at + 1).whole_number()
            joints[_top(stack, word)].channels = _parse_channels(words[at + 2 : at + 2 + max(count, 0)], count, word)
            at += 2 + count
        else:
            raise ValueError(f"line {word.line}: expected a word of the hierarchy, got {word.text[:20]}")
        if len(joints) > MOST_JOINTS:
            raise ValueError(f"line {word.line}: expected at most {MOST_JOINTS} joints, got more")
    return joints, at + 1


def _word(words: list[Word], at: int) -> Word:
    if at >= len(words):
        raise ValueError(f"line {words[-1].line}: it is cut short or malformed")
    return words[at]


def _top(stack: list[int], word: Word) -> int:
    if not stack:
        raise ValueError(f"line {word.line}: expected {word.text[:20]} within the braces of a joint, got it outside")
    return stack[-1]


def _name(words: list[Word], at: int) -> tuple[str, int]:
    """A joint's name, which may hold blanks: everything up to its brace, and the index of the brace."""
    first = _word(words, at)
    parts: list[str] = []
    while (word := _word(words, at)).text != "{" and word.line == first.line:
        parts.append(word.text)
        at += 1
    if not parts or word.text != "{":
        raise ValueError(f"line {first.line}: expected a joint's name and a brace, got {' '.join(parts)[:40] or word}")
    return " ".join(parts), at


def _parse_channels(words: list[Word], count: int, here: Word) -> tuple[tuple[str, str], ...]:
    matches = [CHANNEL.fullmatch(word.text) for word in words]
    kinds = {"position": "position", "translation": "position", "rotation": "rotation"}
    channels = tuple((match[1].upper(), kinds[match[2].lower()]) for match in matches if match is not None)
    if not len(set(channels)) == len(words) == count:
        got = " ".join(word.text for word in words)[:80]
        raise ValueError(f"line {here.line}: expected {count} positions and rotations, got {got}")
    return channels


def _parse_motion_header(words: list[Word]) -> tuple[int, float]:
    """Number of frames, and frame time."""
    found = " ".join(word.upper for word in words)
    match = re.fullmatch(r"FRAMES ?: ?(\S+) FRAME ?TIME ?: ?(\S+)", found)
    line = words[0].line if words else 0
    if match is None:
        raise ValueError(f"line {line}: expected Frames: and Frame Time: behind MOTION, got {found[:80]}")
    frames, seconds = Word(match[1], line).number(), Word(match[2], words[-1].line).number()
    if not (frames >= 1 and frames == int(frames)):
        raise ValueError(f"line {line}: expected a number of frames, got {match[1]}")
    if SHORTEST_S <= seconds <= LONGEST_S:
        return int(frames), seconds
    hint = ""
    if LONGEST_S < seconds <= 1000 * LONGEST_S:
        hint = f"; did you mean {1 / seconds:.6g}, for {seconds:g} frames a second, or {seconds / 1000:.6g}"
    raise ValueError(
        f"line {words[-1].line}: expected a frame time from {SHORTEST_S:g} to {LONGEST_S:g} s, got {seconds:g}{hint}"
    )
