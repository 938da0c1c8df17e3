"""The perceptual term: which layers it compares, by which weights, and files that hold none."""

from pathlib import Path

import pytest
import torch
from drawn_vgg19 import LAYERS, drawn_vgg19
from torch import Tensor, nn

from motion_transfer.synthesis.perceptual import PerceptualDistance, read_vgg19


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("vgg19") / "vgg19.pth"
    drawn_vgg19(path)
    return path


@pytest.fixture(scope="module")
def distance(file: Path) -> PerceptualDistance:
    return read_vgg19(file, 1.0)


def pictures(seed: int) -> tuple[Tensor, Tensor]:
    painted, truth = torch.rand(2, 1, 3, 64, 32, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return painted, truth


@pytest.mark.slow
def test_features_are_those_of_the_network_as_published(distance: PerceptualDistance, file: Path) -> None:
    published = nn.Sequential()
    for layer in range(30):
        pool = layer in (4, 9, 18, 27)
        other = nn.MaxPool2d(2, 2) if pool else nn.ReLU()
        published.append(nn.Conv2d(*LAYERS[layer], 3, padding=1) if layer in LAYERS else other)
    weights = torch.load(file, weights_only=True)
    published.load_state_dict({name.removeprefix("features."): weights[name] for name in weights if "feat" in name})
    painted, _ = pictures(0)
    seen, found = (painted + 1) / 2, []
    seen = torch.stack(
        [(seen[:, c] - m) / s for c, (m, s) in enumerate([(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)])], 1
    )
    for layer, module in enumerate(published):
        seen = module(seen)
        found += [seen] if layer in (1, 6, 11, 20, 29) else []
    for ours, theirs in zip(distance.features(painted), found, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5)


@pytest.mark.slow
def test_the_distance_weighs_deeper_layers_more_as_pix2pixhd_does(distance: PerceptualDistance) -> None:
    painted, truth = pictures(1)
    apart = [(a - b).abs().mean() for a, b in zip(distance.features(painted), distance.features(truth), strict=True)]
    expected = sum(share * one for share, one in zip((1 / 32, 1 / 16, 1 / 8, 1 / 4, 1), apart, strict=True))
    assert torch.isclose(distance(painted, truth, torch.ones(1, 1, 64, 32)), torch.as_tensor(expected))


@pytest.mark.slow
def test_equal_pictures_are_no_distance_apart_and_its_slope_leads_there(distance: PerceptualDistance) -> None:
    painted, truth = pictures(2)
    weight = torch.ones(1, 1, 64, 32)
    assert distance(truth, truth, weight) == 0
    painted.requires_grad_(True)
    before = distance(painted, truth, weight)
    (slope,) = torch.autograd.grad(before, painted)
    assert distance(painted - 0.5 * slope / slope.norm(), truth, weight) < before


def test_pixels_of_no_weight_do_not_count(distance: PerceptualDistance) -> None:
    painted, truth = pictures(3)
    assert distance(painted, truth, torch.zeros(1, 1, 64, 32)) == 0
    half = torch.zeros(1, 1, 64, 32)
    half[:, :, :32] = 1
    joined = torch.cat([truth[:, :, :48], painted[:, :, 48:]], 2)
    assert distance(joined, truth, half) < 0.2 * distance(painted, truth, half)


@pytest.mark.slow
def test_a_file_that_holds_no_vgg19_is_told_in_one_line(file: Path, tmp_path: Path) -> None:
    text, tensor, other, smaller = (tmp_path / f"{name}.pth" for name in ("text", "tensor", "other", "smaller"))
    text.write_text("these are no weights")
    torch.save(torch.zeros(3), tensor)
    torch.save({"features.0.weight": torch.zeros(3)}, other)
    weights = torch.load(file, weights_only=True)
    torch.save({name: weights[name] for name in weights if "28" not in name}, smaller)
    for path, detail in (
        (tmp_path / "missing.pth", "which is none"),
        (text, "which is none"),
        (tensor, "without its layer features.0"),
        (other, "without its layer features.0"),
        (smaller, "without its layer features.28"),
    ):
        with pytest.raises(ValueError, match=f"expected a file with the weights of VGG19.*{detail}") as told:
            read_vgg19(path, 1.0)
        assert "\n" not in str(told.value)


def test_its_strength_multiplies_it_and_is_not_negative(distance: PerceptualDistance, file: Path) -> None:
    painted, truth = pictures(4)
    weight = torch.ones(1, 1, 64, 32)
    assert torch.isclose(read_vgg19(file, 0.3)(painted, truth, weight), 0.3 * distance(painted, truth, weight))
    with pytest.raises(ValueError, match="expected a strength of at least 0, got -1"):
        read_vgg19(file, -1.0)
