"""One contact sheet of several methods at native size: the pose that is asked for, each method, and the truth.

Every measurement keeps a few frames in a folder, one PNG for each row and frame; a sheet joins those of several.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float

from motion_transfer.domain.video import Frame, ImageSize
from motion_transfer.evaluation.cutouts import Picture, cut_out
from motion_transfer.evaluation.sheet import contact_sheet
from motion_transfer.files.pictures import read_rgb, write_png
from motion_transfer.geometry.sampling import part_centres
from motion_transfer.rendering.stick_maps import draw_stick_figure

COLUMNS = 4
SHOWN = "shown"  # folder of the frames, in that of a measurement
POSE, RESULT, TRUTH = "pose", "result", "truth"
NO_FACE = np.zeros((0, 2))


class ShownFrames:
    """Gathers the figure in a few frames, evenly spread over a clip, pixel by pixel.

    Args:
        frames: of the clip.
    """

    def __init__(self, frames: int) -> None:
        self._wanted = part_centres(frames, COLUMNS)
        self._pictures: dict[tuple[str, int], Picture] = {}

    def add(
        self,
        index: int,
        truth: Frame,
        result: Frame,
        true_box_px: Float[np.ndarray, "4"],
        driven_box_px: Float[np.ndarray, "4"],
        joints_px: Float[np.ndarray, "joint 2"],
    ) -> None:
        """Offer a frame; others than the wanted ones are dropped.

        Args:
            true_box_px, driven_box_px: the figure in the two pictures: left, top, right, bottom.
            joints_px: of the driven body.
        """
        if index not in self._wanted:
            return
        self._pictures[TRUTH, index] = cut_out(truth, true_box_px)
        shown = self._pictures[RESULT, index] = cut_out(result, driven_box_px)
        size = ImageSize(height=shown.shape[0], width=shown.shape[1])
        self._pictures[POSE, index] = draw_stick_figure(joints_px - np.round(driven_box_px[:2]), NO_FACE, size)

    def write(self, folder: Path) -> None:
        """Write the pictures."""
        folder.mkdir(parents=True, exist_ok=True)
        for (row, index), picture in self._pictures.items():
            write_png(folder / f"{row}_{index:06d}.png", picture)


def method_sheet(folders: Mapping[str, Path]) -> Picture | None:
    """The sheet of several measurements of one subject.

    Args:
        folders: of `ShownFrames`, by the method's name.

    Returns:
        None where a folder lacks pictures, or they are of other frames: measurements of earlier versions.
    """
    found = {name: _read(folder) for name, folder in folders.items()}
    indices = [sorted(index for row, index in pictures if row == RESULT) for pictures in found.values()]
    if not indices or not indices[0] or any(other != indices[0] for other in indices):
        return None
    first = next(iter(found.values()))
    rows = {"asked pose": [first[POSE, index] for index in indices[0]]}
    rows |= {name: [pictures[RESULT, index] for index in indices[0]] for name, pictures in found.items()}
    rows |= {TRUTH: [first[TRUTH, index] for index in indices[0]]}
    return contact_sheet(rows, [f"frame {index}" for index in indices[0]], None)


def _read(folder: Path) -> dict[tuple[str, int], Picture]:
    named = [(path, *path.stem.rpartition("_")[::2]) for path in sorted(folder.glob("*_*.png"))]
    return {(row, int(number)): read_rgb(path) for path, row, number in named if number.isdigit()}
