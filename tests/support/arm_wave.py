"""A motion file that anyone can check by eye: one arm rises and the other hangs."""

from pathlib import Path

import numpy as np

SKELETON = (
    ("hips", "", (0, 0, 0)),
    ("neck", "hips", (0, 50, 0)),
    ("head", "neck", (0, 10, 0)),
    ("left_hip", "hips", (10, -5, 0)),
    ("left_knee", "left_hip", (0, -42, 0)),
    ("left_ankle", "left_knee", (0, -41, 0)),
    ("left_toe", "left_ankle", (0, -6, 13)),
    ("left_arm", "neck", (18, -5, 0)),
    ("left_forearm", "left_arm", (27, 0, 0)),
    ("left_hand", "left_forearm", (25, 0, 0)),
)


def write_arm_wave(path: Path, frames: int = 9) -> Path:
    """A motion file of a person who stands with hanging arms and raises the left one, in centimetres."""
    children: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
    for name, parent, offset in SKELETON:
        children.setdefault(parent, []).append((name, offset))
        if name.startswith("left"):
            x, y, z = offset
            mirrored = name.replace("left", "right"), (-x, y, z)
            children.setdefault(parent.replace("left", "right"), []).append(mirrored)

    def spell(name: str, offset: tuple[int, ...]) -> str:
        text = f"{'ROOT' if name == 'hips' else 'JOINT'} {name}\n{{ OFFSET {' '.join(map(str, offset))}\n"
        turns = name in ("left_arm", "right_arm")
        text += "CHANNELS 3 Xposition Yposition Zposition\n" if name == "hips" else f"CHANNELS {int(turns)}"
        text += "" if name == "hips" else (" Zrotation\n" if turns else "\n")
        return text + "".join(spell(*child) for child in children.get(name, [])) + "}\n"

    angles = np.linspace(-70, 20, frames)
    lines = "".join(f"0 94 0 {angle:.3f} 70\n" for angle in angles)
    path.write_text(
        "HIERARCHY\n" + spell("hips", (0, 0, 0)) + f"MOTION\nFrames: {frames}\nFrame Time: 0.0666667\n" + lines
    )
    return path
