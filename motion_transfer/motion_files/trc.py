"""Read marker files (.trc): positions of named markers in every frame, from OpenSim, Vicon, OptiTrack or Pose2Sim."""

from itertools import islice
from pathlib import Path

import numpy as np
from jaxtyping import Float

from motion_transfer.files.reading import UnreadableFileError, reading
from motion_transfer.motion_files.bvh_text import LARGEST, open_lines
from motion_transfer.motion_files.framed_skeleton import FramedSkeleton
from motion_transfer.motion_files.skeleton_clip import SkeletonClip

MOST_BYTES, MOST_MARKERS, MOST_POSITIONS = 1 << 28, 1000, 40_000_000
FASTEST_FPS = 10_000.0
# Markers around each joint, of sets in use: keypoints of detectors, Plug-in Gait, OpenCap. {s} is l or r.
AROUND: dict[str, tuple[tuple[str, ...], ...]] = {
    "knee": (("{s}knee",), ("{s}kne", "{s}knem"), ("{s}kne",), ("{s}_knee_study", "{s}_mknee_study")),
    "ankle": (("{s}ankle",), ("{s}ank", "{s}ankm"), ("{s}ank",), ("{s}_ankle_study", "{s}_mankle_study"), ("{s}ajc",)),
    "toe": (("{s}bigtoe",), ("{s}toe",), ("{s}_toe_study",), ("{s}toes",)),
    "shoulder": (("{s}shoulder",), ("{s}sho",), ("{s}_shoulder_study",), ("{s}acromium",)),
    "elbow": (("{s}elbow",), ("{s}elb", "{s}elbm"), ("{s}elb",), ("{s}_lelbow_study", "{s}_melbow_study")),
    "wrist": (("{s}wrist",), ("{s}wra", "{s}wrb"), ("{s}fin",), ("{s}_lwrist_study", "{s}_mwrist_study")),
    "hip": (("{s}hip",), ("{s}hjc",)),
}  # fmt: skip
HEADS = (("head",), ("lfhd", "rfhd", "lbhd", "rbhd"), ("lfhd", "rfhd"), ("nose",))
NECKS = (("neck",), ("c7", "clav"), ("c7",), ("c7_study",))
ASIS, PSIS = ("{s}asi", "{s}asis", "{s}.asis", "{s}.asis_study"), ("{s}psi", "{s}psis", "{s}.psis", "{s}.psis_study")
# Bell et al. 1990: the hip joint from the front spine of the pelvis, in widths between the two: inward, down, back.
BELL = (0.14, 0.30, 0.19)


def read_trc(path: Path) -> FramedSkeleton:
    """TRC file -> the joints that its markers stand around.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is malformed, with the line; or markers of a joint are missing, all of which are named.
    """
    with reading("a TRC marker file", path, remedy="export it again", most_bytes=MOST_BYTES):
        names, fps, markers, notes = _read(path)
        joints = _joints(names, markers)
        clip = SkeletonClip(
            names=tuple(joints),
            parents=(-1,) * len(joints),
            rest=None,
            positions=np.stack(list(joints.values()), 1),
            rotations=None,
            seconds_per_frame=1 / fps,
            notes=(*notes, "Joints were taken from the markers around them."),
        )
        return FramedSkeleton(clip=clip)


def _read(path: Path) -> tuple[list[str], float, Float[np.ndarray, "frame marker 3"], tuple[str, ...]]:
    with open_lines(path) as lines:
        head = list(islice(lines, 5))
        if len(head) < 5 or "PathFileType" not in head[0][1]:
            raise ValueError("line 1: expected PathFileType and four more lines of a header")
        keys, given = head[1][1].split(), head[2][1].split()
        facts = dict(zip(keys, given, strict=False))
        fps = _rate(facts.get("DataRate", ""))
        names = [name.strip() for name in head[3][1].rstrip("\r\n").split("\t")[2:] if name.strip()]
        if not 1 <= len(names) <= MOST_MARKERS:
            raise ValueError(f"line 4: expected the names of markers between tabs, got {len(names)}")
        rows: list[list[float]] = []
        for number, line in lines:
            cells = line.rstrip("\r\n").split("\t")
            if any(cell.strip() for cell in cells):
                rows.append(_row(cells, len(names), number))
            if len(rows) * len(names) > MOST_POSITIONS:
                raise ValueError(f"line {number}: expected at most {MOST_POSITIONS} positions, got more")
    if not rows:
        raise ValueError("expected frames, got none")
    markers, filled = _without_gaps(np.array(rows).reshape(len(rows), len(names), 3))
    notes = (f"Gaps of {filled} markers were filled by what lies around them.",) if filled else ()
    return names, fps, markers, notes


def _rate(text: str) -> float:
    try:
        fps = float(text)
    except ValueError:
        fps = 0.0
    if not 0 < fps <= FASTEST_FPS:
        raise ValueError(f"line 3: expected a DataRate up to {FASTEST_FPS:g}, got {text[:20] or 'none'}")
    return fps


def _row(cells: list[str], markers: int, line: int) -> list[float]:
    """The numbers of a row; an empty cell is a marker that was not seen."""
    try:
        found = [float(cell) if cell.strip() else np.nan for cell in cells[2 : 2 + 3 * markers]]
    except ValueError as wrong:
        raise ValueError(f"line {line}: expected numbers, got {str(wrong).rpartition(':')[2].strip()[:30]}") from wrong
    found += [np.nan] * (3 * markers - len(found))
    if any(abs(value) > LARGEST for value in found):
        raise ValueError(f"line {line}: expected numbers up to {LARGEST:g}, got more")
    return found


def _without_gaps(markers: Float[np.ndarray, "frame marker 3"]) -> tuple[Float[np.ndarray, "frame marker 3"], int]:
    frames, filled = np.arange(len(markers)), 0
    for one in range(markers.shape[1]):
        seen = np.isfinite(markers[:, one]).all(1)
        if seen.any() and not seen.all():
            filled += 1
            for axis in range(3):
                markers[:, one, axis] = np.interp(frames, frames[seen], markers[seen, one, axis])
    return markers, filled


def _joints(names: list[str], markers: Float[np.ndarray, "frame marker 3"]) -> dict[str, Float[np.ndarray, "frame 3"]]:
    """Joints under the names that are understood everywhere, such as `LeftKnee`."""
    bare = [name.rsplit(":", 1)[-1].lower().replace(" ", "") for name in names]
    place = {name: markers[:, at] for at, name in enumerate(bare) if np.isfinite(markers[:, at]).all()}
    found: dict[str, Float[np.ndarray, "frame 3"]] = {}
    for side, letter in (("Left", "l"), ("Right", "r")):
        for joint, sets in AROUND.items():
            mean = _mean(place, tuple(tuple(name.format(s=letter) for name in one) for one in sets))
            if mean is not None:
                found[f"{side}{joint.capitalize()}"] = mean
    found |= {
        name: mean for name, sets in (("Head", HEADS), ("Neck", NECKS)) if (mean := _mean(place, sets)) is not None
    }
    if "LeftHip" not in found or "RightHip" not in found:
        found |= _hips(place)
    lacking = [
        f"{side} {joint}"
        for side in ("Left", "Right")
        for joint in AROUND
        if joint != "toe" and f"{side}{joint.capitalize()}" not in found
    ]
    if lacking:
        raise UnreadableFileError(
            f"expected markers of the joints {', '.join(lacking).lower()}, got {', '.join(names[:30])}; "
            "use the names of Plug-in Gait, OpenCap or Pose2Sim"
        )
    return found


def _mean(
    place: dict[str, Float[np.ndarray, "frame 3"]], sets: tuple[tuple[str, ...], ...]
) -> Float[np.ndarray, "frame 3"] | None:
    """The middle of the first set of markers that is complete."""
    for names in sets:
        if all(name in place for name in names):
            return np.mean([place[name] for name in names], axis=0)
    return None


def _hips(place: dict[str, Float[np.ndarray, "frame 3"]]) -> dict[str, Float[np.ndarray, "frame 3"]]:
    """Hip joints from four markers of the pelvis (Bell et al. 1990); none where one of those is missing."""
    spines = {}
    for letter in "lr":
        for kind, names in (("front", ASIS), ("back", PSIS)):
            mean = _mean(place, tuple((name.format(s=letter),) for name in names))
            if mean is None:
                return {}
            spines[letter, kind] = mean
    across = spines["l", "front"] - spines["r", "front"]
    width = np.linalg.norm(across, axis=-1, keepdims=True).clip(1e-9)
    to_left = across / width
    forward = (spines["l", "front"] + spines["r", "front"] - spines["l", "back"] - spines["r", "back"]) / 2
    forward = forward - (forward * to_left).sum(-1, keepdims=True) * to_left
    forward = forward / np.linalg.norm(forward, axis=-1, keepdims=True).clip(1e-9)
    upward = np.cross(forward, to_left)
    inward, down, back = BELL
    return {
        name: spines[letter, "front"] + width * (sign * inward * to_left - down * upward - back * forward)
        for name, letter, sign in (("LeftHip", "l", -1.0), ("RightHip", "r", 1.0))
    }
