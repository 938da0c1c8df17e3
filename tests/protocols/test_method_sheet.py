"""A sheet of several methods shows the asked pose, each method and the truth pixel by pixel."""

from pathlib import Path

import numpy as np
from random_pictures import noise

from motion_transfer.evaluation.sheet_style import GAP_PX, LABEL_HEIGHT_PX
from motion_transfer.protocols.method_sheet import COLUMNS, ShownFrames, method_sheet

HEIGHT, WIDTH, FRAMES = 60, 80, 9
BOX, DRIVEN = np.array([10.0, 5.0, 60.0, 55.0]), np.array([20.0, 5.0, 70.0, 55.0])
SIDE = 50
JOINTS = np.stack([np.linspace(25, 65, 24), np.linspace(10, 50, 24)], -1)


def shown(folder: Path, seed: int, frames: int = FRAMES) -> Path:
    found = ShownFrames(frames)
    for index in range(frames):
        found.add(index, noise(100 + index, HEIGHT, WIDTH), noise(seed + index, HEIGHT, WIDTH), BOX, DRIVEN, JOINTS)
    found.write(folder)
    return folder


def test_rows_are_pose_methods_and_truth_at_native_size(tmp_path: Path) -> None:
    sheet = method_sheet({"one": shown(tmp_path / "one", 0), "other": shown(tmp_path / "other", 50)})
    assert sheet is not None
    rows, pitch = 4, LABEL_HEIGHT_PX + SIDE + GAP_PX
    assert sheet.shape == (LABEL_HEIGHT_PX + rows * pitch, GAP_PX + COLUMNS * (SIDE + GAP_PX), 3)

    def cell(row: int, column: int) -> np.ndarray:
        top, left = 2 * LABEL_HEIGHT_PX + row * pitch, GAP_PX + column * (SIDE + GAP_PX)
        return sheet[top : top + SIDE, left : left + SIDE]

    index = FRAMES // COLUMNS // 2  # the middle of the first quarter
    assert cell(0, 0).any()
    assert not cell(0, 0)[:2, -10:].any()  # beside the stick figure it is black
    np.testing.assert_array_equal(cell(1, 0), noise(index, HEIGHT, WIDTH)[5:55, 20:70])
    np.testing.assert_array_equal(cell(2, 0), noise(50 + index, HEIGHT, WIDTH)[5:55, 20:70])
    np.testing.assert_array_equal(cell(3, 0), noise(100 + index, HEIGHT, WIDTH)[5:55, 10:60])


def test_there_is_no_sheet_of_measurements_that_kept_no_frames_or_other_ones(tmp_path: Path) -> None:
    one, other = shown(tmp_path / "one", 0), shown(tmp_path / "other", 0, frames=30)
    assert method_sheet({"one": one, "none": tmp_path / "none"}) is None
    assert method_sheet({"one": one, "other": other}) is None
    assert method_sheet({"one": one}) is not None
