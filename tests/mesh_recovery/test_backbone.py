"""EfficientNet-Lite0 has the shapes of its published weights, and takes them over."""

import pytest
import torch
from imagenet_weights import published

from motion_transfer.mesh_recovery.backbone import FEATURES, ConvNorm, EfficientNetLite0, load_published


def test_the_published_weights_are_taken_over_by_name() -> None:
    backbone, weights = EfficientNetLite0(), published()
    load_published(backbone, weights)
    own = backbone.state_dict()
    assert torch.equal(own["blocks.3.depthwise.conv.weight"], weights["_blocks.3._depthwise_conv.weight"])
    assert torch.equal(own["head.conv.weight"], weights["_conv_head.weight"])
    assert len(own) == len(weights) - 2  # all but the classifier


def test_weights_of_another_network_are_refused() -> None:
    missing = published()
    missing.pop("_blocks.7._bn2.bias")
    with pytest.raises(ValueError, match=r"expected the weights of EfficientNet-Lite0, got others: blocks.7.project"):
        load_published(EfficientNetLite0(), missing)
    other = published() | {"_blocks.7._project_conv.weight": torch.zeros(80, 480, 3, 3)}
    with pytest.raises(ValueError, match=r"blocks\.7\.project\.conv\.weight differ"):
        load_published(EfficientNetLite0(), other)


def test_a_picture_becomes_features_at_a_thirty_second_of_its_size() -> None:
    backbone = EfficientNetLite0().eval()
    assert backbone.blocks(backbone.stem(torch.zeros(1, 3, 64, 96))).shape == (1, 320, 2, 3)
    assert backbone(torch.zeros(2, 3, 64, 64)).shape == (2, FEATURES)


@pytest.mark.parametrize("kernel", [3, 5])
def test_strides_of_two_pad_more_behind_than_before_as_tensorflow_does(kernel: int) -> None:
    """With an even size a stride of 2 needs kernel - 2 more pixels, of which the smaller half comes first."""
    layer = ConvNorm(1, 1, kernel=kernel, stride=2, linear=True).eval()
    with torch.no_grad():
        layer.conv.weight.fill_(0)
        layer.conv.weight[0, 0, kernel // 2 - 1 if kernel == 3 else 1, kernel // 2 - 1 if kernel == 3 else 1] = 1
        picture = torch.arange(64.0).view(1, 1, 8, 8)
        found = layer(picture)
    assert torch.allclose(found, picture[..., ::2, ::2], atol=0.05)  # within the normalization's epsilon
