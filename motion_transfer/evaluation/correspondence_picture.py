"""A picture of a correspondence: body and character from two sides, what belongs together in the same colour."""

import dataclasses
import math

import numpy as np
import torch
from jaxtyping import Float, UInt8

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.video import ImageSize
from motion_transfer.evaluation.sheet import contact_sheet
from motion_transfer.files.character_mesh import CharacterMesh
from motion_transfer.rendering.character_picture import draw_character, draw_floor, orbit_camera
from motion_transfer.retargeting.deformation.matching import MatchedCharacter

SIZE = ImageSize(height=480, width=480)
STRIPE_M = 0.06  # of the body, so that shifts show


def picture_correspondence(character: CharacterMesh, matched: MatchedCharacter) -> UInt8[np.ndarray, "height width 3"]:
    """Draw the body in the character's stance, and the character, in the colours of the body's points at rest."""
    at_rest = matched.body.rest_vertices_m.double().numpy()
    of_body, of_character = _rgb(at_rest, at_rest), _rgb(matched.at.on(matched.reference.at(at_rest)), at_rest)
    body = painted_surface(matched.reference, of_body)
    painted = dataclasses.replace(
        character, vertex_rgb=of_character[character.surface_vertex.numpy()], uv=None, texture=None
    )
    rows: dict[str, list[np.ndarray]] = {"body": [], "character": []}
    height = float(np.ptp(character.surface.vertices_m[:, 1]))
    ahead = matched.stance.parent_from_joint[0, 0, :, 2]
    front = math.atan2(float(ahead[0]), float(ahead[2]))
    for angle in (front, front + math.pi):
        camera = orbit_camera(torch.zeros(3), height, angle, SIZE)
        for name, one in (("body", body), ("character", painted)):
            surface = torch.tensor(one.surface.vertices_m, dtype=torch.float32)
            rows[name].append(draw_character(draw_floor(camera), surface, one, camera))
    return contact_sheet(rows, ["front", "back"], SIZE.height)


def painted_surface(mesh: TriangleMesh, rgb: UInt8[np.ndarray, "vertex 3"]) -> CharacterMesh:
    """A mesh in memory with colours, as if it had been read from a file."""
    return CharacterMesh(
        name="",
        faces=torch.from_numpy(mesh.faces),
        vertex_rgb=rgb,
        uv=None,
        texture=None,
        surface=mesh,
        surface_vertex=torch.arange(len(mesh.vertices_m)),
        numbered_m=mesh.vertices_m,
        notes=(),
    )


def _rgb(points_m: Float[np.ndarray, "point 3"], body_m: Float[np.ndarray, "vertex 3"]) -> UInt8[np.ndarray, "point 3"]:
    """Colours by position at rest, with stripes."""
    low, high = body_m.min(0), body_m.max(0)
    shares = (points_m - low) / (high - low)
    stripes = (np.floor(points_m[:, :2] / STRIPE_M).sum(1) % 2)[:, None]
    return ((0.25 + 0.75 * shares) * (1 - 0.35 * stripes) * 255).clip(0, 255).astype(np.uint8)
