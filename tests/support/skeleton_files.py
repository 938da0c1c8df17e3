"""BVH files of one person who stands and holds up the left hand, in the dialects of many tools."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

# Of the left side and the middle: the joint above, and where it hangs from it, in centimetres, y up, facing +z.
PERSON: dict[str, tuple[str, tuple[float, float, float]]] = {
    "Hips": ("", (0, 0, 0)),
    "Spine": ("Hips", (0, 12, 0)),
    "Spine1": ("Spine", (0, 14, 0)),
    "Neck": ("Spine1", (0, 25, -1)),
    "Head": ("Neck", (0, 10, 2)),
    "LeftShoulder": ("Spine1", (4, 20, 0)),
    "LeftArm": ("LeftShoulder", (13, 0, 0)),
    "LeftForeArm": ("LeftArm", (27, 0, 0)),
    "LeftHand": ("LeftForeArm", (25, 0, 0)),
    "LeftUpLeg": ("Hips", (9, -4, 0)),
    "LeftLeg": ("LeftUpLeg", (0, -42, 0)),
    "LeftFoot": ("LeftLeg", (0, -41, -1)),
    "LeftToeBase": ("LeftFoot", (0, -6, 13)),
}
ENDS = {"Head": (0, 18, 0), "LeftHand": (10, 0, 0), "LeftToeBase": (0, 0, 6)}
POSE = {"LeftArm": ("z", 75.0), "RightArm": ("z", 70.0), "RightLeg": ("x", 25.0), "RightUpLeg": ("x", -25.0)}
HIPS_CM = 93.0
AS_IT_IS = np.eye(3)
Z_UP = Rotation.from_euler("x", 90, degrees=True).as_matrix()  # y -> z
Vector = tuple[float, float, float]


def both_sides(table: Mapping[str, tuple[str, Vector]]) -> dict[str, tuple[str, Vector]]:
    found = dict(table)
    for name, (above, (x, y, z)) in table.items():
        if name.startswith("Left"):
            found[name.replace("Left", "Right")] = (above.replace("Left", "Right"), (-x, y, z))
    return found


def channels(order: str, with_position: bool) -> str:
    """The channels of a joint, as its part of the file names them."""
    turning = [f"{axis}rotation" for axis in order]
    moving = ["Xposition", "Yposition", "Zposition"] if with_position else []
    return f"CHANNELS {len(moving) + 3} {' '.join(moving + turning)}"


def bent(name: str) -> np.ndarray:
    """How `POSE` bends a joint of the person."""
    axis, angle = POSE.get(name, ("x", 0.0))
    return Rotation.from_euler(axis, angle, degrees=True).as_matrix()


def motion_lines(
    turns: list[tuple[str, np.ndarray]], places: Mapping[str, np.ndarray], path: list[np.ndarray], order: str
) -> list[str]:
    """The part of the file that holds the frames.

    Args:
        turns: rotation of each joint, and its name if it has position channels.
        places, path: of the joints beside the one above, and of the hips in each frame, as the file has them.
    """
    lines = ["MOTION", f"Frames: {len(path)}", "Frame Time: 0.0333333"]
    for hips in path:
        row: list[float] = []
        for name, matrix in turns:
            if name:
                row += list(hips if name == "Hips" else places[name])
            row += list(Rotation.from_matrix(matrix).as_euler(order, degrees=True))
        lines.append(" ".join(f"{value:.6f}" for value in row))
    return lines


def write_person(
    path: Path,
    *,
    named: Callable[[str], str] = str,
    order: str = "ZXY",
    world: np.ndarray = AS_IT_IS,
    rest: np.ndarray = AS_IT_IS,
    tilt: np.ndarray = AS_IT_IS,
    scale: float = 1.0,
    root_m: Vector = (0.0, 0.0, 0.0),
    step_cm: Vector = (0.0, 0.0, 0.0),
    without: tuple[str, ...] = (),
    ends: bool = True,
    helpers: Mapping[str, str] | None = None,
    frames: int = 12,
    positions: bool = False,
) -> Path:
    """Write the person.

    Args:
        named: what the tool calls a joint of `PERSON`.
        order: of the rotation channels.
        world: turns the file's world from y up and facing +z; `rest` does the same to the pose at rest.
        tilt: turns the person in the world before that: to lie, say.
        root_m: where the hips are, in place of standing height; metres.
        step_cm: how far they move in each frame.
        without: joints that are left out, with all below them.
        helpers: joints that get another one at the same place above them, with its name.
        positions: whether every joint has position channels.
    """
    skeleton = both_sides(PERSON)
    tips = dict(ENDS)
    tips |= {name.replace("Left", "Right"): (-x, y, z) for name, (x, y, z) in ENDS.items()}
    children: dict[str, list[str]] = {}
    for name, (above, _) in skeleton.items():
        if name not in without:
            children.setdefault(above, []).append(name)
    lines: list[str] = ["HIERARCHY"]
    turns: list[tuple[str, np.ndarray]] = []

    def offset(vector: Vector) -> str:
        return " ".join(f"{value:.6f}" for value in scale * (rest @ np.array(vector)))

    def spell(name: str, keyword: str) -> None:
        helper = (helpers or {}).get(name)
        if helper:
            lines.extend([f"JOINT {helper}", "{", f"OFFSET {offset(skeleton[name][1])}", channels(order, False)])
            turns.append(("", AS_IT_IS))
        own = (0.0, 0.0, 0.0) if helper else skeleton[name][1]
        is_root = keyword == "ROOT"
        lines.extend([f"{keyword} {named(name)}", "{", f"OFFSET {offset(own)}", channels(order, is_root or positions)])
        turned = world @ tilt @ rest.T if is_root else rest @ bent(name) @ rest.T
        turns.append((name if is_root or positions else "", turned))
        for child in children.get(name, []):
            spell(child, "JOINT")
        if not children.get(name) and ends and name in tips:
            lines.extend(["End Site", "{", f"OFFSET {offset(tips[name])}", "}"])
        lines.extend(["}"] * (2 if helper else 1))

    spell("Hips", "ROOT")
    start = np.array(root_m) * 100 if any(root_m) else np.array([0, HIPS_CM, 0])
    places = {name: scale * (rest @ np.array(place)) for name, (_, place) in skeleton.items()}
    path_cm = [scale * (world @ (start + frame * np.array(step_cm))) for frame in range(frames)]
    lines += motion_lines(turns, places, path_cm, order)
    path.write_text("\n".join(lines) + "\n")
    return path
