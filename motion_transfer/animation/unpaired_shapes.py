"""What the user gives for a collection, a folder of meshes or a motion -> shapes that are few enough to learn from."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from motion_transfer.animation.animate import match, move
from motion_transfer.domain.mesh_motion import MeshMotion, in_chunks
from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.value import value
from motion_transfer.files.character_mesh import read_character
from motion_transfer.files.mesh_folder import read_mesh_folder
from motion_transfer.geometry.pieces import pieces
from motion_transfer.retargeting.deformation.matching import CharacterMatcher, average_body
from motion_transfer.retargeting.deformation.sumner_popovic import DeformationStage
from motion_transfer.retargeting.unpaired.model import WholeMesh
from motion_transfer.retargeting.unpaired.shape_collection import ShapeCollection
from motion_transfer.run import Run
from motion_transfer.stages import SourceMotion, Stages
from motion_transfer.synthetic.remeshing import thinned

AT_ONCE = 8  # frames


@value
class GivenShapes:
    """A collection, and what it was thinned from.

    Attributes:
        names: of the files, or of the frames.
    """

    collection: ShapeCollection
    whole: WholeMesh
    names: tuple[str, ...]


def shapes_of_folder(folder: Path, most_vertices: int) -> GivenShapes:
    """Read a folder of meshes of one topology; the first is the reference.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: the meshes are of differing topology, one alone, or no surfaces to learn from.
    """
    found = read_mesh_folder(folder)
    rest = TriangleMesh(vertices_m=found.vertices_m[0], faces=found.faces)
    faces, kept = _thin(rest, most_vertices)
    collection = ShapeCollection(name=str(folder), vertices_m=found.vertices_m[:, kept], faces=faces)
    return GivenShapes(collection=collection, whole=WholeMesh(mesh=rest, kept=kept), names=found.names)


def shapes_of_motion(name: str, rest: TriangleMesh, motion: MeshMotion, most_vertices: int) -> GivenShapes:
    """The frames of a mesh in motion; the mesh at rest is the reference and comes first.

    Raises:
        ValueError: the mesh is no surface to learn from.
    """
    faces, kept = _thin(rest, most_vertices)
    shapes = np.concatenate([rest.vertices_m[kept][None], *_kept(motion, kept)])
    collection = ShapeCollection(name=name, vertices_m=shapes, faces=faces)
    names = ("rest", *(f"frame {frame}" for frame in range(len(motion))))
    return GivenShapes(collection=collection, whole=WholeMesh(mesh=rest, kept=kept), names=names)


def _kept(motion: MeshMotion, kept: Int[np.ndarray, "kept"]) -> Iterator[Float[np.ndarray, "frame kept 3"]]:
    for chunk in in_chunks(motion, AT_ONCE):
        yield chunk[:, kept].double().cpu().numpy()


def _thin(mesh: TriangleMesh, most_vertices: int) -> tuple[Int[np.ndarray, "face 3"], Int[np.ndarray, "kept"]]:
    """The faces over the vertices that are kept, and which these are; a small mesh of one piece stays whole."""
    count = len(mesh.vertices_m)
    if count <= most_vertices and pieces(count, mesh.faces).max() == 0:
        return mesh.faces, np.arange(count)
    found, kept = thinned(mesh, most_vertices)
    return found.faces, kept


def shapes_of_body(source: SourceMotion, most_vertices: int) -> GivenShapes:
    """The mean body in the poses of a motion, so that a map that learns from it serves everybody."""
    body = average_body(source.body.model)
    rest = TriangleMesh(vertices_m=body.rest_vertices_m.double().cpu().numpy(), faces=body.model.faces.cpu().numpy())
    return shapes_of_motion(source.name, rest, body.posed(source.motion.pose), most_vertices)


def shapes_of_character(
    source: SourceMotion,
    mesh: Path,
    stages: Stages,
    run: Run,
    matcher: CharacterMatcher,
    deform: DeformationStage,
    most_vertices: int,
) -> GivenShapes:
    """A character that does a motion by deformation transfer."""
    character = read_character(mesh, up="auto", height_m=None)
    matched = match(character, None, stages.model, matcher, run)
    moved = move(source, matched, stages.retargeter, deform)
    return shapes_of_motion(mesh.name, matched.rest, moved.mesh, most_vertices)
