"""Geometric augmentation of a finished sample: frame, plate, matte and maps are moved alike, in the picture."""

import torch
from torch import Tensor

from motion_transfer.training.augmentation import GeometricAugmentation

SMOOTH = ("rgb", "rgb_before", "plate", "alpha")
CRISP = ("maps", "maps_before", "covered", "weight")  # between two places of the atlas lies a third that has no part

CANDIDATES = {"candidate_rgb", "candidate_alpha", "candidate_confidence"}


def moved(sample: dict[str, Tensor], geometric: GeometricAugmentation, seed: int) -> dict[str, Tensor]:
    """The sample turned, zoomed and shifted; what comes from beyond its border has no weight.

    Args:
        sample: of one window; entries without places stay as they are.
    """
    transform = geometric.draw(1, torch.Generator().manual_seed(seed))

    def place(values: Tensor, mode: str, fill: str) -> Tensor:
        return transform.warp(values[None], mode=mode, fill=fill)[0]

    changed = {name: place(sample[name], "bilinear", "border") for name in SMOOTH if name in sample}
    changed |= {name: place(sample[name], "nearest", "zeros") for name in CRISP}
    for name in CANDIDATES & set(sample):
        stacked = sample[name]
        changed[name] = place(stacked.reshape(-1, *stacked.shape[-2:]), "nearest", "zeros").view(stacked.shape)
    changed["weight"] *= transform.inside(*sample["weight"].shape[1:])[0]
    return sample | changed
