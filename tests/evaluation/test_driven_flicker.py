"""What changes on a driven body's surface between frames, although its motion is known."""

from collections.abc import Iterable

import numpy as np
import pytest
import torch
from small_footage import small_clip

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.evaluation.driven_flicker import DrivenFlicker
from motion_transfer.rendering.crop_track import CropTrack
from motion_transfer.rendering.rasterizer import interpolate, render_mesh

BLINK = 12


def scored(model: BodyModel, frames: Iterable[np.ndarray], shown: Iterable[bool] | None = None) -> np.ndarray:
    clip, frames = small_clip(model), list(frames)
    body = shape_body(model, clip.motion.shape)
    face = render_mesh(body.posed(clip.motion.pose, fingers=False).vertices_m(), model.faces, clip.camera).face
    parts = torch.where(face >= 0, model.part_of_face[face.clamp(min=0)], -1).numpy()
    track = CropTrack(top_left_px=torch.zeros(len(frames), 2), px_per_pixel=1.0, size=clip.camera.size)
    score = DrivenFlicker(body=body, motion=clip.motion, camera=clip.camera, track=track)
    there = [True] * len(frames) if shown is None else shown
    for frame, part, painted in zip(frames, parts, there, strict=True):
        score.add(frame, part if painted else np.full_like(part, -1))
    return score.scores


def painted(model: BodyModel) -> list[np.ndarray]:
    """The moving body, its surface in smooth colours that move along with it, before grey."""
    clip = small_clip(model)
    posed = shape_body(model, clip.motion.shape).posed(clip.motion.pose, fingers=False)
    fragments = render_mesh(posed.vertices_m(), model.faces, clip.camera)
    rest_m = posed.shaped.rest_vertices_m
    colours = 60 + 120 * (rest_m - rest_m.amin(0)) / (rest_m.amax(0) - rest_m.amin(0))
    maps = interpolate(fragments, model.faces, colours[None])
    maps = torch.where(fragments.covered[:, None], maps, 128.0)
    return [frame.permute(1, 2, 0).round().byte().numpy() for frame in maps]


def test_a_surface_that_keeps_its_colours_does_not_flicker_however_it_moves(tiny_body: BodyModel) -> None:
    frames = painted(tiny_body)
    moved = np.abs(np.diff(np.stack(frames).astype(int), axis=0)).mean(-1)
    scores = scored(tiny_body, frames)
    assert np.isnan(scores[0])
    assert np.median(scores[1:]) < 0.5 * np.median([change[change > 0].mean() for change in moved])
    still = scored(tiny_body, [np.full_like(frame, 128) for frame in frames])
    assert np.nanmax(still) == 0


def test_a_change_of_brightness_is_flicker_of_as_many_levels(tiny_body: BodyModel) -> None:
    frames = painted(tiny_body)
    steady = scored(tiny_body, frames)
    blinking = scored(tiny_body, [frame + (index % 2) * np.uint8(BLINK) for index, frame in enumerate(frames)])
    assert np.median((blinking - steady)[1:]) == pytest.approx(BLINK, abs=3)
    assert (
        np.nanmax(scored(tiny_body, [np.uint8(100 + BLINK * (i % 2)) + 0 * f for i, f in enumerate(frames)])) == BLINK
    )


def test_what_happens_beside_the_body_does_not_count(tiny_body: BodyModel) -> None:
    clip, draw = small_clip(tiny_body), np.random.default_rng(0)
    frames = []
    for index, frame in enumerate(clip.video):
        far = np.asarray(clip.masks[index]) == 0
        frames.append(np.where(far[..., None], draw.integers(0, 256, frame.shape), 128).astype(np.uint8))
    assert np.nanmedian(scored(tiny_body, frames)) < 20  # at the outline alone; noise itself changes by 85


def test_frames_without_the_person_have_no_flicker(tiny_body: BodyModel) -> None:
    frames = painted(tiny_body)
    shown = [index != 3 for index in range(len(frames))]
    missing = np.flatnonzero(np.isnan(scored(tiny_body, frames, shown)))
    assert missing.tolist() == [0, 3, 4]
