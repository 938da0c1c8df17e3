"""The deep image prior fills a body-shaped hole better than Telea's inpainting, and stops before it learns noise."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from checked_shapes import unchecked
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import Tensor

from motion_transfer.training.deep_image_prior import DeepImagePrior

SIZE = 64
SMALL: dict[str, Any] = {
    "network": "hourglass",
    "channels": [16, 16, 16, 16],
    "skip_channels": 4,
    "code_channels": 8,
    "code_noise": 0.03,
    "learning_rate": 0.01,
    "steps": 300,
    "check_every": 20,
    "patience": 5,
    "held_out_fraction": 0.05,
    "seed": 0,
}


def plate() -> Tensor:
    """A striped wall over floorboards that run to a vanishing point."""
    y, x = torch.meshgrid(torch.arange(SIZE) + 0.5, torch.arange(SIZE) + 0.5, indexing="ij")
    wall = torch.stack([0.75 - 0.1 * x / SIZE, 0.7 - 0.05 * y / SIZE, 0.6 + 0.1 * x / SIZE])
    wall = wall + 0.12 * torch.sin(2 * torch.pi * x / 16)
    boards = 0.1 * torch.sin(4 * torch.pi * (x - SIZE / 2) / (y - SIZE * 0.35).clamp(min=1))
    floor = torch.tensor([0.45, 0.35, 0.25])[:, None, None] + boards
    return torch.where(y < SIZE * 0.65, wall, floor).clamp(0, 1)


def body() -> Tensor:
    """True inside a standing figure."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    middle = SIZE // 2
    cv2.circle(mask, (middle, 13), 5, 1, -1)
    cv2.ellipse(mask, (middle, 28), (6, 12), 0, 0, 360, 1, -1)
    for side in (-1, 1):
        cv2.line(mask, (middle + side * 5, 19), (middle + side * 13, 35), 1, 3)
        cv2.line(mask, (middle + side * 3, 35), (middle + side * 5, 56), 1, 4)
    return torch.from_numpy(mask > 0)


def psnr(rgb: Tensor, hole: Tensor) -> float:
    return (-10 * (rgb - plate())[:, hole].square().mean().log10()).item()


DECODER: dict[str, Any] = {
    **SMALL,
    "network": "decoder",
    "channels": [32] * 4,
    "code_channels": 16,
    "code_noise": 0.0,
    "steps": 500,
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [pytest.param(SMALL, id="hourglass"), pytest.param(DECODER, id="decoder", marks=pytest.mark.soak)],
)
def test_it_fills_a_body_shaped_hole_better_than_telea(settings: dict[str, Any]) -> None:
    hole = body()
    pixels = (plate().permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    telea = cv2.inpaint(pixels, hole.numpy().astype(np.uint8), 3, cv2.INPAINT_TELEA)
    given = torch.where(hole, torch.nan, plate())  # what is unknown must not matter at all
    before = torch.get_rng_state()
    filling = DeepImagePrior(**settings)(given, ~hole)
    assert torch.equal(torch.get_rng_state(), before)
    assert psnr(filling.rgb, hole) > psnr(torch.from_numpy(telea).permute(2, 0, 1) / 255, hole) + 1
    assert torch.equal(filling.rgb[:, ~hole], plate()[:, ~hole])
    assert filling.held_out_error[-1] < 0.2 * filling.held_out_error[0]


def test_what_stands_in_the_hole_is_never_looked_at_and_the_seed_decides_all() -> None:
    hole = body()[::2, ::2]
    image = plate()[:, ::2, ::2]
    prior = DeepImagePrior(**{**SMALL, "steps": 4, "channels": [8, 8]})
    first = prior(torch.where(hole, 0.0, image), ~hole).rgb
    second = prior(torch.where(hole, torch.rand(3, 32, 32), image), ~hole).rgb
    assert torch.equal(first, second)
    other = DeepImagePrior(**{**SMALL, "steps": 4, "channels": [8, 8], "seed": 1})
    assert not torch.equal(other(image, ~hole).rgb, first)


@pytest.mark.slow
def test_it_stops_before_it_learns_noise() -> None:
    torch.manual_seed(0)
    clean = plate()[:, :32, :32]
    noisy = clean + 0.15 * torch.randn(3, 32, 32)
    settings = {**SMALL, "channels": [32, 32], "code_noise": 0.0, "steps": 1500, "check_every": 10, "patience": 8}
    filling = DeepImagePrior(**{**settings, "held_out_fraction": 0.15})(noisy, torch.ones(32, 32, dtype=torch.bool))
    assert filling.steps < 1000
    assert min(filling.held_out_error) < filling.held_out_error[-1]
    assert len(filling.held_out_error) == filling.steps // 10 + 8


@pytest.mark.parametrize("network", ["hourglass", "decoder"])
def test_an_odd_size_is_filled_too(network: str) -> None:
    known = torch.ones(37, 45, dtype=torch.bool)
    known[10:20, 10:20] = False
    prior = DeepImagePrior(**{**SMALL, "network": network, "steps": 2, "channels": [4, 4, 4]})
    filled = prior(torch.rand(3, 37, 45), known)
    assert filled.rgb.shape == (3, 37, 45)


def test_the_configuration_builds_it() -> None:
    path = Path(__file__).resolve().parents[2] / "configs" / "training" / "deep_image_prior.yaml"
    assert isinstance(instantiate(OmegaConf.load(path)), DeepImagePrior)


def test_wrong_settings_say_what_was_expected() -> None:
    for name, wrong in {
        "network": "cube",
        "channels": [],
        "steps": 0,
        "held_out_fraction": 0.9,
        "learning_rate": 0.0,
    }.items():
        with pytest.raises(ValueError, match=r"expected .*, got .*; "):
            DeepImagePrior(**{**SMALL, name: wrong})
    prior, rgb = DeepImagePrior(**SMALL), torch.zeros(3, 64, 64)
    with unchecked(), pytest.raises(ValueError, match=r"expected a mask of \(64, 64\), got \(64, 63\)"):
        prior(rgb, torch.ones(64, 63, dtype=torch.bool))
    with pytest.raises(ValueError, match="expected known pixels, got none"):
        prior(rgb, torch.zeros(64, 64, dtype=torch.bool))
    with pytest.raises(ValueError, match="expected at least 32 pixels a side"):
        prior(rgb[:, :20], torch.ones(20, 64, dtype=torch.bool))
