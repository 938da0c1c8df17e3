"""Parameter groups with and without weight decay."""

from typing import Any

from torch import nn

NORMS = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm, nn.PReLU)


def decay_groups(module: nn.Module, *, weight_decay: float) -> list[dict[str, Any]]:
    """Split a module's trainable parameters into a group that decays and one that does not.

    Biases, scales of normalization layers, slopes of PReLU and every other vector or scalar do not decay, because
    shrinking them changes the function without making it simpler (He et al. 2019, section 3.1).

    Args:
        module: all of its parameters that require gradients are in exactly one group.
        weight_decay: of the group that decays.

    Raises:
        ValueError: for a negative decay, or a module with nothing to train.
    """
    if weight_decay < 0:
        raise ValueError(f"expected a weight decay of at least 0, got {weight_decay}; raise it")
    spared = {
        id(parameter)
        for child in module.modules()
        if isinstance(child, NORMS)
        for parameter in child.parameters(recurse=False)
    }
    trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
    if not trained:
        raise ValueError("expected a module with parameters to train, got none; check requires_grad")
    decaying = [parameter for parameter in trained if parameter.ndim > 1 and id(parameter) not in spared]
    ids = {id(parameter) for parameter in decaying}
    groups = [
        {"params": decaying, "weight_decay": weight_decay},
        {"params": [parameter for parameter in trained if id(parameter) not in ids], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
