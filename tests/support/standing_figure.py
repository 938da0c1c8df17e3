"""A figure of capsules in many file formats, with colours or a texture."""

from pathlib import Path

import numpy as np
import trimesh
from PIL import Image
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial

from motion_transfer.body.tiny_body import tiny_body


def figure() -> trimesh.Trimesh:
    """The tiny body in its T-pose, 1.74 m tall, y up, coloured by height."""
    model = tiny_body()
    vertices = model.template_m.double().numpy()
    share = (vertices[:, 1] - vertices[:, 1].min()) / np.ptp(vertices[:, 1])
    colours = np.stack([255 * share, 255 * (1 - share), np.full(len(share), 90), np.full(len(share), 255)], 1)
    return trimesh.Trimesh(vertices, model.faces.numpy(), vertex_colors=colours.astype(np.uint8), process=False)


def write_figure(path: Path, *, scale: float = 1.0, z_up: bool = False, mesh: trimesh.Trimesh | None = None) -> Path:
    """Write it, in another unit or with z up if asked."""
    made = (figure() if mesh is None else mesh).copy()
    vertices = scale * np.asarray(made.vertices)
    made.vertices = np.stack([vertices[:, 0], -vertices[:, 2], vertices[:, 1]], 1) if z_up else vertices
    made.export(path)
    return path


def write_textured_figure(path: Path) -> Path:
    """The figure with the atlas of the tiny body, in a texture of two colours."""
    model = tiny_body()
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[:, :4], picture[:, 4:] = (200, 30, 30), (30, 30, 200)
    material = PBRMaterial(baseColorTexture=Image.fromarray(picture), metallicFactor=0.0)
    uv = model.uv.double().numpy() * [1, -1] + [0, 1]
    plain = figure()
    visual = TextureVisuals(uv=uv, material=material)
    trimesh.Trimesh(plain.vertices, plain.faces, visual=visual, process=False).export(path)
    return path
