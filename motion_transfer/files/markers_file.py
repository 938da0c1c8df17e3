"""Files that say where named points of the body are on a mesh: JSON, or CSV with a name and a number a line."""

import csv
import difflib
import json
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from motion_transfer.files.reading import reading

SUFFIXES = (".json", ".csv")
MOST_BYTES = 1 << 20


def read_markers(path: Path, known: tuple[str, ...]) -> dict[str, int]:
    """Marker file -> the number of the mesh's vertex by the marker's name.

    Args:
        known: all names that there are.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the suffix is unknown, the file is malformed, or names a marker that does not exist.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"expected markers in a file that ends in {', '.join(SUFFIXES)}, got {path.name}; choose one")
    remedy = """write {"nose": 123, ...}, or a name and a number a line"""
    with reading("names of markers with a vertex number each", path, remedy=remedy, most_bytes=MOST_BYTES):
        found = _json(path) if path.suffix.lower() == ".json" else _csv(path)
    if not found:
        raise ValueError(f"expected at least one marker in {path}, got none; motion-transfer markers lists them")
    for name in found:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else "motion-transfer markers lists them"
            raise ValueError(f"expected a marker that the body has in {path}, got {name!r}; {hint}")
    return found


def marker_positions(
    path: Path, markers: dict[str, int], numbered_m: Float[np.ndarray, "number 3"]
) -> Float[np.ndarray, "marker 3"]:
    """Where the markers are.

    Raises:
        ValueError: a number is not that of a vertex.
    """
    for name, number in markers.items():
        if not 0 <= number < len(numbered_m):
            raise ValueError(
                f"expected vertices from 0 to {len(numbered_m) - 1} in {path}, got {number} for {name!r}; "
                "count from 0, in the mesh's own file"
            )
    numbers: Int[np.ndarray, " marker"] = np.array(list(markers.values()), np.int64)
    return numbered_m[numbers]


def _json(path: Path) -> dict[str, int]:
    return {str(name): _number(number) for name, number in json.loads(path.read_text(encoding="utf-8")).items()}


def _csv(path: Path) -> dict[str, int]:
    rows = [row for row in csv.reader(path.read_text(encoding="utf-8").splitlines()) if row]
    if rows and not rows[0][-1].strip().lstrip("-").isdigit():
        rows = rows[1:]  # a line of headings
    return {row[0].strip(): _number(row[1].strip() if len(row) > 1 else "nothing") for row in rows}


def _number(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int | str):
        raise ValueError(f"{given!r} in place of a number")
    return int(given)
