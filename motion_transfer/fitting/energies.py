"""The terms of the video fit. Each is a mean over frames in units of its usual spread, so that their balance does not
depend on a clip's length.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

SUNK_WEIGHT = 0.2  # of feet below the ground against standing feet off it


def robust(squared: Tensor) -> Tensor:
    """Geman-McClure: x^2 / (1 + x^2) for a squared residual in units of its spread."""
    return squared / (1 + squared)


def reprojection(
    pixels: Float[Tensor, "frame landmark 2"],
    seen_px: Float[Tensor, "frame landmark 2"],
    weights: Float[Tensor, "frame landmark"],
    person_px: Float[Tensor, "frame"],
    spread: float,
) -> Float[Tensor, ""]:
    """Distance in the picture in person heights, robust against wrong landmarks (SMPLify's E_J)."""
    squared = ((pixels - seen_px) ** 2).sum(-1) / (person_px[:, None] * spread) ** 2
    return (weights * robust(squared)).sum(1).mean()


def directions(
    vectors: Float[Tensor, "frame bone 3"],
    seen: Float[Tensor, "frame bone 3"],
    weights: Float[Tensor, "frame bone"],
) -> Float[Tensor, ""]:
    """1 - cosine between the body's bones or axes and the detector's."""
    cosine = torch.nn.functional.cosine_similarity(vectors, seen, dim=-1)
    return (weights * (1 - cosine)).sum(1).mean()


def acceleration(
    points: Float[Tensor, "frame *rest 3"], inner: Bool[Tensor, "frame"], fps: float, spread: float
) -> Float[Tensor, ""]:
    """Cauchy's cost of second differences in m/s^2 over `spread`; `inner` marks frames with neighbours in their shot.

    People's acceleration is heavy-tailed: small nearly always, and an order of magnitude larger where a hand is thrown.
    The cost grows only by the logarithm, so that it stills the noise and leaves the throw as fast as it is.
    """
    second = (points[2:] - 2 * points[1:-1] + points[:-2]) * fps**2
    squared = (second**2).sum(-1) / spread**2
    kept = inner[1:-1].view(-1, *[1] * (squared.ndim - 1))
    return (torch.log1p(squared) / 2 * kept).mean() if len(points) > 2 else points.sum() * 0


def rotation_change(
    rotations: Float[Tensor, "frame joint 3 3"], follows: Bool[Tensor, "frame"], fps: float
) -> Float[Tensor, ""]:
    """Squared angular speed in (rad/s)^2 / 100; `follows` marks frames whose frame before is of the same shot."""
    squared = ((rotations[1:] - rotations[:-1]) ** 2).sum((-2, -1)) / 2 * fps**2 / 100
    return (squared.mean(1) * follows[1:]).mean() if len(rotations) > 1 else rotations.sum() * 0


def planted_feet(
    soles: Float[Tensor, "frame foot point 3"],
    planted: Bool[Tensor, "frame foot"],
    follows: Bool[Tensor, "frame"],
    fps: float,
    spread: float,
) -> Float[Tensor, ""]:
    """Foot skate: the speed of points of planted feet, m/s over `spread`, in all three directions."""
    both = (planted[1:] & planted[:-1] & follows[1:, None])[..., None]
    squared = ((soles[1:] - soles[:-1]) ** 2).sum(-1) * fps**2 / spread**2
    return (robust(squared) * both).mean() if len(soles) > 1 else soles.sum() * 0


def on_the_ground(
    soles: Float[Tensor, "frame foot point 3"],
    planted: Bool[Tensor, "frame foot"],
    height_m: Float[Tensor, ""],
    slope: Float[Tensor, ""],
    spread_m: float,
) -> Float[Tensor, ""]:
    """Distance of planted feet from the plane y = height + slope * z, and of any feet below it."""
    above = soles[..., 1].amin(-1) - (height_m + slope * soles[..., 2].mean(-1))
    standing = robust((above / spread_m) ** 2) * planted
    sunk = (torch.relu(-above) / spread_m) ** 2
    return (standing + SUNK_WEIGHT * sunk / (1 + sunk)).mean()


def upright(
    up: Float[Tensor, "frame 3"], standing: Bool[Tensor, "frame"], slope: Float[Tensor, ""], spread: float
) -> Float[Tensor, ""]:
    """Lean toward or away from the camera of standing people against the ground's normal (0, 1, -slope).

    One view hardly shows this lean; the sideways one is left alone, since the picture shows it.
    """
    lean = up[:, 2] / up[:, 1].clamp(min=0.2) + slope
    return ((lean / spread) ** 2 * standing).mean()


def penetration(penetration_vectors_m: Float[Tensor, "frame point side 3"], spread_m: float) -> Float[Tensor, ""]:
    """Squared depth of points inside the body: the picture shows the same hand at any depth."""
    return (penetration_vectors_m**2).sum((1, 2, 3)).mean() / spread_m**2
