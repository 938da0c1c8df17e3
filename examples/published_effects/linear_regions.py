"""Exact count of a ReLU network's linear regions along a line (Montufar et al. 2014; Raghu et al. 2017)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


@torch.no_grad()
def breakpoints(
    network: nn.Sequential, start: Float[Tensor, "value"], end: Float[Tensor, "..."]
) -> Float[Tensor, "break"]:
    """Give the positions on the line from `start` (0) to `end` (1) at which the output bends, rising.

    Between known breakpoints every unit is affine in the position, so that its zeros follow from its values at the
    ends of a piece. The result is exact, without sampling.

    Args:
        network: linear layers and ReLUs in turn.
        start, end: inputs of the network.

    Raises:
        ValueError: for a layer that is neither linear nor a ReLU, or an input of another size.
    """
    if start.shape != end.shape or start.ndim != 1:
        raise ValueError(
            f"expected two inputs of one size, got {tuple(start.shape)} and {tuple(end.shape)}; match them"
        )
    positions = torch.tensor([0.0, 1.0], dtype=torch.float64, device=start.device)
    values = torch.stack([start, end]).double()
    for layer in network:
        if isinstance(layer, nn.Linear):
            bias = 0.0 if layer.bias is None else layer.bias.double()
            values = values @ layer.weight.double().T + bias
        elif isinstance(layer, nn.ReLU):
            positions, values = _with_zeros(positions, values)
            values = values.clamp(min=0)
        else:
            raise ValueError(f"expected linear layers and ReLUs, got {type(layer).__name__}; take the others out")
    slopes = values.diff(dim=0) / positions.diff()[:, None]
    change = slopes.diff(dim=0).abs().amax(1)
    # A later layer may ignore the bend of a unit.
    return positions[1:-1][change > 1e-9 * slopes.abs().amax().clamp(min=1e-30)]


def _with_zeros(positions: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Add the positions at which a unit crosses zero."""
    first, second = values[:-1], values[1:]
    piece, unit = (first * second < 0).nonzero(as_tuple=True)
    fraction = first[piece, unit] / (first[piece, unit] - second[piece, unit])
    added_positions = torch.lerp(positions[piece], positions[piece + 1], fraction)
    added = torch.lerp(first[piece], second[piece], fraction[:, None])
    added[torch.arange(len(unit)), unit] = 0.0
    order = torch.cat([positions, added_positions])
    order, index = order.sort(stable=True)
    kept = torch.ones_like(order, dtype=torch.bool)
    kept[1:-1] = (order[1:-1] > order[:-2]) & (order[1:-1] < 1)
    return order[kept], torch.cat([values, added])[index][kept]


def count_pieces(network: nn.Sequential, start: Float[Tensor, "value"], end: Float[Tensor, "value"]) -> int:
    """Give the number of linear pieces between two inputs."""
    return len(breakpoints(network, start, end)) + 1


def folding_network(depth: int) -> nn.Sequential:
    """Make the network of width 2 whose output folds [0, 1] into `2^depth` pieces: the bound `width^depth` is reached.

    Each layer is the tent map `2 relu(x) - 4 relu(x - 1/2)` (Telgarsky 2016).

    Raises:
        ValueError: for a depth below 1.
    """
    if depth < 1:
        raise ValueError(f"expected a depth of at least 1, got {depth}; raise it")
    layers: list[nn.Module] = []
    for index in range(depth):
        layer = nn.Linear(1 if index == 0 else 2, 2)
        tent = torch.tensor([[2.0, -4.0]])
        copy = torch.ones(2, 1)
        with torch.no_grad():
            layer.weight.copy_(copy if index == 0 else copy @ tent)
            layer.bias.copy_(torch.tensor([0.0, -0.5]))
        layers += [layer, nn.ReLU()]
    last = nn.Linear(2, 1)
    with torch.no_grad():
        last.weight.copy_(torch.tensor([[2.0, -4.0]]))
        last.bias.zero_()
    return nn.Sequential(*layers, last)
