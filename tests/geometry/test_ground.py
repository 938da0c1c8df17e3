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
