"""Read motion in Acclaim's two files: a skeleton (.asf) and the angles of its bones in every frame (.amc).

Notation: bone b points along d_b at rest, in the world; its own axes are C_b. Turned by M about them it turns in the
world by L_b = C_b M C_b^T against its parent, and ends at W_b (l_b d_b) from where it starts, with W_b = W_parent L_b.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float

from motion_transfer.files.reading import reading
from motion_transfer.motion_files.bvh_text import LARGEST, open_lines
from motion_transfer.motion_files.framed_skeleton import FramedSkeleton
from motion_transfer.motion_files.skeleton_clip import END, SkeletonClip, chained, euler_matrices

MOST_BYTES, MOST_BONES, MOST_VALUES = 1 << 28, 500, 40_000_000
USUAL_FPS = 120.0  # of CMU's files, which name none
ROOT = "root"


@dataclass(slots=True)
class _Bone:
    """A bone at rest: its direction in the world, length, axes and degrees of freedom such as `rx`."""

    direction: np.ndarray = field(default_factory=lambda: np.zeros(3))
    length: float = 0.0
    axes: np.ndarray = field(default_factory=lambda: np.eye(3))
    freedoms: tuple[str, ...] = ()
    parent: str = ""


def read_amc(path: Path) -> FramedSkeleton:
    """AMC file -> its skeleton in motion; the skeleton's ASF file lies beside it.

    Raises:
        FileNotFoundError: there is no such file, or no skeleton beside it.
        ValueError: one of them is malformed; with the line.
    """
    skeleton = _skeleton_beside(path)
    with reading("a skeleton in ASF", skeleton, remedy="get it again", most_bytes=MOST_BYTES):
        bones, degrees = _read_asf(skeleton)
    with reading("a motion in AMC", path, remedy="get it again", most_bytes=MOST_BYTES):
        return FramedSkeleton(clip=_clip(bones, _frames(path, bones, degrees)))


def _skeleton_beside(path: Path) -> Path:
    names = (path.stem, path.stem.split("_")[0])
    options = [path.with_name(f"{name}{suffix}") for name in names for suffix in (".asf", ".ASF")]
    found = [option for option in options if option.is_file()]
    others = sorted(one for one in path.parent.glob("*.[aA][sS][fF]") if one.is_file()) if not found else []
    if not found and len(others) != 1:
        raise FileNotFoundError(
            f"expected the skeleton of {path.name} beside it, found no {options[0].name}; put it there"
        )
    return (found or others)[0]


def _read_asf(path: Path) -> tuple[dict[str, _Bone], bool]:
    """Bones by name, parents first, and whether angles are in degrees."""
    section, degrees = "", True
    bones: dict[str, _Bone] = {ROOT: _Bone(freedoms=("tx", "ty", "tz", "rx", "ry", "rz"))}
    bone, name = _Bone(), ""
    with open_lines(path) as lines:
        for number, line in lines:
            words = line.split()
            if not words:
                continue
            key = words[0].lower()
            if key.startswith(":"):
                section = key[1:]
            elif section == "units" and key == "angle":
                degrees = words[1].lower().startswith("deg")
            elif section == ROOT and key == "order":
                bones[ROOT].freedoms = tuple(word.lower() for word in words[1:])
            elif section == "bonedata":
                if key == "begin":
                    bone, name = _Bone(), ""
                elif key == "name":
                    name = words[1]
                elif key == "end":
                    bones[name] = bone
                else:
                    _describe(bone, key, words, number, degrees)
            elif section == "hierarchy" and key not in ("begin", "end"):
                for child in words[1:]:
                    if child not in bones or words[0] not in bones or child == words[0]:
                        raise ValueError(f"line {number}: expected bones of the file, got {words[0]} and {child}")
                    bones[child].parent = words[0]
            if len(bones) > MOST_BONES:
                raise ValueError(f"line {number}: expected at most {MOST_BONES} bones, got more")
    return _parents_first(bones), degrees


def _describe(bone: _Bone, key: str, words: list[str], number: int, degrees: bool) -> None:
    if key == "direction":
        bone.direction = _numbers(words[1:4], number, 3)
    elif key == "length":
        bone.length = float(_numbers(words[1:2], number, 1)[0])
    elif key == "axis":
        angles = _numbers(words[1:4], number, 3)
        order = words[4].upper() if len(words) > 4 else "XYZ"
        if sorted(order) != ["X", "Y", "Z"]:
            raise ValueError(f"line {number}: expected an order such as XYZ, got {order[:10]}")
        bone.axes = _about_fixed_axes(order, (angles if degrees else np.degrees(angles))[None])[0]
    elif key == "dof":
        bone.freedoms = tuple(word.lower() for word in words[1:])


def _numbers(words: list[str], line: int, count: int) -> Float[np.ndarray, "number"]:
    try:
        found = np.array([float(word) for word in words])
    except ValueError:
        found = np.empty(0)
    if len(found) != count or not (np.abs(found) <= LARGEST).all():
        raise ValueError(f"line {line}: expected {count} numbers up to {LARGEST:g}, got {' '.join(words)[:60]}")
    return found


def _about_fixed_axes(order: str, degrees: Float[np.ndarray, "frame angle"]) -> Float[np.ndarray, "frame 3 3"]:
    """Rotations about the axes of the world, one after the other: R = R_last ... R_first."""
    return euler_matrices(order[::-1], degrees[:, ::-1])


def _parents_first(bones: dict[str, _Bone]) -> dict[str, _Bone]:
    ordered = {ROOT: bones[ROOT]}
    while len(ordered) < len(bones):
        ready = [name for name, bone in bones.items() if name not in ordered and bone.parent in ordered]
        if not ready:
            loose = [name for name in bones if name not in ordered]
            raise ValueError(f"expected every bone below the root, got {', '.join(loose[:5])} elsewhere")
        ordered |= {name: bones[name] for name in ready}
    return ordered


def _frames(path: Path, bones: dict[str, _Bone], degrees: bool) -> dict[str, Float[np.ndarray, "frame freedom"]]:
    """The angles and places of every bone that moves."""
    found: dict[str, list[np.ndarray]] = {name: [] for name, bone in bones.items() if bone.freedoms}
    frames = values = 0
    with open_lines(path) as lines:
        for number, words in _told_lines(lines):
            if words[0].isdigit() and len(words) == 1:
                frames += 1
                continue
            name = words[0]
            if name.startswith(":") or frames == 0:
                degrees = degrees and name.lower() != ":radians"
                continue
            if name not in found or len(found[name]) != frames - 1:
                raise ValueError(f"line {number}: expected a bone that moves, once in each frame, got {name[:30]}")
            found[name].append(_numbers(words[1:], number, len(bones[name].freedoms)))
            values += len(words)
            if values > MOST_VALUES:
                raise ValueError(f"line {number}: expected at most {MOST_VALUES} numbers, got more")
    whole = min((len(rows) for rows in found.values()), default=0)
    if not whole:
        raise ValueError("expected frames of all bones that move, got none")
    stacked = {name: np.stack(rows[:whole]) for name, rows in found.items()}
    return stacked if degrees else {name: _in_degrees(rows, bones[name].freedoms) for name, rows in stacked.items()}


def _told_lines(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
    yield from ((number, words) for number, line in lines if (words := line.split()))


def _in_degrees(
    rows: Float[np.ndarray, "frame freedom"], freedoms: tuple[str, ...]
) -> Float[np.ndarray, "frame freedom"]:
    turning = np.array([freedom.startswith("r") for freedom in freedoms])
    return np.where(turning, np.degrees(rows), rows)


def _clip(bones: dict[str, _Bone], frames: dict[str, Float[np.ndarray, "frame freedom"]]) -> SkeletonClip:
    """A joint where each bone starts, with its name, and an end where no other bone follows."""
    names = list(bones)
    count = len(frames[ROOT])
    leaves = [name for name in names if name not in {bone.parent for bone in bones.values()}]
    joints = [*names, *(f"{name}{END}" for name in leaves)]
    parents = [-1, *(names.index(bones[name].parent) for name in names[1:]), *(names.index(name) for name in leaves)]
    offsets = np.zeros((count, len(joints), 3))
    turns = np.broadcast_to(np.eye(3), (count, len(joints), 3, 3)).copy()
    for at, name in enumerate(names):
        bone, rows = bones[name], frames.get(name)
        if at:
            above = bones[bone.parent]
            offsets[:, at] = above.length * above.direction
        if rows is not None:
            order = "".join(freedom[1].upper() for freedom in bone.freedoms if freedom.startswith("r"))
            turning = [freedom.startswith("r") for freedom in bone.freedoms]
            about = _about_fixed_axes(order, rows[:, turning])
            turns[:, at] = bone.axes @ about @ bone.axes.T
        if name == ROOT and rows is not None:
            for column, freedom in enumerate(bone.freedoms):
                if freedom.startswith("t"):
                    offsets[:, at, "xyz".index(freedom[1])] = rows[:, column]
    for at, name in enumerate(leaves, start=len(names)):
        offsets[:, at] = bones[name].length * bones[name].direction
    still = np.broadcast_to(np.eye(3), (1, len(joints), 3, 3))
    rest, _ = chained(tuple(parents), np.where(np.array(parents)[:, None] < 0, 0.0, offsets[:1]), still)
    positions, rotations = chained(tuple(parents), offsets, turns)
    return SkeletonClip(
        names=tuple(joints),
        parents=tuple(parents),
        rest=rest[0],
        positions=positions,
        rotations=rotations,
        seconds_per_frame=1 / USUAL_FPS,
        notes=(f"It names no frame rate: CMU's {USUAL_FPS:g} frames a second were taken.",),
    )
