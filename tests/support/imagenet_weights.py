"""Weights of EfficientNet-Lite0 with the names and shapes of those that are published, and random values."""

import torch

# Of each published block: input channels, expanded channels, kernel size, output channels.
BLOCKS = ((32, 32, 3, 16), (16, 96, 3, 24), (24, 144, 3, 24), (24, 144, 5, 40), (40, 240, 5, 40), (40, 240, 3, 80))
BLOCKS += ((80, 480, 3, 80), (80, 480, 3, 80), (80, 480, 5, 112), (112, 672, 5, 112), (112, 672, 5, 112))
BLOCKS += ((112, 672, 5, 192), (192, 1152, 5, 192), (192, 1152, 5, 192), (192, 1152, 5, 192), (192, 1152, 3, 320))


def published() -> dict[str, torch.Tensor]:
    weights = {"_conv_stem.weight": torch.randn(32, 3, 3, 3), "_conv_head.weight": torch.randn(1280, 320, 1, 1)}
    weights |= {"_fc.weight": torch.zeros(1000, 1280), "_fc.bias": torch.zeros(1000)}
    weights |= norm("_bn0", 32) | norm("_bn1", 1280)
    for number, (inputs, wide, kernel, outputs) in enumerate(BLOCKS):
        block = f"_blocks.{number}"
        if inputs != wide:
            weights[f"{block}._expand_conv.weight"] = torch.randn(wide, inputs, 1, 1)
            weights |= norm(f"{block}._bn0", wide)
        weights[f"{block}._depthwise_conv.weight"] = torch.randn(wide, 1, kernel, kernel)
        weights[f"{block}._project_conv.weight"] = torch.randn(outputs, wide, 1, 1)
        weights |= norm(f"{block}._bn1", wide) | norm(f"{block}._bn2", outputs)
    return weights


def norm(name: str, channels: int) -> dict[str, torch.Tensor]:
    kinds = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}
    arrays = {f"{name}.{kind}": torch.full((channels,), value) for kind, value in kinds.items()}
    return {**arrays, f"{name}.num_batches_tracked": torch.tensor(7)}
