"""The generator paints over the baked texture, and lets it show where it knows nothing better."""

from typing import Any

import pytest
import torch
from small_generator import small_generator
from torch import Tensor

from motion_transfer.body.skeleton import PARTS
from motion_transfer.rendering.smpl_maps import SMPL_CHANNELS, part_colours
from motion_transfer.rendering.stick_maps import STICK_CHANNELS
from motion_transfer.synthesis.generators.unet import BLOCK, in_blocks


def maps(channels: tuple[str, ...] = SMPL_CHANNELS, *, batch: int = 2, height: int = 32, width: int = 24) -> Tensor:
    """A body that fills the left half of the window, in every colour."""
    values = torch.rand(batch, len(channels), height, width, generator=torch.Generator().manual_seed(1))
    left = torch.zeros(height, width)
    left[:, : width // 2] = 1
    for name in ("silhouette", "seen"):
        if name in channels:
            values[:, channels.index(name)] = left
    for name in ("texture_r", "texture_g", "texture_b"):
        if name in channels:
            values[:, channels.index(name)] = (values[:, channels.index(name)] * 2 - 1) * left
    return values


def texture_of(values: Tensor) -> Tensor:
    return values[:, [SMPL_CHANNELS.index(f"texture_{c}") for c in "rgb"]]


def test_blocks_hold_their_pixels_as_torch_orders_them() -> None:
    pictures = torch.rand(2, 5, 8, 6)
    assert torch.equal(in_blocks(pictures), torch.nn.functional.pixel_unshuffle(pictures, BLOCK))


@pytest.mark.parametrize("channels", [SMPL_CHANNELS, STICK_CHANNELS])
def test_colours_and_alpha_have_the_windows_size_and_their_range(channels: tuple[str, ...]) -> None:
    painted = small_generator(channels)(maps(channels))
    assert painted.rgb.shape == (2, 3, 32, 24)
    assert painted.alpha.shape == painted.blend.shape == (2, 1, 32, 24)
    assert painted.rgb.abs().max() <= 1
    for share in (painted.alpha, painted.blend):
        assert share.min() >= 0
        assert share.max() <= 1


def test_any_window_whose_sides_its_divisor_divides_is_painted() -> None:
    generator = small_generator()
    assert generator.divisor == 8
    for height, width in ((16, 8), (40, 16), (16, 64)):
        assert generator(maps(height=height, width=width)).alpha.shape == (2, 1, height, width)


def test_before_training_the_baked_texture_shows_on_the_body_and_nothing_beside_it() -> None:
    values = maps()
    painted = small_generator()(values)
    own = painted.blend[..., :12]
    assert own.max() < 0.6
    expected = texture_of(values)[..., :12]
    fade = torch.corrcoef(torch.stack([painted.rgb[..., :12].flatten(), expected.flatten()]))[0, 1]
    assert fade > 0.95
    assert painted.alpha[..., :12].mean() > 0.8
    assert painted.alpha[..., 12:].mean() < 0.2


def test_without_trust_the_body_has_exactly_the_baked_colours() -> None:
    values = maps()
    painted = small_generator()(values, None, torch.tensor([0.0, 1.0]))
    assert torch.equal(painted.rgb[0, :, :, :12], texture_of(values)[0, :, :, :12])
    assert not torch.equal(painted.rgb[1, :, :, :12], texture_of(values)[1, :, :, :12])
    assert (painted.blend[..., 12:] == 1).all()  # beside the body there is no texture to show


def test_the_learnable_texture_keeps_silent_where_nothing_was_seen() -> None:
    generator, values = small_generator(), maps()
    blind = values.clone()
    blind[:, SMPL_CHANNELS.index("seen")] = 0
    before, before_blind = generator(values), generator(blind)
    assert generator.texture is not None
    with torch.no_grad():
        generator.texture.normal_()
    assert not torch.equal(generator(values).rgb, before.rgb)
    assert torch.equal(generator(blind).rgb, before_blind.rgb)


def test_the_output_before_is_read_and_none_counts_as_grey() -> None:
    generator, values = small_generator(), maps()
    black = torch.full((2, 3, 32, 24), -1.0)
    assert torch.equal(generator(values).rgb, generator(values, torch.zeros_like(black)).rgb)
    assert not torch.equal(generator(values).rgb, generator(values, black).rgb)
    alone = small_generator(recurrent=False)
    assert torch.equal(alone(values).rgb, alone(values, black).rgb)


def test_stick_figures_alone_leave_every_colour_to_the_network() -> None:
    generator = small_generator(STICK_CHANNELS)
    assert generator.texture is None
    assert (generator(maps(STICK_CHANNELS)).blend == 1).all()


def test_the_person_is_laid_over_the_plate_by_alpha() -> None:
    painted = small_generator()(maps())
    plate = torch.rand(2, 3, 32, 24) * 2 - 1
    over = painted.over(plate)
    y, x = 5, 7
    share = painted.alpha[1, 0, y, x]
    assert torch.allclose(over[1, :, y, x], share * painted.rgb[1, :, y, x] + (1 - share) * plate[1, :, y, x])


@pytest.mark.slow
@pytest.mark.parametrize(
    "more",
    [{"bottleneck": kind, "bottleneck_blocks": 2} for kind in ("residual", "squeeze_excite", "dilated", "dense")]
    + [{"upsampling": kind} for kind in ("resize", "transposed")],
)
def test_every_trunk_and_enlargement_paints_and_learns(more: dict[str, Any]) -> None:
    generator, values = small_generator(**more), maps()
    optimizer = torch.optim.Adam(generator.parameters(), lr=3e-3)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        painted = generator(values)
        assert painted.rgb.shape == (2, 3, 32, 24)
        loss = (painted.rgb - 0.7).square().mean() + (painted.alpha - values[:, :1].abs()).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]
    # what an instance norm of constant maps is given has no effect; all else learns
    assert all(weight.grad is not None for weight in generator.parameters())


def test_a_generator_without_trunk_has_the_weights_it_always_had() -> None:
    names = small_generator().state_dict()
    assert {name.partition(".")[0] for name in names} == {
        *("texture", "stem", "down", "middle", "squeeze", "merge", "detail", "paint")
    }
    assert [name for name in names if name.startswith("squeeze")] == [
        f"squeeze.{level}.{part}" for level in (0, 1) for part in ("weight", "bias")
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"bottleneck": "wide", "bottleneck_blocks": 1},
        {"bottleneck": "none", "bottleneck_blocks": 2},
        {"upsampling": "magic"},
    ],
)
def test_a_wrong_setting_says_what_was_expected(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"expected .*got .*; "):
        small_generator(**more)


def test_a_trained_network_shares_heads_with_their_texture() -> None:
    values = maps()
    head, torso = (part_colours()[PARTS.index(name)] for name in ("head", "torso"))
    parts = [SMPL_CHANNELS.index(f"part_{c}") for c in "rgb"]
    values[:, parts] = torso.view(1, 3, 1, 1).expand(2, 3, *values.shape[2:])
    values[:, parts, :16, :12] = head.view(1, 3, 1, 1)
    alone, sharing = small_generator(), small_generator(head_blend=0.25)
    sharing.load_state_dict(alone.state_dict())
    assert torch.equal(alone(values).blend, sharing(values).blend), "while it learns it paints heads as well"
    before, after = alone.eval()(values).blend, sharing.eval()(values).blend
    assert torch.allclose(after[..., 3:13, 3:9], 0.25 * before[..., 3:13, 3:9])
    assert torch.equal(after[..., 16:, :], before[..., 16:, :])
    seen = SMPL_CHANNELS.index("seen")
    values[:, seen] = 0
    assert torch.equal(sharing(values).blend, alone(values).blend), "a texture that no frame showed is no help"
