"""What a painted frame is compared with: colours, structure and alpha, each pixel with its own weight."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import avg_pool2d

Picture = Float[Tensor, "batch 3 height width"]
Weight = Float[Tensor, "batch 1 height width"]


def weighted_mean(values: Float[Tensor, "batch channel height width"], weight: Weight) -> Float[Tensor, ""]:
    """Mean over pixels and channels; every pixel counts by its weight."""
    return (values * weight).sum() / (weight.sum() * values.shape[1]).clamp(min=1.0)


def colour_loss(painted: Picture, truth: Picture, weight: Weight) -> Float[Tensor, ""]:
    """Mean absolute difference."""
    return weighted_mean((painted - truth).abs(), weight)


def gradient_loss(painted: Picture, truth: Picture, weight: Weight) -> Float[Tensor, ""]:
    """Mean absolute difference of the pictures' slopes: keeps edges sharp without a discriminator."""
    difference = painted - truth
    across = (difference[..., 1:] - difference[..., :-1]).abs()
    down = (difference[..., 1:, :] - difference[..., :-1, :]).abs()
    return weighted_mean(across, weight[..., 1:]) + weighted_mean(down, weight[..., 1:, :])


def structure_loss(painted: Picture, truth: Picture, weight: Weight) -> Float[Tensor, ""]:
    """1 - SSIM (Wang et al. 2004) over 8x8 boxes at every fourth pixel, which costs a sixteenth of all of them."""
    a, b = painted * 0.5 + 0.5, truth * 0.5 + 0.5
    mean_a, mean_b = _boxes(a), _boxes(b)
    var_a, var_b = _boxes(a * a) - mean_a**2, _boxes(b * b) - mean_b**2
    covariance = _boxes(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    ssim = ((2 * mean_a * mean_b + c1) * (2 * covariance + c2)) / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))
    return weighted_mean(1 - ssim, _boxes(weight))


def _boxes(values: Tensor) -> Tensor:
    return avg_pool2d(values, 8, stride=4)


def alpha_loss(alpha: Weight, matte: Weight, weight: Weight) -> Float[Tensor, ""]:
    """Mean absolute difference of the mattes."""
    return weighted_mean((alpha - matte).abs(), weight)
