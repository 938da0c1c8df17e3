"""A damaged body, video or sound of the user's is refused in one line, or gives what is sound."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mutations import COUNT, damage, fates
from numbered_clips import numbered_frame, write_clip
from scipy.sparse import csc_matrix
from smpl_files import smpl_arrays, write_smpl

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.files.bodies import load_body
from motion_transfer.files.decoding import Damage, decoded, video_stream
from motion_transfer.files.smpl_file import read_smpl_arrays
from motion_transfer.files.video_reader import open_video
from motion_transfer.files.video_writer import VideoWriter

SIZE = ImageSize(height=48, width=64)
DROPS_A_FRAME = 164  # seed


# The user's own body


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".npz", ".pkl"])
def test_a_damaged_smpl_file_is_refused_or_holds_arrays(suffix: str, tmp_path: Path) -> None:
    arrays = {name: np.arange(60.0).reshape(20, 3) for name in ("v_template", "weights", "posedirs")}
    path = write_smpl(tmp_path / f"smpl{suffix}", arrays | {"J_regressor": csc_matrix(np.eye(5))})

    def holds_arrays(found: dict[str, Any]) -> None:
        assert sum(array.size for array in found.values() if isinstance(array, np.ndarray)) < 1000

    assert fates(damage(path, path.read_bytes()), read_smpl_arrays, path, holds_arrays) > COUNT / 3


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".npz", ".pkl"])
def test_a_body_of_a_damaged_smpl_file_is_refused_or_has_finite_numbers(
    suffix: str, tmp_path: Path, tiny_body: BodyModel
) -> None:
    path = write_smpl(tmp_path / f"smpl{suffix}", smpl_arrays(tiny_body))

    def is_sound(found: BodyModel) -> None:
        assert torch.isfinite(found.template_m).all()
        assert int(found.faces.max()) < len(found.template_m)

    fates(damage(path, path.read_bytes()), lambda path: load_body("smpl", str(path)), path, is_sound, 20)


# Video and sound


@pytest.mark.slow
def test_a_damaged_video_is_refused_or_gives_frames_of_one_size(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", count=6, size=(48, 64))

    def gives_frames(found: Video) -> None:
        frames = list(found)
        assert len(frames) == len(found)
        assert {frame.shape for frame in frames} == {(found.size.height, found.size.width, 3)}
        assert found.fps > 0

    assert fates(damage(path, path.read_bytes()), open_video, path, gives_frames) > COUNT / 20


@pytest.mark.slow
def test_the_same_frames_of_a_damaged_video_decode_each_time(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", count=6, size=(48, 64))
    damage(path, path.read_bytes())(DROPS_A_FRAME)

    def decoded_once() -> tuple[int, int]:
        lost = Damage()
        with video_stream(path) as (container, stream):
            return len(list(decoded(container, stream, lost))), lost.failures

    assert {decoded_once() for _ in range(300)} == {(5, 1)}


@pytest.mark.slow
def test_damaged_sound_is_refused_or_leaves_a_whole_video(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", count=6, audio="aac", audio_s=0.3)

    def with_sound(path: Path) -> Path:
        with VideoWriter(tmp_path / "out.mp4", size=SIZE, fps=Fraction(25), audio_source=path) as writer:
            for number in range(3):
                writer.write(numbered_frame(number))
        return tmp_path / "out.mp4"

    def is_whole(found: Path) -> None:
        assert len(open_video(found)) == 3

    assert fates(damage(source, source.read_bytes()), with_sound, source, is_whole) > COUNT / 20
