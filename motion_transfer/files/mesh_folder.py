"""A folder of meshes of one topology, each a deformation of the first -> their vertices."""

from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from motion_transfer.domain.value import value
from motion_transfer.files.character_mesh import SUFFIXES, read_character
from motion_transfer.files.meshes import load_triangles

MOST_SHAPES = 20_000


@value
class MeshFolder:
    """Meshes in the order of their names, each point of the surface once, as they lie in their files.

    Attributes:
        names: of the files.
    """

    names: tuple[str, ...]
    vertices_m: Float[np.ndarray, "shape vertex 3"]
    faces: Int[np.ndarray, "face 3"]


def read_mesh_folder(folder: Path) -> MeshFolder:
    """Read all meshes of a folder, whose y axis is up.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: it holds fewer than two meshes, one has other triangles than the first, or vertices are no numbers.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"expected a folder of meshes, found none at {folder}; check the path")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not 2 <= len(paths) <= MOST_SHAPES:
        raise ValueError(
            f"expected 2 to {MOST_SHAPES:,} meshes ({', '.join(SUFFIXES)}) in {folder}, got {len(paths)}; "
            "one mesh alone tells nothing about how it deforms"
        )
    first = read_character(paths[0], up="y", height_m=None)
    points = np.unique(first.surface_vertex.numpy(), return_index=True)[1]
    return MeshFolder(
        names=tuple(path.name for path in paths),
        vertices_m=np.stack(
            [_vertices(path, paths[0], first.faces.numpy(), len(first.vertex_rgb))[points] for path in paths]
        ),
        faces=first.surface.faces,
    )


def _vertices(path: Path, first: Path, faces: Int[np.ndarray, "face 3"], count: int) -> Float[np.ndarray, "vertex 3"]:
    found = load_triangles(path)
    vertices, triangles = np.asarray(found.vertices, np.float64), np.asarray(found.faces, np.int64)
    if vertices.shape != (count, 3) or not np.array_equal(np.sort(triangles, 1), np.sort(faces, 1)):
        raise ValueError(
            f"expected meshes of one topology, got {path.name} with {len(vertices)} vertices and {len(triangles)} "
            f"triangles unlike {first.name}; export all of them from one mesh"
        )
    if not np.isfinite(vertices).all():
        raise ValueError(f"expected finite vertices in {path}, got some that are no numbers; repair the mesh")
    return vertices
