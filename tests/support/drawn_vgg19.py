"""VGG19 with weights drawn by chance, saved as torchvision lays it out."""

from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

LAYERS = {  # number in `features`: input and output channels
    **dict(zip((0, 2, 5, 7), pairwise((3, 64, 64, 128, 128)), strict=True)),
    **dict(zip((10, 12, 14, 16), pairwise((128, 256, 256, 256, 256)), strict=True)),
    **dict(zip((19, 21, 23, 25, 28), pairwise((256, 512, 512, 512, 512, 512)), strict=True)),
}


def drawn_vgg19(path: Path) -> dict[str, Tensor]:
    """Save such weights, and some of the layers behind that nobody here needs."""
    torch.manual_seed(0)
    weights = {"classifier.0.bias": torch.zeros(3)}
    for layer, (inputs, outputs) in LAYERS.items():
        weights[f"features.{layer}.weight"] = torch.randn(outputs, inputs, 3, 3) * (2 / (9 * inputs)) ** 0.5
        weights[f"features.{layer}.bias"] = torch.randn(outputs) * 0.1
    torch.save(weights, path)
    return weights
