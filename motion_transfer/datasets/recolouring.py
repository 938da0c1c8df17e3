"""Photometric augmentation of a sample: frame, plate and texture are recoloured alike, so that they still agree."""

import torch
from torch import Tensor

from motion_transfer.training.augmentation import PhotometricAugmentation

TEXTURE = ("texture_r", "texture_g", "texture_b")
SEEN, BODY = "seen", "silhouette"


def recoloured(
    sample: dict[str, Tensor], channels: tuple[str, ...], photometric: PhotometricAugmentation, seed: int
) -> dict[str, Tensor]:
    """The sample in other colours, with noise on the texture that the generator reads, and a hole in it.

    Without texture among the maps nothing would tell the generator what the colours are: such samples stay.

    Args:
        sample: colours in [-1, 1].
        channels: names of the maps.
    """
    if not set(TEXTURE) <= set(channels):
        return sample
    generator = torch.Generator().manual_seed(seed)
    colouring = photometric.draw(1, generator)

    def colour(rgb: Tensor) -> Tensor:
        return colouring.apply(rgb[None] * 0.5 + 0.5)[0] * 2 - 1

    texture, seen, body = [channels.index(name) for name in TEXTURE], channels.index(SEEN), channels.index(BODY)
    height, width = sample["rgb"].shape[1:]
    hole = photometric.erasing_mask(1, height, width, generator)[0, 0]
    changed = {name: colour(sample[name]) for name in ("rgb", "plate")}
    if "rgb_before" in sample:  # black where there is no frame before
        changed["rgb_before"] = colour(sample["rgb_before"]) * sample["has_previous"]
    if "candidate_rgb" in sample:
        changed["candidate_rgb"] = torch.stack([colour(rgb) for rgb in sample["candidate_rgb"]])
    for name in ("maps", "maps_before"):
        maps = sample[name].clone()
        noisy = photometric.add_noise(colour(maps[texture])[None] * 0.5 + 0.5, generator)[0] * 2 - 1
        maps[texture] = noisy * (maps[body] * ~hole)
        maps[seen] *= ~hole
        changed[name] = maps
    return sample | changed
