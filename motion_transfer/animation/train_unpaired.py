"""Two collections that the user gives -> a trained map in a folder, with its report."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float

from motion_transfer.animation.unpaired_report import write_report
from motion_transfer.animation.unpaired_shapes import GivenShapes
from motion_transfer.files.mesh_folder import read_mesh_folder
from motion_transfer.unpaired_training.stage import Advance
from motion_transfer.unpaired_training.training import Trained, UnpairedTraining


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCollections:
    """The two collections, and a folder of what the source's shapes truly are on the target, for the report alone."""

    source: GivenShapes
    target: GivenShapes
    truth: Path | None

    def true_shapes(self) -> Float[np.ndarray, "shape vertex 3"] | None:
        """The target's shapes that belong to the source's, by the names of their files.

        Raises:
            ValueError: the files have other names, or another topology.
        """
        if self.truth is None:
            return None
        found = read_mesh_folder(self.truth)
        stems, wanted = [Path(name).stem for name in found.names], [Path(name).stem for name in self.source.names]
        if stems != wanted or len(found.vertices_m[0]) != len(self.target.whole.mesh.vertices_m):
            raise ValueError(
                f"expected meshes of the target in {self.truth}, named as the source's, got {len(stems)} of "
                f"{len(found.vertices_m[0])} vertices; leave truth out, or give one for each"
            )
        return found.vertices_m[:, self.target.whole.kept]


def train_unpaired(
    given: GivenCollections, training: UnpairedTraining, folder: Path, *, advance: Advance, device: str
) -> Trained:
    """Train or go on, and write the model and its report.

    Raises:
        ValueError: the truth fits neither collection, or the folder holds another training.
    """
    truth = given.true_shapes()
    source, target = given.source, given.target
    trained = training(
        source.collection,
        target.collection,
        folder,
        advance=advance,
        device=torch.device(device),
        whole=(source.whole, target.whole),
    )
    write_report(folder, source.collection, target.collection, trained, truth)
    return trained
