"""Where frames are finer than the crops, the texture that stands in is baked from them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small_footage import small_clip, small_footage

from motion_transfer.body.model import BodyModel
from motion_transfer.references.collection import choose_frames, collect, facts_of
from motion_transfer.references.native_texture import bake_native_texture
from motion_transfer.references.storage import open_references, write_facts, write_pictures, write_texture
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.rendering.rasterizer import render_mesh
from motion_transfer.rendering.surface_maps import draw_texture, uv_map


@pytest.fixture(scope="module")
def footage(tiny_body: BodyModel) -> RegisteredFootage:
    return small_footage(tiny_body)


@pytest.fixture
def folder(footage: RegisteredFootage, tiny_body: BodyModel, tmp_path: Path) -> Path:
    indices = choose_frames(footage, 6)
    corners = write_pictures(tmp_path, collect(small_clip(tiny_body).video, footage, indices, lambda: None))
    write_facts(tmp_path, facts_of(footage, indices, corners))
    return tmp_path


@pytest.mark.slow
def test_drawn_on_the_body_it_looks_like_the_frame(
    footage: RegisteredFootage, tiny_body: BodyModel, folder: Path
) -> None:
    references, done = open_references(folder), list[int]()
    assert references.texture is None
    baked = bake_native_texture(
        references, footage.body, footage.capture.camera, lambda: done.append(1), texture_px=128
    )
    assert len(done) == len(references.frames)
    write_texture(folder, baked)
    stored = open_references(folder).texture
    assert stored is not None
    frame = int(references.frames.numbers[2])
    posed = footage.body.posed(footage.capture.motion.pose[frame : frame + 1])
    fragments = render_mesh(posed.vertices_m(), tiny_body.faces, footage.capture.camera)
    drawn = draw_texture(fragments, stored, uv_map(fragments, posed))[0]
    truth = next(picture for number, picture in small_clip(tiny_body).video.pick([frame]) if number == frame)
    inside = (drawn[3] > 0.5).numpy()
    assert inside.sum() > 200
    apart = np.abs(drawn[:3].permute(1, 2, 0).numpy() * 255 - truth)[inside]
    grey = replace(stored, rgb=torch.full_like(stored.rgb, float(truth[inside].mean()) / 255))
    plain = draw_texture(fragments, grey, uv_map(fragments, posed))[0, :3].permute(1, 2, 0).numpy() * 255
    assert np.median(apart) < 0.5 * np.median(np.abs(plain - truth)[inside])


def test_a_picture_of_another_size_is_refused(folder: Path, footage: RegisteredFootage) -> None:
    texture = footage.texture
    write_texture(folder, texture)
    half = replace(texture, rgb=texture.rgb[:, ::2, ::2], seen=texture.seen[::2, ::2])
    seen = (folder / "texture_seen.png").read_bytes()
    write_texture(folder, half)
    (folder / "texture_seen.png").write_bytes(seen)
    with pytest.raises(ValueError, match=r"expected a texture_seen\.png of the size of .*; learn the performer again"):
        open_references(folder)
