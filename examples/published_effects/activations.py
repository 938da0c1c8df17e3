"""Outputs of a network's layers by name."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


@torch.no_grad()
def layer_outputs(
    network: nn.Module, inputs: Float[Tensor, "sample ..."], layers: Sequence[str]
) -> dict[str, Float[Tensor, "sample feature"]]:
    """Give the flattened outputs of the named layers, in the order of the names.

    Raises:
        ValueError: a layer does not exist, or was not used.
    """
    known = dict(network.named_modules())
    unknown = [name for name in layers if name not in known]
    if unknown:
        raise ValueError(f"expected layers among {', '.join(filter(None, known))}, got {unknown}; correct the names")
    outputs: dict[str, Tensor] = {}
    handles = []
    try:
        for name in layers:

            def keep(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor, name: str = name) -> None:
                outputs[name] = output.flatten(1).clone()  # a later layer may change it in place

            handles.append(known[name].register_forward_hook(keep))
        network(inputs)
    finally:
        for handle in handles:
            handle.remove()
    unused = [name for name in layers if name not in outputs]
    if unused:
        raise ValueError(f"expected layers that the network uses, got {unused}; leave them out")
    return {name: outputs[name] for name in layers}
