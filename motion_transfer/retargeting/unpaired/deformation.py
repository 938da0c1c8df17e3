"""The stage that moves a character by a map that was learned without pairs, in place of a correspondence."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.domain.mesh_motion import ALL_FRAMES, MeshMotion
from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.retargeting.deformation.correspondence import by_closest_points
from motion_transfer.retargeting.deformation.deformed_mesh import DeformedMesh
from motion_transfer.retargeting.deformation.gradient_transfer import GradientTransfer
from motion_transfer.retargeting.deformation.normal_equations import check_solver
from motion_transfer.retargeting.unpaired.model import FILE, UnpairedModel

ANCHOR_LENGTH = 0.05  # of the size: smaller details of a whole mesh follow the gradients of the thinned one alone


class MappedMotion:
    """The target's thinned shapes for the frames of a source, in the size of the character.

    Args:
        source: in motion; of its vertices those count that the model knows.
    """

    def __init__(self, source: MeshMotion, model: UnpairedModel, scale: float) -> None:
        self._source, self._model, self._scale = source, model, scale
        self._kept = torch.from_numpy(model.source_whole.kept)

    @property
    def faces(self) -> Int[Tensor, "face 3"]:
        """The thinned target's triangles."""
        return torch.from_numpy(self._model.target.rest.faces)

    def __len__(self) -> int:
        return len(self._source)

    def vertices_m(self, frames: slice = ALL_FRAMES) -> Float[Tensor, "frame vertex 3"]:
        """The thinned target's vertices in some frames."""
        asked = self._source.vertices_m(frames)[:, self._kept].double().cpu().numpy()
        return torch.from_numpy(self._scale * self._model(asked)).float()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpairedDeformation:
    """Moves a character by a trained map.

    Attributes:
        model: the folder of its training.
        solver: of linear systems: auto, scipy or cholespy.

    Raises:
        FileNotFoundError: the folder holds no model.
        ValueError: no folder is given, its model is damaged, or the solver does not exist.
    """

    model: str | Path | None
    solver: str
    trained: UnpairedModel = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_solver(self.solver)
        if self.model is None:
            raise ValueError(
                "expected the folder of a trained map for deformation=unpaired, got none; train one with "
                "motion-transfer train_unpaired and give it as model=DIR"
            )
        object.__setattr__(self, "trained", UnpairedModel.load(Path(self.model) / FILE))

    def check_source(self, vertices: int, faces: Int[np.ndarray, "face 3"]) -> None:
        """Raise ValueError where a body is not what the map was trained on."""
        whole = self.trained.source_whole.mesh
        if len(whole.vertices_m) != vertices or not np.array_equal(whole.faces, faces):
            raise ValueError(
                f"expected a map from the body of {vertices} vertices in {self.model}, got one from a mesh of "
                f"{len(whole.vertices_m)}; train it with a motion as its source"
            )

    def check_character(self, name: str, surface: TriangleMesh) -> None:
        """Raise ValueError where a character is not what the map was trained for."""
        whole = self.trained.target_whole.mesh
        if not np.array_equal(whole.faces, surface.faces):
            raise ValueError(
                f"expected a mesh with the {len(whole.faces)} triangles that the map in {self.model} was trained for, "
                f"got {len(surface.faces)} others in {name}; give a mesh of the target's folder"
            )

    def scale(self, surface: TriangleMesh) -> float:
        """The size of a character over that of the collection that the map was trained for."""
        return surface.size_m / self.trained.target_whole.mesh.size_m

    def __call__(self, source: MeshMotion, surface: TriangleMesh) -> MeshMotion:
        """The character in motion: mapped, and where it was thinned for the training, followed by the whole mesh.

        Args:
            source: the body in motion.
            surface: the character, of the size that is wanted.
        """
        whole, scale = self.trained.target_whole, self.scale(surface)
        mapped = MappedMotion(source, self.trained, scale)
        if len(whole.kept) == len(whole.mesh.vertices_m):
            return mapped
        rest = whole.mesh.at(scale * whole.mesh.vertices_m)
        thin = TriangleMesh(vertices_m=rest.vertices_m[whole.kept], faces=self.trained.target.rest.faces)
        follows = by_closest_points(thin, rest)
        every = np.arange(len(rest.vertices_m))
        weights = np.full(len(every), 1 / len(every)) / ANCHOR_LENGTH**2
        transfer = GradientTransfer(rest, follows.follows, every, weights, solver=self.solver)
        return DeformedMesh(mapped, thin, rest, follows, transfer)
