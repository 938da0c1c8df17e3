"""Sharpness of a minimum: the worst loss nearby (Keskar et al. 2017), and the Hessian's spectrum by Lanczos."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

Loss = Callable[[], Tensor]
NOISE = 1e-3  # of the largest eigenvalue; smaller magnitudes count as zero


@dataclass(frozen=True, slots=True, kw_only=True)
class Curvature:
    """Eigenvalues of the Hessian, estimated by Lanczos.

    Attributes:
        largest: the largest eigenvalues, falling.
        smallest: the smallest eigenvalue.
        negative_fraction: estimated fraction of negative eigenvalues.
    """

    largest: tuple[float, ...]
    smallest: float
    negative_fraction: float

    @property
    def sentence(self) -> str:
        """What it means for the user."""
        where = "a minimum" if self.smallest >= -NOISE * self.largest[0] else "a saddle: longer training may help"
        return f"Training ended in {where} (curvature from {self.smallest:.2g} to {self.largest[0]:.2g})."


def hessian_vector_product(
    loss: Loss, parameters: Sequence[Tensor], vector: Float[Tensor, "weight"]
) -> Float[Tensor, "weight"]:
    """Give the product of the loss's Hessian with a vector, by differentiating twice (Pearlmutter 1994)."""
    slopes = torch.autograd.grad(loss(), parameters, create_graph=True)
    flat = torch.cat([slope.flatten() for slope in slopes])
    products = torch.autograd.grad(flat @ vector, parameters, allow_unused=True)
    return torch.cat(
        [
            (torch.zeros_like(parameter) if product is None else product).flatten()
            for parameter, product in zip(parameters, products, strict=True)
        ]
    )


def lanczos(
    times: Callable[[Tensor], Tensor], start: Float[Tensor, "weight"], steps: int
) -> tuple[Float[Tensor, "ritz"], Float[Tensor, "ritz"]]:
    """Give Ritz values of a symmetric matrix, rising, and the weight of each in `start` (Golub and Meurant 2010).

    Every vector is orthogonalized against all earlier ones, twice: otherwise copies of large eigenvalues appear. The
    iteration ends early where the Krylov space of `start` is exhausted.
    """
    vectors = [start / start.norm()]
    diagonal: list[Tensor] = []
    off_diagonal: list[Tensor] = []
    scale = 0.0
    for _ in range(min(steps, len(start))):
        product = times(vectors[-1])
        diagonal.append(product @ vectors[-1])
        basis = torch.stack(vectors)
        for _ in range(2):
            product = product - basis.T @ (basis @ product)
        scale = max(scale, diagonal[-1].abs().item())
        if product.norm() <= 10 * torch.finfo(product.dtype).eps * max(scale, 1e-30) * len(start) ** 0.5:
            break
        off_diagonal.append(product.norm())
        vectors.append(product / product.norm())
    off = torch.stack(off_diagonal[: len(diagonal) - 1]) if len(diagonal) > 1 else start.new_zeros(0)
    matrix = torch.diag(torch.stack(diagonal)) + torch.diag(off, 1) + torch.diag(off, -1)
    values, eigenvectors = torch.linalg.eigh(matrix)
    return values, eigenvectors[0].square()


def curvature(
    loss: Loss, parameters: Sequence[Tensor], *, steps: int, probes: int, top: int, generator: torch.Generator
) -> Curvature:
    """Estimate the extreme eigenvalues of the Hessian and the fraction of negative ones (Ghorbani et al. 2019).

    Args:
        loss: of a fixed batch, with graph.
        parameters: that the loss depends on.
        steps: of Lanczos; about 20 suffice for the extremes.
        probes: random starts over which the negative fraction is averaged.
        top: number of largest eigenvalues.
        generator: on the CPU.

    Raises:
        ValueError: for a count below 1.
    """
    if min(steps, probes, top) < 1:
        raise ValueError(f"expected counts of at least 1, got {(steps, probes, top)}; raise them")
    size = sum(parameter.numel() for parameter in parameters)
    spectra = []
    for _ in range(probes):
        start = torch.randn(size, generator=generator).to(parameters[0])
        spectra.append(lanczos(lambda vector: hessian_vector_product(loss, parameters, vector), start, steps))
    best = max(spectra, key=lambda spectrum: spectrum[0][-1].item())[0]
    largest = max(values.abs().max().item() for values, _ in spectra)
    negative = torch.stack([weights[values < -NOISE * largest].sum() for values, weights in spectra]).mean()
    return Curvature(
        largest=tuple(best.flip(0)[:top].tolist()),
        smallest=min(values[0].item() for values, _ in spectra),
        negative_fraction=negative.item(),
    )


def worst_loss_nearby(loss: Loss, parameters: Sequence[Tensor], *, radius: float, steps: int) -> float:
    """Give the largest loss that projected gradient ascent finds within a ball; the parameters are restored.

    Args:
        loss: of a fixed batch, with graph.
        parameters: that the loss depends on.
        radius: of the ball, as a fraction of the parameters' norm (Keskar et al. 2017).
        steps: of ascent.

    Raises:
        ValueError: for a radius or a number of steps that is not positive.
    """
    if radius <= 0 or steps < 1:
        raise ValueError(f"expected a radius above 0 and at least 1 step, got {radius} and {steps}; raise them")
    centre = torch.cat([parameter.detach().flatten() for parameter in parameters])
    radius_of_ball = radius * centre.norm()
    moved, worst = torch.zeros_like(centre), loss().item()
    try:
        for _ in range(steps):
            slopes = torch.autograd.grad(loss(), parameters)
            slope = torch.cat([part.flatten() for part in slopes])
            moved = moved + radius_of_ball / steps * 2 * slope / slope.norm().clamp(min=1e-30)
            moved = moved * (radius_of_ball / moved.norm().clamp(min=1e-30)).clamp(max=1)
            _set(parameters, centre + moved)
            worst = max(worst, loss().item())
    finally:
        _set(parameters, centre)
    return worst


@torch.no_grad()
def _set(parameters: Sequence[Tensor], flat: Tensor) -> None:
    parts = flat.split([parameter.numel() for parameter in parameters])
    for parameter, part in zip(parameters, parts, strict=True):
        parameter.copy_(part.view_as(parameter))
