"""Triangle meshes <-> OBJ, PLY and GLB files, textured where they have an atlas; the suffix names the format."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from PIL import Image
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.value import value
from motion_transfer.files.reading import reading
from motion_transfer.files.replacing import replacing

if TYPE_CHECKING:  # it is imported where it is called: a transfer that finds everything made needs none of it
    import trimesh

SUFFIXES = (".glb", ".obj", ".ply")
MOST_BYTES = 1 << 30
WHITE = (255, 255, 255, 255)  # a texture is shown as it is, not darkened


@value
class Atlas:
    """How a texture lies on a mesh; a vertex on a seam has several positions in it.

    Attributes:
        uv: positions in [0, 1]; u to the right and v down in the picture.
        uv_faces: the three positions of each face.
    """

    uv: Float[Tensor, "uv_vertex 2"]
    uv_faces: Int[Tensor, "face 3"]
    texture: UInt8[np.ndarray, "height width 3"]


@value
class Mesh:
    """Triangles in metres, y up.

    Attributes:
        faces: the vertices of each face, counter-clockwise seen from outside.
        atlas: None for a mesh without texture.
    """

    vertices_m: Float[Tensor, "vertex 3"]
    faces: Int[Tensor, "face 3"]
    atlas: Atlas | None = None


def write_textured_body(path: Path, body: ShapedBody, texture: UInt8[np.ndarray, "height width 3"]) -> None:
    """Write a person at rest with their texture, so that any viewer of 3D files shows them.

    Raises:
        ValueError: as in `write_mesh`.
    """
    model = body.model
    atlas = Atlas(uv=model.uv, uv_faces=model.uv_faces, texture=texture)
    write_mesh(path, Mesh(vertices_m=body.rest_vertices_m, faces=model.faces, atlas=atlas))


def write_mesh(path: Path, mesh: Mesh) -> None:
    """Write a mesh. An OBJ file with a texture gets an .mtl and a .png file beside it.

    Files have one texture position for each vertex, so that a vertex on a seam is written once for each of its own.

    Raises:
        ValueError: the suffix is unknown, or that of a format without textures while the mesh has one.
    """
    suffix, beside = _suffix(path), {}
    name = re.sub(r"\W", "_", path.stem)  # the parts of an OBJ file name each other without quotes
    if suffix == ".ply" and mesh.atlas is not None:
        raise ValueError(f"expected a textured mesh to go to .glb or .obj, got {path.name}; PLY files hold no texture")
    if suffix == ".obj":
        from trimesh.exchange.obj import export_obj

        written, beside = export_obj(_for_trimesh(mesh, name), return_texture=True, mtl_name=f"{name}.mtl", header=name)
    else:
        written = _for_trimesh(mesh, name).export(file_type=suffix[1:])
    for file_name, content in {**beside, path.name: written}.items():
        with replacing(path.with_name(file_name)) as temporary:
            temporary.write_bytes(content.encode() if isinstance(content, str) else content)


def read_mesh(path: Path) -> Mesh:
    """Read a mesh; what a file holds in several pieces becomes one, and vertices on seams stay split.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the suffix is unknown, or the file holds no mesh.
    """
    _suffix(path)
    found = load_triangles(path)
    vertices_m = torch.tensor(np.asarray(found.vertices), dtype=torch.float32)
    faces = torch.tensor(np.asarray(found.faces), dtype=torch.int64)
    return Mesh(vertices_m=vertices_m, faces=faces, atlas=_atlas(found, faces))


def load_triangles(path: Path) -> "trimesh.Trimesh":
    """What a mesh file holds as trimesh reads it, with its vertices as they are and polygons cut into triangles.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds no mesh, or points alone.
    """
    import trimesh

    with reading("a mesh", path, remedy="export it again", most_bytes=MOST_BYTES):
        found = trimesh.load_mesh(path, process=False)
    if not len(getattr(found, "faces", ())):
        raise ValueError(
            f"expected a mesh in {path}, got no triangles, as in a cloud of points; export it again, with its faces"
        )
    return found


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"expected a mesh file that ends in {', '.join(SUFFIXES)}, got {path.name}; choose one")
    return suffix


def _for_trimesh(mesh: Mesh, name: str) -> "trimesh.Trimesh":
    """The mesh with its vertices split at seams; trimesh counts v upward."""
    import trimesh
    from trimesh.visual import TextureVisuals
    from trimesh.visual.material import PBRMaterial

    vertices, faces, atlas = mesh.vertices_m.cpu().numpy(), mesh.faces.cpu().numpy(), mesh.atlas
    if atlas is None:
        return trimesh.Trimesh(vertices, faces, process=False)
    corners = np.stack([faces.ravel(), atlas.uv_faces.cpu().numpy().ravel()], 1)
    pairs, split = np.unique(corners, axis=0, return_inverse=True)
    uv = atlas.uv.cpu().numpy()[pairs[:, 1]] * [1, -1] + [0, 1]
    picture = Image.fromarray(atlas.texture)
    material = PBRMaterial(
        name=name, baseColorTexture=picture, baseColorFactor=WHITE, metallicFactor=0.0, roughnessFactor=1.0
    )
    return trimesh.Trimesh(
        vertices[pairs[:, 0]], split.reshape(-1, 3), process=False, visual=TextureVisuals(uv=uv, material=material)
    )


def _atlas(found: "trimesh.Trimesh", faces: Int[Tensor, "face 3"]) -> Atlas | None:
    """The texture of a mesh as trimesh read it, if it has one."""
    uv, material = getattr(found.visual, "uv", None), getattr(found.visual, "material", None)
    picture = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
    if uv is None or picture is None:
        return None
    return Atlas(
        uv=torch.tensor(np.asarray(uv) * [1, -1] + [0, 1], dtype=torch.float32),
        uv_faces=faces,
        texture=np.array(picture.convert("RGB")),
    )
