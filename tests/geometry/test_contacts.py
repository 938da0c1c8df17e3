import pytest
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.geometry.contacts import detect_contacts, foot_speeds_m_per_s, runs, sliding_speeds_m_per_s

RATES = [5, 12.5, 30, 120]


def stepping_feet(fps: float, seconds: float = 6.0) -> tuple[Float[Tensor, "frame 2 3"], Bool[Tensor, "frame 2"]]:
    """Feet that stand for 0.6 s and swing 0.7 m far and 15 cm high for 0.4 s, in turn; ankles 9 cm above the ground."""
    time = torch.arange(round(seconds * fps)) / fps
    phase = torch.stack([time, time + 0.5], 1)
    swing = ((phase % 1 - 0.6) / 0.4).clamp(0, 1)
    ahead = 0.7 * (phase.floor() + 0.5 - 0.5 * torch.cos(torch.pi * swing))
    height = 0.09 + 0.15 * torch.sin(torch.pi * swing)
    feet = torch.stack([torch.tensor([0.1, -0.1]).expand_as(ahead), height, ahead], -1)
    return feet, swing <= 0


@pytest.mark.parametrize("fps", RATES)
def test_stances_of_a_walk_are_found_at_every_frame_rate(fps: float) -> None:
    feet, standing = stepping_feet(fps)
    found = detect_contacts(feet, fps)
    assert (found == standing).float().mean() > 0.87
    assert abs(len(runs(found[:, 0])) - len(runs(standing[:, 0]))) <= 1


@pytest.mark.parametrize("fps", [30, 120])
def test_millimetres_of_noise_do_not_break_stances(fps: float) -> None:
    feet, standing = stepping_feet(fps)
    noisy = feet + 0.003 * torch.randn(feet.shape, generator=torch.Generator().manual_seed(0))
    assert (detect_contacts(noisy, fps) == standing).float().mean() > 0.85


def test_a_raised_still_foot_does_not_stand() -> None:
    feet = torch.tensor([[0.1, 0.09, 0.0], [-0.1, 0.60, 0.2]]).expand(30, 2, 3)
    found = detect_contacts(feet, 30)
    assert found[:, 0].all()
    assert not found[:, 1].any()


def test_nothing_stands_in_a_jump() -> None:
    height = 0.09 + 0.4 * torch.sin(torch.linspace(0, torch.pi, 20)).clamp(min=0)
    height = torch.cat([torch.full((15,), 0.09), height, torch.full((15,), 0.09)])
    feet = torch.zeros(50, 2, 3)
    feet[..., 1] = height[:, None]
    found = detect_contacts(feet, 30)
    assert found[:14].all()
    assert not found[19:31].any()
    assert found[-14:].all()


def test_stances_are_found_on_a_floor_that_drifts() -> None:
    feet, standing = stepping_feet(30, seconds=12)
    rising = feet + torch.linspace(0, 0.3, len(feet))[:, None, None] * torch.tensor([0.0, 1.0, 0.0])
    assert (detect_contacts(rising, 30) == standing).float().mean() > 0.87


def test_seeds_hold_a_foot_that_slides_too_fast_to_be_found() -> None:
    feet = torch.zeros(30, 1, 3)
    feet[:, 0, 2] = torch.arange(30) / 30 * 0.7
    assert not detect_contacts(feet, 30).any()
    assert detect_contacts(feet, 30, seeds=torch.ones(30, 1, dtype=torch.bool)).all()


def test_stances_stay_apart_where_a_step_falls_between_two_frames() -> None:
    feet = torch.zeros(8, 1, 3)
    feet[4:, 0, 2] = 0.6
    found = detect_contacts(feet, 5)
    assert len(runs(found[:, 0])) == 2
    assert found.sum() == 7


def test_a_seed_cannot_plant_a_foot_in_the_air() -> None:
    feet = torch.zeros(30, 2, 3)
    feet[:, 1, 1] = 0.5
    found = detect_contacts(feet, 30, seeds=torch.ones(30, 2, dtype=torch.bool))
    assert found[:, 0].all()
    assert not found[:, 1].any()


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_few_frames_are_enough(frames: int) -> None:
    assert detect_contacts(torch.zeros(frames, 2, 3), 30).all()


@pytest.mark.parametrize("fps", RATES)
def test_speed_is_in_metres_per_second(fps: float) -> None:
    feet = torch.zeros(max(4, round(2 * fps)), 1, 3)
    feet[:, 0, 0] = torch.arange(len(feet)) / fps * 0.8
    middle = foot_speeds_m_per_s(feet, fps)[len(feet) // 4 : -len(feet) // 4]
    assert torch.allclose(middle, torch.full_like(middle, 0.8), rtol=1e-3)


def test_only_planted_feet_slide() -> None:
    feet, standing = stepping_feet(30)
    assert sliding_speeds_m_per_s(feet, standing, 30).max() < 1e-5
    drifting = feet + torch.arange(len(feet))[:, None, None] / 30 * torch.tensor([0.3, 0.0, 0.0])
    slide = sliding_speeds_m_per_s(drifting, standing, 30)
    assert torch.allclose(slide, torch.full_like(slide, 0.3), atol=1e-4)
    rising = feet + torch.arange(len(feet))[:, None, None] / 30 * torch.tensor([0.0, 0.5, 0.0])
    assert sliding_speeds_m_per_s(rising, standing, 30).max() < 1e-5
