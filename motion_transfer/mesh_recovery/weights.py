"""Weights of a mesh recovery network <-> a file of half-precision arrays, with what the network is built from."""

from pathlib import Path

import numpy as np
import torch

from motion_transfer.files.npz import read_npz, write_npz
from motion_transfer.files.reading import reading
from motion_transfer.files.replacing import replacing
from motion_transfer.mesh_recovery.body_points import BodyPoints
from motion_transfer.mesh_recovery.network import MeshRecoveryNetwork
from motion_transfer.training.layers import to_channels_last

SHIPPED = Path(__file__).with_name("weights.npz")
BUILT_FROM = ("betas", "landmarks", "hidden", "steps")
COUNTED = "num_batches_tracked"  # of batch normalization: of no use after the training
MOST_OF_EACH = {"betas": 300, "landmarks": 1000, "hidden": 4096, "steps": 16}


def save_network(path: Path, network: MeshRecoveryNetwork) -> None:
    """Store a network; its weights are rounded to half precision."""
    sizes = {f"built_from.{name}": np.array(getattr(network, name)) for name in BUILT_FROM}
    weights = {
        name: tensor.detach().cpu().half().numpy()
        for name, tensor in network.state_dict().items()
        if not name.endswith(COUNTED)
    }
    with replacing(path) as temporary:
        write_npz(temporary, {**sizes, **weights}, compressed=True)


def load_network(path: Path) -> MeshRecoveryNetwork:
    """The network of a file, ready for use.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, or holds no such network.
    """
    with reading("the weights of a mesh recovery network", path, remedy="train it anew or reinstall the package"):
        arrays = read_npz(path, compressed=True)
        sizes = {name: int(arrays.pop(f"built_from.{name}")) for name in BUILT_FROM}
        if any(not 1 <= size <= MOST_OF_EACH[name] for name, size in sizes.items()):
            raise ValueError(f"expected a network of ordinary size, got {sizes}")
        body = BodyPoints(betas=sizes["betas"], landmarks=sizes["landmarks"])
        network = MeshRecoveryNetwork(body, hidden=sizes["hidden"], steps=sizes["steps"])
        weights = {name: torch.from_numpy(array).float() for name, array in arrays.items()}
        counts = {name: tensor for name, tensor in network.state_dict().items() if name.endswith(COUNTED)}
        try:
            network.load_state_dict({**counts, **weights})
        except RuntimeError as mismatch:
            raise ValueError(
                f"expected the weights of that network, got others: {str(mismatch).splitlines()[1]}"
            ) from None
    to_channels_last(network)
    return network.eval()
