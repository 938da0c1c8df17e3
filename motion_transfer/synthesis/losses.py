"""Losses of a painted frame against the filmed one: colours, structure and alpha, each pixel with its own weight."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits

from motion_transfer.synthesis.generators.conditional import ConditionalGenerator, Painted

Picture = Float[Tensor, "batch 3 height width"]
Weight = Float[Tensor, "batch 1 height width"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LossWeights:
    """Weights of the terms.

    `texture` keeps the learnable texture small, `blend` prefers the baked one, `votes` judges candidates.
    """

    colour: float
    gradient: float
    structure: float
    alpha: float
    blend: float
    texture: float
    adversarial: float
    features: float
    votes: float


def reconstruction_losses(
    generator: ConditionalGenerator, weights: LossWeights, painted: Painted, picture: Picture, batch: dict[str, Tensor]
) -> dict[str, Tensor]:
    """Compare the painted person, composited over the plate, with the filmed frame: weighted terms by name."""
    weight = batch["weight"]
    terms = {
        "colour": weights.colour * colour_loss(picture, batch["rgb"], weight),
        "gradient": weights.gradient * gradient_loss(picture, batch["rgb"], weight),
        "structure": weights.structure * structure_loss(picture, batch["rgb"], weight),
        "alpha": weights.alpha * alpha_loss(painted.alpha, batch["alpha"], weight),
    }
    if painted.votes is None:
        terms["blend"] = weights.blend * weighted_mean(painted.blend, weight * (batch["alpha"] > 0.5))
    if painted.votes is not None:
        terms["votes"] = weights.votes * vote_loss(painted.votes, batch)
    texture = generator.learnable_texture()
    if texture is not None:
        terms["texture"] = weights.texture * texture.square().mean()
    return terms


RIGHT = 0.10  # of [-1, 1]: a candidate whose smoothed composite is nearer than this to the frame is right
SMOOTHING_PX = 5  # registration errs by a pixel or two, and detail that is one pixel off is right all the same


def vote_loss(votes: Float[Tensor, "batch candidate height width"], batch: dict[str, Tensor]) -> Float[Tensor, ""]:
    """Binary cross-entropy of the votes: is each candidate, laid over the plate and smoothed, like the filmed frame?"""
    rgb, alpha = batch["candidate_rgb"], batch["candidate_alpha"][:, :, None]
    composite = alpha * rgb + (1 - alpha) * batch["plate"][:, None]
    apart = _smoothed((composite - batch["rgb"][:, None]).flatten(0, 1)).unflatten(0, rgb.shape[:2])
    right = (apart.abs().amax(2) < RIGHT).float()
    asked = (batch["candidate_confidence"] > 0) * (batch["weight"] > 0)
    losses = binary_cross_entropy_with_logits(votes, right, reduction="none")
    return (losses * asked).sum() / asked.sum().clamp(min=1)


def _smoothed(values: Tensor) -> Tensor:
    return avg_pool2d(values, SMOOTHING_PX, stride=1, padding=SMOOTHING_PX // 2, count_include_pad=False)


def weighted_mean(values: Float[Tensor, "batch channel height width"], weight: Weight) -> Float[Tensor, ""]:
    """Mean over pixels and channels; every pixel counts by its weight."""
    return (values * weight).sum() / (weight.sum() * values.shape[1]).clamp(min=1.0)


def colour_loss(painted: Picture, truth: Picture, weight: Weight) -> Float[Tensor, ""]:
    """Mean absolute difference of the colours."""
    return weighted_mean((painted - truth).abs(), weight)


def gradient_loss(painted: Picture, truth: Picture, weight: Weight) -> Float[Tensor, ""]:
    """Mean absolute difference of the image gradients: keeps edges sharp without a discriminator."""
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


def alpha_loss(alpha: Weight, matte: Weight, weight: Weight) -> Float[Tensor, ""]:
    """Mean absolute difference of alpha and matte."""
    return weighted_mean((alpha - matte).abs(), weight)


def psnr(picture: Picture, batch: dict[str, Tensor]) -> tuple[float, float]:
    """Peak signal-to-noise ratio in dB of a painted frame, and of its person alone."""
    squared = ((picture - batch["rgb"]) / 2) ** 2
    whole = weighted_mean(squared, (batch["weight"] > 0).float())
    person = weighted_mean(squared, (batch["alpha"] > 0.5).float() * (batch["weight"] > 0.5))
    return _decibel(whole), _decibel(person)


def _decibel(mean_square: Float[Tensor, ""]) -> float:
    return float(-10 * torch.log10(mean_square.clamp(min=1e-10)))


def _boxes(values: Tensor) -> Tensor:
    return avg_pool2d(values, 8, stride=4)
