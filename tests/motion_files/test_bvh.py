from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from motion_transfer.motion_files.bvh import read_bvh

ARM = """
HIERARCHY
ROOT shoulder
{{ OFFSET 0 0 0
CHANNELS {channels}
JOINT elbow
{{ OFFSET 2 0 0
CHANNELS 1 Yrotation
End Site
{{ OFFSET 1 0 0 }}
}} }}
MOTION
Frames: 1
Frame Time: 0.04
{numbers}
"""


def write_arm(path: Path, channels: str, numbers: str) -> Path:
    path.write_text(ARM.format(channels=channels, numbers=numbers))
    return path


def about(axis: str, degrees: float) -> np.ndarray:
    """A rotation matrix written out: counter-clockwise where the axis points at the viewer."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array(
        {
            "X": [[1, 0, 0], [0, c, -s], [0, s, c]],
            "Y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
            "Z": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
        }[axis]
    )


@pytest.mark.parametrize("order", ["ZXY", "XYZ", "YXZ"])
def test_rotations_are_applied_in_the_order_of_the_file_about_moving_axes(order: str, tmp_path: Path) -> None:
    channels = "6 Xposition Yposition Zposition " + " ".join(f"{axis}rotation" for axis in order)
    clip = read_bvh(write_arm(tmp_path / "arm.bvh", channels, "1 2 3 10 20 30 40"))
    shoulder = about(order[0], 10) @ about(order[1], 20) @ about(order[2], 30)
    elbow = np.array([1, 2, 3]) + shoulder @ [2, 0, 0]
    hand = elbow + shoulder @ about("Y", 40) @ [1, 0, 0]
    assert clip.names == ("shoulder", "elbow", "elbow_end")
    assert_allclose(clip.positions[0], np.stack([[1, 2, 3], elbow, hand]), atol=1e-12)


@pytest.mark.parametrize("channels", ["1 Xscale", "2 Xrotation Xrotation"])
def test_unknown_or_repeated_channels_are_refused(channels: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="positions and rotations, got"):
        read_bvh(write_arm(tmp_path / "arm.bvh", channels, "10 20 30"))


def test_a_file_that_is_cut_short_is_refused_with_the_numbers_that_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected 1 frames of 4 numbers, got 2 numbers"):
        read_bvh(write_arm(tmp_path / "arm.bvh", "3 Zrotation Xrotation Yrotation", "10 20"))
