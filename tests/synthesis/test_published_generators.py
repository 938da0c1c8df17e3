"""Published generators have their published sizes, paint windows of any size, and learn."""

from functools import partial

import pytest
import torch
from composed_configs import CONFIGS
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import nn

from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.synthesis.generators.pix2pix import Pix2PixGenerator
from motion_transfer.synthesis.generators.pix2pixhd import Pix2PixHDGlobal, Pix2PixHDLocal
from motion_transfer.synthesis.generators.registry import build_generator, generator_spec
from motion_transfer.synthesis.generators.smplpix import SMPLpixGenerator

POSE = ("r", "g", "b")
SMALL = {
    "pix2pix": partial(Pix2PixGenerator, base_channels=4, levels=4, norm="batch", dropout=0.5, dropout_blocks=2),
    "pix2pixhd_global": partial(Pix2PixHDGlobal, base_channels=4, levels=2, blocks=1),
    "pix2pixhd_local": partial(Pix2PixHDLocal, base_channels=4, levels=2, blocks=1, local_blocks=1),
    "smplpix": partial(SMPLpixGenerator, base_channels=4, blocks=3, norm="batch"),
}


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def built(name: str, **given: bool) -> ConditionalGenerator:
    """With the settings of its file, without memory taken for weights."""
    settings = OmegaConf.load(CONFIGS / "synthesis" / "generator" / f"{name}.yaml")
    with torch.device("meta"):
        return instantiate(settings)(channels=POSE, **given)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "recurrent", "count"),
    [
        ("pix2pix", False, 54_413_955),
        ("pix2pixhd_global", True, 182_452_675),  # six channels in, as in Everybody Dance Now
        ("pix2pixhd_local", True, 182_443_264 + 9_440 + 18_496 + 3 * 2 * 36_928 + 18_464 + 4_707),
    ],
)
def test_the_published_number_of_parameters(name: str, recurrent: bool, count: int) -> None:
    assert parameters(built(name, recurrent=recurrent, alpha=False)) == count


def test_smplpix_has_two_convolutions_in_each_of_its_blocks() -> None:
    widths = [32, 64, 128, 256, 512]
    pairs = list(zip([3, *widths[:-1]], widths, strict=True))
    norms = [2 * 2 * after for _, after in pairs] + [2 * 2 * before for before, _ in pairs[1:]]
    down = sum(9 * before * after + after + 9 * after * after + after for before, after in pairs)
    up = sum(
        (9 * after * before + before) + (9 * 2 * before * before + before) + (9 * before * before + before)
        for before, after in pairs[1:]
    )
    assert parameters(built("smplpix", alpha=False)) == down + up + sum(norms) + 32 * 3 + 3


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize(("height", "width"), [(48, 40), (33, 50)])
def test_a_window_of_any_size_gets_colour_and_alpha_in_their_range(name: str, height: int, width: int) -> None:
    torch.manual_seed(0)
    generator = SMALL[name](POSE, recurrent=True, alpha=True)
    painted = generator(torch.rand(2, 3, height, width), torch.rand(2, 3, height, width))
    assert painted.rgb.shape == (2, 3, height, width)
    assert painted.alpha.shape == (2, 1, height, width)
    assert painted.rgb.abs().max() <= 1
    assert 0 <= painted.alpha.min() <= painted.alpha.max() <= 1


@pytest.mark.parametrize("name", SMALL)
def test_without_alpha_the_whole_window_is_painted(name: str) -> None:
    generator = SMALL[name](POSE, recurrent=False, alpha=False)
    assert (generator(torch.rand(1, 3, 48, 40)).alpha == 1).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_a_few_steps_bring_it_nearer_to_a_picture(name: str) -> None:
    torch.manual_seed(0)
    generator = SMALL[name](POSE, recurrent=False, alpha=True)
    maps = torch.rand(2, 3, 32, 32)
    picture = 0.8 - 1.6 * maps
    optimizer = torch.optim.Adam(generator.parameters(), lr=1e-2)
    losses = []
    for _ in range(40):
        loss = (generator(maps).rgb - picture).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert min(losses[-5:]) < 0.9 * losses[0]


@pytest.mark.parametrize("name", SMALL)
def test_the_frame_before_matters_where_it_is_read(name: str) -> None:
    torch.manual_seed(0)
    generator = SMALL[name](POSE, recurrent=True, alpha=True).eval()
    maps = torch.rand(1, 3, 32, 32)
    first, other = (generator(maps, before).rgb for before in (None, torch.ones(1, 3, 32, 32)))
    assert not torch.equal(first, other)
    assert torch.equal(first, generator(maps, torch.zeros(1, 3, 32, 32)).rgb)


@pytest.mark.parametrize("name", SMALL)
def test_a_stored_performer_may_name_it(name: str) -> None:
    make = partial(SMALL[name], recurrent=False, alpha=True)
    again = build_generator(generator_spec(make, POSE))
    assert type(again) is SMALL[name].func
    assert parameters(again) == parameters(make(channels=POSE))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("pix2pix", {"levels": 1}), ("pix2pixhd_global", {"levels": 0}), ("smplpix", {"blocks": 20})],
)
def test_a_setting_out_of_its_range_is_told(name: str, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"expected (levels|blocks) from"):
        SMALL[name](POSE, recurrent=False, alpha=True, **wrong)
