"""Reference pictures hold the person's own colours, and come back from their folder as they went in."""

from pathlib import Path

import numpy as np
import pytest
import torch

from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.references.frames import ReferenceFrames, ReferencePicture, foreground_colours
from motion_transfer.references.storage import FACTS, open_references, write_facts, write_pictures

RED, GREEN = np.array([200, 40, 40]), np.array([30, 160, 30])


def frames(count: int) -> ReferenceFrames:
    return ReferenceFrames(
        numbers=torch.arange(count) * 5,
        pose=BodyPose(parent_from_joint=torch.eye(3).expand(count, 24, 3, 3), root_position_m=torch.rand(count, 3)),
        top_left_px=torch.tensor([[3, 4]] * count),
        sharpness=torch.ones(count),
        gain=torch.ones(count, 3),
    )


def picture(seed: int) -> ReferencePicture:
    draw = np.random.default_rng(seed)
    return ReferencePicture(
        foreground=np.full((20, 12, 3), draw.integers(0, 255), np.uint8),
        matte=draw.integers(0, 255, (20, 12), dtype=np.uint8),
        trusted=draw.random((20, 12)) > 0.5,
    )


def test_the_background_that_shines_through_an_edge_is_taken_out_of_its_colour() -> None:
    alpha = np.clip(np.linspace(-0.5, 1.5, 21), 0, 1)[None].repeat(9, 0)
    plate = np.broadcast_to(GREEN, (9, 21, 3)).astype(np.uint8)
    shown = (alpha[..., None] * RED + (1 - alpha[..., None]) * GREEN).round().astype(np.uint8)
    found = foreground_colours(shown, alpha, plate)
    assert np.abs(found.astype(int) - RED).max() <= 3


def test_the_rim_takes_the_colours_within_it() -> None:
    """There lens and codec mix in what is behind, though the matte is full."""
    alpha = np.zeros((400, 40), np.float32)  # a rim of one pixel
    alpha[5:395, 5:35] = 1
    shown = np.where(alpha[..., None] > 0, RED, GREEN).astype(np.uint8)
    shown[5], shown[:, 5] = 255, 255
    found = foreground_colours(shown, alpha, np.broadcast_to(GREEN, shown.shape).astype(np.uint8))
    assert np.abs(found[5:395, 5:35].astype(int) - RED).max() == 0


def test_where_there_is_no_person_a_picture_stays() -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (5, 6, 3), dtype=np.uint8)
    np.testing.assert_array_equal(foreground_colours(rgb, np.zeros((5, 6)), rgb), rgb)


def test_references_come_back_from_their_folder(tmp_path: Path) -> None:
    known = [picture(seed) for seed in range(3)]
    corners = write_pictures(tmp_path, ((one, (seed, 2)) for seed, one in enumerate(known)))
    write_facts(tmp_path, frames(3))
    references = open_references(tmp_path)
    assert corners == [(0, 2), (1, 2), (2, 2)]
    for index, one in enumerate(known):
        again = references.read(index)
        np.testing.assert_array_equal(again.matte, one.matte)
        np.testing.assert_array_equal(again.trusted, one.trusted)
        assert np.abs(again.foreground.astype(int) - one.foreground).max() <= 2
    assert torch.equal(references.frames.numbers, frames(3).numbers)


def test_some_of_the_references_are_read_by_their_own_order(tmp_path: Path) -> None:
    known = [picture(seed) for seed in range(3)]
    write_pictures(tmp_path, ((one, (0, 0)) for one in known))
    write_facts(tmp_path, frames(3))
    chosen = open_references(tmp_path).at([2, 0])
    np.testing.assert_array_equal(chosen.read(0).matte, known[2].matte)
    assert chosen.frames.numbers.tolist() == [10, 0]
    without = open_references(tmp_path).apart_from({5})
    assert without.frames.numbers.tolist() == [0, 10]
    np.testing.assert_array_equal(without.read(1).matte, known[2].matte)


def test_a_folder_with_a_missing_or_damaged_file_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected a folder of references, got .* without references\.npz"):
        open_references(tmp_path)
    write_pictures(tmp_path, ((picture(seed), (0, 0)) for seed in range(2)))
    write_facts(tmp_path, frames(2))
    (tmp_path / "0001.jpg").write_bytes(b"no picture")
    references = open_references(tmp_path)
    with pytest.raises(ValueError, match=r"expected a picture, got .*0001\.jpg"):
        references.read(1)
    (tmp_path / "0000.png").unlink()
    with pytest.raises(ValueError, match=r"expected 2 references in .*, got none at 0000\.png"):
        open_references(tmp_path)
    assert (tmp_path / FACTS).exists()
