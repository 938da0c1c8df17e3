"""A training sample: frame and maps moved together, or the textured body itself in a pose never seen."""

import dataclasses
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from small_footage import held_in_memory, true_footage

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.datasets.data_module import PerformerData
from motion_transfer.datasets.samples import (
    UNAUGMENTED,
    Augmentation,
    PerformerSamples,
    Request,
    collate,
    noise_for,
    width_choices,
)
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.rendering.crop_track import CropTrack, body_boxes, crop, track_crop
from motion_transfer.rendering.map_renderer import make_map_renderer
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.clip import SyntheticClip, synthesize_clip
from motion_transfer.synthetic.performer import random_performer
from motion_transfer.synthetic.scene import Background, room, room_camera
from motion_transfer.training.augmentation import GeometricAugmentation
from motion_transfer.training.samplers import CurriculumSampler

SIZE = ImageSize(height=240, width=180)
STILL = dataclasses.replace(UNAUGMENTED, width_steps=1, cross_pose_turn_deg=40.0, previous_fraction=1.0)
MOVED = dataclasses.replace(STILL, turn_deg=15.0, zoom=0.2, shift=0.1, previous_fraction=0.0)
DRIVEN = dataclasses.replace(MOVED, cross_pose_fraction=1.0)


@value
class KnownClip:
    """A clip whose body, mattes and background are known exactly."""

    model: BodyModel
    clip: SyntheticClip
    background: Background
    window: CropTrack
    footage: RegisteredFootage


@pytest.fixture(scope="module")
def known(tiny_body: BodyModel) -> KnownClip:
    performer = random_performer(tiny_body, 3, texture_px=256)
    motion = dance(tiny_body, performer.shape, seconds=0.5, fps=Fraction(12), seed=3, moves=("steps", "waves"))
    camera = room_camera(SIZE, 3)
    background = room(camera, 3)
    clip = held_in_memory(synthesize_clip(tiny_body, performer, motion, camera, background))
    boxes = body_boxes(shape_body(tiny_body, motion.shape).posed(motion.pose).vertices_m(), camera)
    followed = track_crop(boxes, height=160, margin=0.1, smoothing_frames=1e3)
    # One place for all frames, so that neighbours can be compared.
    window = dataclasses.replace(followed, top_left_px=followed.top_left_px[:1].expand(len(motion), 2).clone())
    footage = true_footage(tiny_body, clip, background.rgb, window)
    return KnownClip(model=tiny_body, clip=clip, background=background, window=window, footage=footage)


def samples(known: KnownClip, augmentation: Augmentation, *, trusted: np.ndarray | None = None) -> PerformerSamples:
    footage = known.footage if trusted is None else dataclasses.replace(known.footage, trusted=trusted)
    return PerformerSamples(footage, make_map_renderer("smpl", known.model), augmentation)


def ask(data: PerformerSamples, index: int, *, seed: int = 0, augment: bool = True, width: int | None = None) -> Any:
    return data[Request(index, seed, width or data.crops.track.size.width, augment)]


def overlap(sample: Any) -> float:
    drawn, matte = sample["covered"] > 0.5, sample["alpha"] > 0.5
    return float((drawn & matte).sum() / (drawn | matte).sum())


@pytest.mark.slow
def test_without_augmentation_a_sample_is_the_stored_crop(known: KnownClip) -> None:
    data = samples(known, MOVED)
    sample = ask(data, 2, augment=False)
    stored = torch.from_numpy(np.array(data.crops.rgb[2])).permute(2, 0, 1) / 127.5 - 1
    assert torch.allclose(sample["rgb"], stored, atol=1e-5)
    assert torch.allclose(sample["alpha"][0], torch.from_numpy(np.array(data.crops.matte[2])) / 255, atol=1e-5)
    assert overlap(sample) > 0.95


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_frame_and_rendered_body_are_moved_by_the_same_map(seed: int, known: KnownClip) -> None:
    data = samples(known, MOVED)
    moved, still = ask(data, 2, seed=seed), ask(data, 2, augment=False)
    assert overlap(moved) > 0.93
    crossed = {"covered": moved["covered"], "alpha": still["alpha"]}
    assert overlap(crossed) < overlap(moved) - 0.03


@pytest.mark.slow
def test_the_plate_is_moved_along_with_the_frame(known: KnownClip) -> None:
    sample = ask(samples(known, MOVED), 2, seed=1)
    away = 1 - torch.from_numpy(cv2.dilate(sample["alpha"][0].numpy(), np.ones((9, 9))))[None]
    away = (away > 0.99) & (sample["weight"] > 0)
    difference = ((sample["rgb"] - sample["plate"]).abs() * away).sum() / (3 * away.sum())
    assert difference < 0.06  # the sensor's noise and the shadow


@pytest.mark.slow
def test_the_baked_texture_agrees_with_the_moved_frame(known: KnownClip) -> None:
    """Light aside, the rendered colours are those of the person at the same pixels."""
    data = samples(known, MOVED)
    sample = ask(data, 2, seed=4)
    texture = sample["maps"][[data.renderer.channels.index(f"texture_{c}") for c in "rgb"]]
    inside = torch.from_numpy(cv2.erode(sample["covered"][0].numpy(), np.ones((5, 5)))) > 0
    drawn, seen = (picture[:, inside].flatten() for picture in (texture, sample["rgb"]))
    assert torch.corrcoef(torch.stack([drawn, seen]))[0, 1] > 0.9


def test_the_same_request_gives_the_same_sample_and_another_seed_another(known: KnownClip) -> None:
    data = samples(known, MOVED)
    first, again, other = ask(data, 1, seed=5), ask(data, 1, seed=5), ask(data, 1, seed=6)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["rgb"], other["rgb"])


def test_a_driven_samples_truth_is_the_textured_body_over_the_plate(known: KnownClip) -> None:
    data = samples(known, DRIVEN)
    sample = ask(data, 2, seed=3)
    texture = sample["maps"][[data.renderer.channels.index(f"texture_{c}") for c in "rgb"]]
    body = sample["covered"][0] > 0
    assert torch.equal(sample["rgb"][:, body], texture[:, body])
    assert torch.equal(sample["rgb"][:, ~body], sample["plate"][:, ~body])
    assert torch.equal(sample["alpha"], sample["covered"])
    assert sample["has_previous"] == 0
    # Its outline is not known, the inside and the far outside are.
    inside, near = (
        torch.from_numpy(cv2.erode(m, np.ones((5, 5)))) for m in (body.float().numpy(), (~body).float().numpy())
    )
    assert (sample["weight"][0][inside > 0] > 0).all()
    outline = (inside == 0) & (near == 0)
    assert outline.any()
    assert (sample["weight"][0][outline] == 0).all()


def test_a_driven_sample_is_in_another_pose(known: KnownClip) -> None:
    still = dataclasses.replace(STILL, cross_pose_fraction=1.0, cross_pose_turn_deg=0.0)
    sample = ask(samples(known, still), 2, seed=3)
    seen = ask(samples(known, STILL), 2, seed=3)
    assert overlap({"covered": sample["covered"], "alpha": seen["covered"]}) < 0.95


def test_a_shaken_pose_moves_the_drawn_body_a_little_and_the_frame_not_at_all(known: KnownClip) -> None:
    shaking = dataclasses.replace(STILL, pose_noise_deg=2.0)
    request = Request(2, 5, known.window.size.width, True)
    still, shaken = samples(known, STILL)[request], samples(known, shaking)[request]
    assert torch.equal(still["rgb"], shaken["rgb"])
    apart = (still["covered"] != shaken["covered"]).float().mean() / still["covered"].mean()
    assert 0.01 < apart < 0.3


def test_short_clips_are_shaken_in_full_and_longer_ones_less() -> None:
    assert noise_for(12, 2.0) == noise_for(30, 2.0) == 2.0
    assert noise_for(60, 2.0) == 1.0
    assert noise_for(600, 2.0) == 0.1


def test_the_frame_before_is_rendered_in_the_window_of_this_one(known: KnownClip) -> None:
    data = samples(known, STILL)
    sample = ask(data, 3, augment=False)
    assert sample["has_previous"] == 1
    assert torch.allclose(sample["maps_before"], ask(data, 2, augment=False)["maps"], atol=1e-5)
    first = ask(data, 0, augment=False)
    assert first["has_previous"] == 0
    assert not first["maps_before"].any()


def test_the_filmed_frame_before_is_seen_through_the_window_of_this_one(known: KnownClip) -> None:
    count = len(known.clip.motion)
    shift = torch.arange(count)[:, None] * torch.tensor([3.0, 2.0]) * known.window.px_per_pixel
    track = dataclasses.replace(known.window, top_left_px=known.window.top_left_px + shift)
    footage = true_footage(known.model, known.clip, known.background.rgb, track)
    data = PerformerSamples(footage, make_map_renderer("smpl", known.model), STILL)
    before = list(known.clip.video)[2]
    expected = torch.from_numpy(crop(before, track.window_from_frame(3), track.size)).permute(2, 0, 1) / 127.5 - 1
    found = ask(data, 3, augment=False)["rgb_before"]
    inner = (slice(None), slice(6, -6), slice(6, -6))
    assert (found - expected)[inner].abs().max() < 0.05
    assert (found - ask(data, 3, augment=False)["rgb"])[inner].abs().max() > 0.3
    assert not ask(data, 0, augment=False)["rgb_before"].any()


def test_without_texture_no_sample_is_driven(known: KnownClip) -> None:
    data = samples(known, DRIVEN)
    filmed = PerformerSamples(known.footage, make_map_renderer("stick", known.model), DRIVEN)
    assert ask(data, 4)["weight"].max() < 1
    assert ask(filmed, 4)["weight"].max() > 1


def test_a_held_object_is_painted_over_and_teaches_little(known: KnownClip) -> None:
    trusted = np.ones((len(known.clip.motion), 160, known.window.size.width), bool)
    trusted[2, 60:90, 30:60] = False
    sample, clean = ask(samples(known, STILL, trusted=trusted), 2), ask(samples(known, STILL), 2)
    fill = ask(samples(known, STILL), 2)
    body = sample["covered"][0] > 0
    texture = fill["maps"][[10, 11, 12]]
    hole = torch.from_numpy(~trusted[2]) & body
    assert hole.any()
    assert torch.equal(sample["rgb"][:, hole], texture[:, hole])
    assert (sample["weight"][0][hole] == sample["weight"][0][hole][0]).all()
    assert sample["weight"][0][hole][0] < clean["weight"][0][hole].min()
    outside = torch.from_numpy(trusted[2])
    assert torch.equal(sample["rgb"][:, outside], clean["rgb"][:, outside])


def test_pixels_outside_of_the_frame_teach_nothing(known: KnownClip) -> None:
    left = dataclasses.replace(known.window, top_left_px=known.window.top_left_px - torch.tensor([90.0, 0.0]))
    footage = true_footage(known.model, known.clip, known.background.rgb, left)
    sample = ask(samples(dataclasses.replace(known, footage=footage), STILL), 1, augment=False)
    empty = int(-left.top_left_px[0, 0] / left.px_per_pixel)
    assert empty > 8
    assert (sample["weight"][..., : empty - 1] == 0).all()
    assert (sample["weight"][..., empty + 2 :] > 0).all()


def test_windows_of_other_widths_are_filled_about_their_middle(known: KnownClip) -> None:
    data = samples(known, STILL)
    own, wide = ask(data, 2), ask(data, 2, width=known.window.size.width + 32)
    assert wide["rgb"].shape[-1] == own["rgb"].shape[-1] + 32
    differs = (wide["maps"][..., 16:-16] - own["maps"]).abs().amax(0) > 0.02
    assert differs.float().mean() < 0.002  # rounding decides on a few pixels of the outline
    assert overlap(wide) > 0.95
    assert width_choices(ImageSize(height=160, width=96), 1, 32) == (64, 96, 128)
    assert width_choices(ImageSize(height=160, width=64), 1, 32) == (64, 96)  # narrower would cut the person
    assert collate([own, own])["maps"].shape[0] == 2


@pytest.mark.slow
def test_a_finished_sample_is_moved_as_a_whole_and_what_comes_from_beyond_teaches_nothing(known: KnownClip) -> None:
    moving = GeometricAugmentation(mirror_probability=0.0, turn_deg=20.0, zoom=1.2, shift=0.3)
    still, moved = (samples(known, dataclasses.replace(STILL, geometric=one)) for one in (None, moving))
    before, after = (ask(data, 2) for data in (still, moved))
    assert (before["alpha"] - after["alpha"]).abs().mean() > 0.05
    assert overlap(after) > 0.94
    assert (after["weight"] == 0).float().mean() > 0.05
    assert set(after["weight"].unique().tolist()) <= {0.0, *before["weight"].unique().tolist()}
    shown, plate = after["weight"][0] > 0, after["alpha"][0] < 0.01
    assert (after["rgb"] - after["plate"])[:, shown & plate].abs().mean() < 0.05  # the background lies on the plate
    assert torch.equal(ask(moved, 2)["maps"], after["maps"])
    assert torch.equal(ask(moved, 2, augment=False)["rgb"], ask(still, 2, augment=False)["rgb"])


def data_module(known: KnownClip, *, seed: int, steps: int, sampler: CurriculumSampler | None = None) -> PerformerData:
    return PerformerData(
        samples(known, MOVED),
        [0, 1, 2],
        batch=2,
        multiple=32,
        workers=0,
        steps_between_validations=steps,
        seed=seed,
        sampler=sampler,
    )


def test_in_an_order_every_frame_teaches_once_an_epoch_whatever_the_batch(known: KnownClip) -> None:
    sampler = CurriculumSampler(torch.zeros(3), start_fraction=1.0, full_epoch=0, seed=1)
    data = data_module(known, seed=1, steps=3, sampler=sampler)
    taken = [request.index for step in range(6) for request in data.batch_at(step)]
    assert [sorted(taken[first : first + 3]) for first in range(0, 12, 3)] == [[0, 1, 2]] * 4
    assert [request.index for request in data.batch_at(2)] == taken[4:6]  # whenever it is asked for


def test_a_curriculum_begins_with_the_easiest_frame(known: KnownClip) -> None:
    sampler = CurriculumSampler(torch.tensor([2.0, 1.0, 3.0]), start_fraction=0.3, full_epoch=2, seed=1)
    data = data_module(known, seed=1, steps=3, sampler=sampler)
    assert [request.index for step in range(1) for request in data.batch_at(step)] == [1, 1]
    assert 2 in [request.index for step in range(3, 6) for request in data.batch_at(step)]


def test_batches_are_a_function_of_seed_and_step_alone(known: KnownClip) -> None:
    data, same, other = (data_module(known, seed=seed, steps=3) for seed in (1, 1, 2))
    taken = [data.batch_at(step) for step in range(20)]
    assert taken == [same.batch_at(step) for step in range(20)]
    assert taken != [other.batch_at(step) for step in range(20)]
    assert {request.index for batch in taken for request in batch} == {0, 1, 2}
    assert [len({request.width for request in batch}) for batch in taken] == [1] * 20


@pytest.mark.slow
def test_a_resumed_training_goes_on_with_the_batches_that_were_next(known: KnownClip) -> None:
    whole, first, resumed = (data_module(known, seed=7, steps=2) for _ in range(3))
    stretches = [[batch["rgb"] for batch in whole.train_dataloader()] for _ in range(2)]
    assert len(list(first.train_dataloader())) == 2
    resumed.load_state_dict(first.state_dict())
    again = [batch["rgb"] for batch in resumed.train_dataloader()]
    assert [torch.equal(a, b) for a, b in zip(stretches[1], again, strict=True)] == [True, True]
