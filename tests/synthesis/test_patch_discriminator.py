"""What the discriminator sees, and its two distances in closed form."""

import pytest
import torch

from motion_transfer.synthesis.adversarial import feature_matching_loss, lsgan_loss
from motion_transfer.synthesis.discriminators.patch import PatchDiscriminator


def discriminator(
    *, layers: int = 3, scales: int = 2, norm: str = "instance", unstrided: int = 0
) -> PatchDiscriminator:
    torch.manual_seed(0)
    return PatchDiscriminator(5, base_channels=4, layers=layers, scales=scales, norm=norm, unstrided=unstrided)


def test_every_scale_gives_the_features_of_each_layer_and_then_its_verdicts() -> None:
    verdicts = discriminator()(torch.rand(2, 5, 64, 48))
    assert len(verdicts) == 2
    assert [tuple(features.shape) for features in verdicts[0]] == [
        (2, 4, 32, 24),
        (2, 8, 16, 12),
        (2, 16, 8, 6),
        (2, 1, 7, 5),
    ]
    assert verdicts[1][-1].shape == (2, 1, 3, 2)  # of the picture at half the size


@pytest.mark.parametrize(("unstrided", "patch_px"), [(0, 46), (1, 70)])
def test_a_verdict_of_three_layers_is_about_a_patch_of_46_pixels_and_of_one_more_about_70(
    unstrided: int, patch_px: int
) -> None:
    picture = torch.rand(1, 5, 128, 128, requires_grad=True)
    verdict = discriminator(scales=1, norm="none", unstrided=unstrided)(picture)[0][-1]
    verdict[0, 0, 7, 7].backward()
    assert picture.grad is not None
    touched = picture.grad[0].abs().sum(0) > 0
    assert int(touched.any(1).sum()) == int(touched.any(0).sum()) == patch_px


@pytest.mark.parametrize("target", [0.0, 0.9, 1.0])
def test_the_verdict_is_judged_by_its_squared_distance(target: float) -> None:
    verdicts = [[torch.zeros(1, 2, 4, 4), torch.full((1, 1, 3, 3), 0.5)], [torch.full((1, 1, 2, 2), 2.0)]]
    assert lsgan_loss(verdicts, target).item() == pytest.approx(((0.5 - target) ** 2 + (2 - target) ** 2) / 2)


def test_features_are_compared_by_their_mean_absolute_difference_without_the_verdicts() -> None:
    fake = [[torch.full((1, 2, 2, 2), 3.0), torch.full((1, 1), 9.0)], [torch.zeros(1, 2), torch.zeros(1, 1)]]
    real = [[torch.full((1, 2, 2, 2), 1.0), torch.zeros(1, 1)], [torch.full((1, 2), -4.0), torch.zeros(1, 1)]]
    assert feature_matching_loss(fake, real).item() == pytest.approx((2 + 4) / 2)
    assert feature_matching_loss(fake, fake).item() == 0


def test_what_is_real_is_not_pulled_toward_what_is_fake() -> None:
    fake, real = (torch.rand(1, 2, requires_grad=True) for _ in range(2))
    feature_matching_loss([[fake, fake]], [[real, real]]).backward()
    assert fake.grad is not None
    assert real.grad is None
