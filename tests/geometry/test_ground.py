import pytest
import torch

from motion_transfer.geometry.ground import height_correction_m


def test_planted_feet_come_to_the_ground() -> None:
    lowest = torch.full((40, 2), 0.07)
    lowest[:, 1] = 0.3
    contacts = torch.tensor([True, False]).expand(40, 2)
    correction = height_correction_m(lowest, contacts, 30, smoothing_s=0.2)
    assert torch.allclose(correction, torch.full((40,), -0.07), atol=1e-6)


def test_a_jump_stays_as_high_as_it_was() -> None:
    lowest = torch.full((60, 2), -0.04)
    lowest[20:40] += 0.5
    contacts = torch.ones(60, 2, dtype=torch.bool)
    contacts[20:40] = False
    after = lowest[:, 0] + height_correction_m(lowest, contacts, 30, smoothing_s=0.1)
    assert torch.allclose(after[20:40], torch.full((20,), 0.5), atol=1e-5)


def test_without_any_contact_the_lowest_frames_touch_the_ground() -> None:
    lowest = torch.linspace(0.2, 0.6, 101)[:, None].expand(101, 2)
    correction = height_correction_m(lowest, torch.zeros(101, 2, dtype=torch.bool), 30, smoothing_s=0.1)
    assert torch.allclose(correction, torch.full((101,), -0.22), atol=1e-4)


def upside_down(air_m: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Soles, contacts and lowest point of who stands, turns over in the air, and stands on hands that sink in."""
    body, feet = torch.zeros(120), torch.zeros(120)
    body[45:60], body[60:] = air_m, -0.19
    feet[45:60], feet[60:] = air_m + torch.linspace(0.1, 1.7, 15), 1.8
    contacts = torch.arange(120)[:, None].expand(120, 2) < 45
    return feet[:, None].expand(120, 2), contacts, body


@pytest.mark.parametrize("air_m", [0.0, 0.5])
def test_nobody_sinks_into_the_ground_between_feet_and_hands(air_m: float) -> None:
    soles, contacts, body = upside_down(air_m)
    after = body + height_correction_m(soles, contacts, 30, smoothing_s=0.3, lowest_of_body_m=body)
    assert float(after.min()) > -0.031
    assert torch.allclose(after[100:], torch.zeros(20), atol=0.005)


def test_a_body_in_the_air_is_not_brought_to_the_ground() -> None:
    soles, contacts, body = upside_down(0.5)
    after = body + height_correction_m(soles, contacts, 30, smoothing_s=0.05, lowest_of_body_m=body)
    assert float(after[46:59].min()) > 0.45
