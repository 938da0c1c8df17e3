"""People out of nothing: a random body, dressed and painted in the body's surface atlas."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PART_OF_JOINT, PARTS
from motion_transfer.domain.body_motion import BodyShape
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.synthetic.atlas import Atlas, unfold
from motion_transfer.synthetic.wardrobe import Outfit, paint, random_outfit

LARGEST_BETA = 2.0


@value
class SyntheticPerformer:
    """Who dances: a body with the offset of its clothes, and what its surface looks like.

    Attributes:
        texture_rgb: colours in [0, 1] in the layout of the model's atlas.
    """

    shape: BodyShape
    texture_rgb: Float[Tensor, "3 height width"]


def random_performer(model: BodyModel, seed: int, *, texture_px: int = 1024) -> SyntheticPerformer:
    """Draw a person: betas are normal, clipped at two standard deviations; no two sides of the clothes are alike.

    Args:
        texture_px: height and width of the atlas.
    """
    generator = np.random.default_rng(seed)
    betas = generator.normal(0, 1, model.betas).clip(-LARGEST_BETA, LARGEST_BETA)
    texture, offset_m = random_look(model, unfold(model, ImageSize(height=texture_px, width=texture_px)), generator)
    return SyntheticPerformer(
        shape=BodyShape(
            betas=torch.tensor(betas, dtype=torch.float32),
            clothing_offset_m=torch.tensor(offset_m, dtype=torch.float32),
        ),
        texture_rgb=torch.tensor(texture, dtype=torch.float32).permute(2, 0, 1).contiguous(),
    )


def random_look(
    model: BodyModel, atlas: Atlas, generator: np.random.Generator
) -> tuple[Float[np.ndarray, "height width 3"], list[float]]:
    """Dress somebody: the colours of the atlas, and how far clothes stand off around each joint, metres."""
    outfit = random_outfit(generator)
    rgb = paint(atlas, model, outfit, generator)
    return rgb, _clothing_offset_m(outfit, generator)


def _clothing_offset_m(outfit: Outfit, generator: np.random.Generator) -> list[float]:
    """Cloth stands off by 0.5 to 3 cm, bare skin not at all; hair counts little, because it swells the face as well."""
    shirt, trousers = generator.uniform(0.008, 0.02), generator.uniform(0.006, 0.018)
    by_part = {"head": 0.003, "torso": shirt, "hand": 0.0, "foot": 0.012, "thigh": trousers, "upper_arm": shirt}
    by_part["forearm"] = shirt * 0.7 if outfit.long_sleeves else 0.0
    by_part["shank"] = trousers if outfit.long_trousers else 0.0
    parts = [PARTS[part] for part in PART_OF_JOINT]
    return [by_part[part.removeprefix("left_").removeprefix("right_")] for part in parts]
