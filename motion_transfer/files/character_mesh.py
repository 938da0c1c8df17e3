"""Files of any mesh that stands like a person -> a character: upright, in metres, each point of its surface once."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.value import value
from motion_transfer.files.meshes import load_triangles
from motion_transfer.files.reading import reading
from motion_transfer.geometry.deformation_gradients import area_vectors
from motion_transfer.geometry.pieces import pieces
from motion_transfer.geometry.upright import guess_upright

if TYPE_CHECKING:
    import trimesh

SUFFIXES = (".obj", ".ply", ".stl", ".glb", ".gltf", ".off")
Y_UP = (".glb", ".gltf")  # by their specification
MOST_FACES = 400_000
SAME = 1e-6  # points nearer than this share of the mesh's size are one
APART = 0.6  # two pieces that are both so tall, over the whole, and stand beside each other are two people


@value
class CharacterMesh:
    """A mesh as it lies in its file, and its surface.

    Attributes:
        faces: of the file's vertices, which are split where colours or the texture have seams.
        uv: positions in the texture for each of the file's vertices, u right and v down.
        vertex_rgb: colours of the file's vertices; white where the file has none.
        surface: the same triangles with each point once, standing on y = 0, in metres.
        numbered_m: where the vertices are that modelling programs count, from 0: the `v` lines of an OBJ file.
        surface_vertex: which of the surface's vertices each of the file's is.
        notes: what was guessed or changed, each in one sentence.
    """

    name: str
    faces: Int[Tensor, "face 3"]
    vertex_rgb: UInt8[np.ndarray, "vertex 3"]
    uv: Float[np.ndarray, "vertex 2"] | None
    texture: UInt8[np.ndarray, "height width 3"] | None
    surface: TriangleMesh
    surface_vertex: Int[Tensor, "vertex"]
    numbered_m: Float[np.ndarray, "number 3"]
    notes: tuple[str, ...]

    def split(self, surface_m: Float[Tensor, "*frame surface_vertex 3"]) -> Float[Tensor, "*frame vertex 3"]:
        """The file's vertices where the surface's are."""
        return surface_m[..., self.surface_vertex, :]


def read_character(path: Path, *, up: str, height_m: float | None) -> CharacterMesh:
    """Read a mesh, turn it upright and scale it to metres.

    Args:
        up: the axis of the file that points up, such as `y`, `z` or `-y`; `auto` guesses it.
        height_m: how tall it is; None guesses it from the file's unit.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the suffix is unknown, or the file holds no triangles, too many, no numbers, or two people.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"expected a mesh that ends in {', '.join(SUFFIXES)}, got {path.name}; export it as one")
    found = load_triangles(path)
    vertices, faces = np.asarray(found.vertices, np.float64), np.asarray(found.faces, np.int64)
    _check_numbers(path, vertices, faces)
    welded, of_vertex = _weld(vertices)
    solid = of_vertex[faces]
    solid = solid[(solid[:, 0] != solid[:, 1]) & (solid[:, 1] != solid[:, 2]) & (solid[:, 2] != solid[:, 0])]
    solid, used = _without_loose(solid)
    upright = guess_upright(TriangleMesh(vertices_m=welded[used], faces=solid), up=_up(path, up), height_m=height_m)
    surface = TriangleMesh(vertices_m=upright.apply(welded[used]), faces=solid)
    notes = list(upright.notes)
    if _volume(surface) < 0:
        notes.append("its faces were turned over, because they faced inward")
        surface, faces = TriangleMesh(vertices_m=surface.vertices_m, faces=solid[:, ::-1].copy()), faces[:, ::-1].copy()
    _check_one_person(path, surface)
    number = np.zeros(len(welded), np.int64)
    number[used] = np.arange(len(used))
    uv, texture = _texture(found)
    return CharacterMesh(
        name=path.name,
        faces=torch.from_numpy(faces),
        vertex_rgb=_colours(path, found, len(vertices)),
        uv=uv,
        texture=texture,
        surface=surface,
        surface_vertex=torch.from_numpy(number[of_vertex]),
        numbered_m=upright.apply(_numbered(path, vertices)),
        notes=tuple(notes),
    )


def _up(path: Path, up: str) -> str:
    return "y" if up == "auto" and path.suffix.lower() in Y_UP else up


def _check_numbers(path: Path, vertices: np.ndarray, faces: np.ndarray) -> None:
    if len(faces) > MOST_FACES:
        raise ValueError(
            f"expected a mesh of at most {MOST_FACES:,} triangles, got {len(faces):,} in {path}; decimate it first"
        )
    broken = int((~np.isfinite(vertices).all(1)).sum())
    if broken:
        raise ValueError(f"expected finite vertices in {path}, got {broken} that are no numbers; repair the mesh")
    if not np.ptp(vertices, axis=0).max() > 0 or faces.max() >= len(vertices):
        raise ValueError(f"expected a mesh with some extent in {path}, got one point; export it again")


def _weld(vertices: Float[np.ndarray, "vertex 3"]) -> tuple[Float[np.ndarray, "point 3"], Int[np.ndarray, "vertex"]]:
    """Each point once, and which of them each vertex is."""
    grid = np.round((vertices - vertices.min(0)) / (SAME * np.linalg.norm(np.ptp(vertices, axis=0)))).astype(np.int64)
    _, first, of_vertex = np.unique(grid, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)  # points keep the order of the file
    return vertices[first[order]], np.argsort(order)[of_vertex.ravel()].astype(np.int64)


def _without_loose(faces: Int[np.ndarray, "face 3"]) -> tuple[Int[np.ndarray, "face 3"], Int[np.ndarray, "used"]]:
    """The faces over the points that they use alone, and which those are."""
    used, corners = np.unique(faces, return_inverse=True)
    return corners.reshape(-1, 3).astype(np.int64), used


def _volume(mesh: TriangleMesh) -> float:
    """Signed volume: negative where most faces are turned inward."""
    centres = mesh.vertices_m[mesh.faces].mean(1) - mesh.vertices_m.mean(0)
    return float((centres * area_vectors(mesh.vertices_m, mesh.faces)).sum() / 3)


def _check_one_person(path: Path, mesh: TriangleMesh) -> None:
    """Raise ValueError where two tall pieces stand beside each other."""
    piece, height = pieces(len(mesh.vertices_m), mesh.faces), np.ptp(mesh.vertices_m[:, 1])
    boxes = []
    for index in np.flatnonzero(np.bincount(piece) > 8):
        points = mesh.vertices_m[piece == index]
        if np.ptp(points[:, 1]) > APART * height:
            boxes.append((points.min(0)[[0, 2]], points.max(0)[[0, 2]]))
    beside = [
        (one, other)
        for one, (low, high) in enumerate(boxes)
        for other, (low_too, high_too) in enumerate(boxes[:one])
        if ((low > high_too) | (low_too > high)).any()
    ]
    if beside:
        raise ValueError(
            f"expected one character in {path}, got {len(boxes)} tall pieces beside each other; keep one of them"
        )


def _numbered(path: Path, vertices: Float[np.ndarray, "vertex 3"]) -> Float[np.ndarray, "number 3"]:
    """The vertices in the order of the file, before any were split."""
    if path.suffix.lower() != ".obj":
        return vertices
    with reading("a mesh", path, remedy="export it again"):
        lines = path.read_text(errors="replace").splitlines()
        return np.array([line.split()[1:4] for line in lines if line.startswith("v ")], np.float64)


def _texture(
    found: "trimesh.Trimesh",
) -> tuple[Float[np.ndarray, "vertex 2"] | None, UInt8[np.ndarray, "height width 3"] | None]:
    uv, material = getattr(found.visual, "uv", None), getattr(found.visual, "material", None)
    picture = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
    if uv is None or picture is None:
        return None, None
    return np.asarray(uv, np.float64) * [1, -1] + [0, 1], np.array(picture.convert("RGB"))


def _colours(path: Path, found: "trimesh.Trimesh", vertices: int) -> UInt8[np.ndarray, "vertex 3"]:
    from trimesh.visual import ColorVisuals

    visual = found.visual
    if isinstance(visual, ColorVisuals) and visual.kind in ("vertex", "face"):
        return np.asarray(visual.vertex_colors, np.uint8)[:, :3].copy()
    if path.suffix.lower() in Y_UP and _texture(found)[1] is None:
        beside = _colours_beside_material(path)
        if len(beside) == vertices:
            return beside
    main = getattr(getattr(visual, "material", None), "main_color", None)
    textured = _texture(found)[1] is not None
    colour = (255, 255, 255) if main is None or textured else tuple(int(channel) for channel in main[:3])
    return np.tile(np.array(colour, np.uint8), (vertices, 1))


def _colours_beside_material(path: Path) -> UInt8[np.ndarray, "vertex 3"]:
    """Colours of the vertices of a glTF file that has materials as well, which trimesh loses when it joins meshes."""
    import trimesh

    scene, found = trimesh.load_scene(path, process=False), []
    for node in scene.graph.nodes_geometry:
        mesh = scene.geometry[scene.graph[node][1]]
        given = np.asarray(getattr(mesh.visual, "vertex_attributes", {}).get("color", np.zeros((0, 3))))[:, :3]
        found.append((given * (255 if given.dtype.kind == "f" else 1)).round().astype(np.uint8))
    return np.concatenate(found)
