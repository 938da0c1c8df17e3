"""The shared blocks keep the shapes they promise, and learn."""

from typing import Any

import pytest
import torch
from torch import nn

from motion_transfer.training.blocks import (
    ConvolutionalDecoder,
    DenseBlock,
    DilatedBlock,
    ResidualBlock,
    ResizeConvolution,
    SqueezeExcite,
    TransposedConvolution,
)

STYLE: dict[str, Any] = {"norm": "instance", "activation": "relu", "padding": "reflect"}


def blocks() -> dict[str, tuple[nn.Module, tuple[int, ...]]]:
    """Blocks of 6 channels on 8 x 10 maps, with the shape they give."""
    return {
        "residual": (ResidualBlock(6, 6, dropout=0.1, **STYLE), (6, 8, 10)),
        "residual that widens": (ResidualBlock(6, 9, dropout=0.0, **STYLE), (9, 8, 10)),
        "squeeze and excite": (SqueezeExcite(6, reduction=3, activation="relu"), (6, 8, 10)),
        "nearest": (ResizeConvolution(6, 4, scale=2, mode="nearest", size=3, padding="reflect"), (4, 16, 20)),
        "bilinear": (ResizeConvolution(6, 4, scale=3, mode="bilinear", size=5, padding="zeros"), (4, 24, 30)),
        "transposed": (TransposedConvolution(6, 4, scale=2), (4, 16, 20)),
        "dilated": (DilatedBlock(6, 5, dilations=[1, 2, 4], **STYLE), (5, 8, 10)),
        "dense": (DenseBlock(6, growth=3, layers=4, **STYLE), (18, 8, 10)),
        "decoder": (
            ConvolutionalDecoder(6, 3, channels=[8, 4], last_activation="sigmoid", mode="nearest", **STYLE),
            (3, 32, 40),
        ),
    }


@pytest.mark.parametrize("name", blocks())
def test_a_block_gives_the_promised_shape_and_every_weight_learns(name: str) -> None:
    torch.manual_seed(0)
    block, shape = blocks()[name]
    output = block(torch.randn(2, 6, 8, 10))
    assert output.shape[1:] == shape
    (output * torch.randn_like(output)).sum().backward()
    for parameter in block.parameters():
        assert parameter.grad is not None
        assert torch.isfinite(parameter.grad).all()


def test_a_residual_block_whose_last_norm_is_zero_is_the_identity() -> None:
    block = ResidualBlock(4, 4, dropout=0.0, **STYLE)
    last = block.body[-1]
    assert isinstance(last, nn.InstanceNorm2d)
    nn.init.zeros_(last.weight)
    x = torch.randn(1, 4, 6, 6)
    assert torch.equal(block(x), x)


def test_neither_enlargement_draws_a_checkerboard_into_an_even_map() -> None:
    even = torch.ones(1, 6, 12, 12)
    for scale in (2, 4):
        transposed = TransposedConvolution(6, 1, scale=scale)
        nn.init.constant_(transposed.weight, 0.1)
        for block in (transposed, ResizeConvolution(6, 1, scale=scale, mode="nearest", size=3, padding="reflect")):
            inside = block(even)[..., 8:-8, 8:-8]
            assert (inside.amax() - inside.amin()).item() < 1e-5


def test_a_dilated_block_sees_as_far_as_its_largest_dilation() -> None:
    block = DilatedBlock(1, 1, dilations=[1, 5], norm="none", activation="none", padding="zeros")
    x = torch.zeros(1, 1, 21, 21, requires_grad=True)
    block(x)[0, 0, 10, 10].backward()
    assert x.grad is not None
    seen = x.grad[0, 0].nonzero() - 10
    assert seen.abs().amax().item() == 5


def test_a_decoder_takes_maps_of_any_size() -> None:
    decoder = ConvolutionalDecoder(2, 3, channels=[4], last_activation="none", mode="bilinear", **STYLE)
    assert decoder(torch.zeros(1, 2, 5, 9)).shape == (1, 3, 10, 18)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SqueezeExcite(4, reduction=8, activation="relu"),
        lambda: ResizeConvolution(4, 4, scale=2, mode="cubic", size=3, padding="zeros"),
        lambda: ResizeConvolution(4, 4, scale=0, mode="nearest", size=3, padding="zeros"),
        lambda: ResizeConvolution(4, 4, scale=2, mode="nearest", size=4, padding="zeros"),
        lambda: TransposedConvolution(4, 4, scale=3),
        lambda: DilatedBlock(4, 4, dilations=[], **STYLE),
        lambda: DenseBlock(4, growth=0, layers=1, **STYLE),
        lambda: ConvolutionalDecoder(4, 3, channels=[], last_activation="none", mode="nearest", **STYLE),
    ],
)
def test_a_wrong_setting_says_what_was_expected(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=r"expected .*got .*; "):
        make()
