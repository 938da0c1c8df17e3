"""How differently two pictures look to a network that tells objects apart: the perceptual term (Johnson et al. 2016).

The network is VGG19 (Simonyan and Zisserman 2015) up to relu5_1, its layers weighed as in pix2pixHD (Wang et al. 2018).
No package brings its weights: they are a file of the user's, in the layout in which torchvision publishes them.
"""

from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d, max_pool2d, relu

from motion_transfer.synthesis.losses import Picture, Weight, weighted_mean

WIDTHS = (64, 128, 256, 512, 512)  # of the stages, each at half of the size of the one before
CONVOLUTIONS = (2, 2, 4, 4, 1)  # in each stage; the last one's others come behind relu5_1
SHARES = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)  # of the first layer of each stage
WITHOUT = "training.objective.perceptual.weights=null goes without"
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of the pictures that it was trained on, colours in [0, 1]

Kernel = tuple[Float[Tensor, "_ _ 3 3"], Float[Tensor, "_"]]  # outputs x inputs, and outputs: each layer has its own


class PerceptualDistance:
    """Compares pictures by what VGG19 sees in them. Not a module, so that no checkpoint holds its weights.

    Args:
        strength: what the distance is multiplied by.
    """

    def __init__(self, stages: list[list[Kernel]], strength: float) -> None:
        if strength < 0:
            raise ValueError(f"expected a strength of at least 0, got {strength}; {WITHOUT}")
        self.stages, self.strength = stages, strength

    def __call__(self, painted: Picture, truth: Picture, weight: Weight) -> Float[Tensor, ""]:
        """Mean absolute difference of the features, colours in [-1, 1]; every pixel counts by its weight."""
        with torch.no_grad():
            wanted = self.features(truth)
        terms = [
            share * weighted_mean((mine.float() - theirs.float()).abs(), avg_pool2d(weight, 2**stage))
            for stage, (share, mine, theirs) in enumerate(zip(SHARES, self.features(painted), wanted, strict=True))
        ]
        return self.strength * torch.stack(terms).sum()

    def features(self, picture: Picture) -> list[Tensor]:
        """What relu1_1 to relu5_1 give for colours in [-1, 1]."""
        self._follow(picture.device)
        mean, spread = (picture.new_tensor(values).view(3, 1, 1) for values in (MEAN, SPREAD))
        seen, found = (picture * 0.5 + 0.5 - mean) / spread, []
        for number, stage in enumerate(self.stages):
            seen = max_pool2d(seen, 2) if number else seen
            for place, (weight, bias) in enumerate(stage):
                seen = relu(conv2d(seen, weight, bias, padding=1))
                found += [] if place else [seen]
        return found

    def _follow(self, device: torch.device) -> None:
        if self.stages[0][0][0].device != device:
            self.stages = [[(weight.to(device), bias.to(device)) for weight, bias in stage] for stage in self.stages]


def vgg19_distance(weights: str | Path | None, strength: float) -> PerceptualDistance | None:
    """The distance by the weights in a file; None where no file is given."""
    return None if weights is None else read_vgg19(Path(weights), strength)


def read_vgg19(path: Path, strength: float) -> PerceptualDistance:
    """Read the weights of VGG19 as torchvision publishes them.

    Raises:
        ValueError: the file is missing or holds something else.
    """
    expected = "expected a file with the weights of VGG19 as torchvision publishes them"
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as mistake:  # torch reads on in what is no such file until anything at all goes wrong
        raise ValueError(f"{expected}, got {path}, which is none; {WITHOUT}") from mistake
    held: dict[str, Any] = weights if isinstance(weights, dict) else {}
    inputs, stages = 3, []
    for first, width, count in zip(_first_layers(), WIDTHS, CONVOLUTIONS, strict=True):
        stage: list[Kernel] = []
        for layer in range(first, first + 2 * count, 2):
            names = [f"features.{layer}.{kind}" for kind in ("weight", "bias")]
            if [getattr(held.get(name), "shape", None) for name in names] != [(width, inputs, 3, 3), (width,)]:
                raise ValueError(f"{expected}, got {path} without its layer features.{layer}; {WITHOUT}")
            stage.append((held[names[0]], held[names[1]]))
            inputs = width
        stages.append(stage)
    return PerceptualDistance(stages, strength)


def _first_layers() -> list[int]:
    """Where each stage starts in torchvision's list: behind a convolution comes its relu, behind a stage its pool."""
    return [0, *accumulate(2 * count + 1 for count in CONVOLUTIONS[:-1])]
