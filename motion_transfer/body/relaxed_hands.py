"""Sculpted hands with stiff, spread fingers -> hands as people hold them: SMPL's layout has no finger joints to do it.

The angles are those of a hand that hangs idle: every finger curls more than its neighbour on the thumb's side.
"""

import numpy as np
from jaxtyping import Float

CURL_DEG = {2: (6.0, 18.0, 10.0), 3: (10.0, 22.0, 12.0), 4: (13.0, 24.0, 14.0), 5: (15.0, 26.0, 15.0)}
CLOSED = 0.65  # fraction of the angle between a finger and the middle one that is removed
THUMB, MIDDLE = 1, 3
THUMB_DEG = 14.0  # toward the fingers

Vectors = Float[np.ndarray, "person 3"]
Rotations = Float[np.ndarray, "person 3 3"]


def relax_fingers(
    vertices_m: Float[np.ndarray, "person vertex 3"],
    heads_m: Float[np.ndarray, "person bone 3"],
    bone_weights: Float[np.ndarray, "vertex bone"],
    labels: list[str],
) -> Float[np.ndarray, "person vertex 3"]:
    """Curl and close the fingers of both hands.

    Args:
        heads_m: where each bone begins; fingers are named as `finger2-1.L`, counted from the thumb and the knuckle.
        bone_weights: how far each bone moves each vertex.
    """
    relaxed = vertices_m.copy()
    for side in (".L", ".R"):
        bones = {d: [labels.index(f"finger{d}-{k}{side}") for k in (1, 2, 3)] for d in (THUMB, *CURL_DEG)}
        along = {digit: _unit(heads_m[:, b[2]] - heads_m[:, b[0]]) for digit, b in bones.items()}
        palm = _palm_normal(heads_m, bones, along)
        for digit, angles in CURL_DEG.items():
            aside = _signed_angle(along[digit], along[MIDDLE], palm)
            close = _turn(palm, CLOSED * aside)
            hinge = _unit(np.cross(along[digit], palm))
            turns = [_turn(hinge, np.full(len(palm), np.deg2rad(angle))) for angle in angles]
            _bend(relaxed, vertices_m, heads_m, bone_weights, bones[digit], [close @ turns[0], *turns[1:]])
        inward = _unit(np.cross(along[THUMB], along[2]))
        turn = _turn(inward, np.full(len(palm), np.deg2rad(THUMB_DEG)))
        still = np.broadcast_to(np.eye(3), turn.shape)
        _bend(relaxed, vertices_m, heads_m, bone_weights, bones[THUMB], [turn, still, still])
    return relaxed


def _palm_normal(heads_m: np.ndarray, bones: dict[int, list[int]], along: dict[int, Vectors]) -> Vectors:
    """Out of the palm: where the fingers, which are sculpted a little bent already, bend to."""
    across = heads_m[:, bones[2][0]] - heads_m[:, bones[5][0]]
    normal = _unit(np.cross(across, along[MIDDLE]))
    first, second = (
        sum(_unit(heads_m[:, bones[d][k + 1]] - heads_m[:, bones[d][k]]) for d in CURL_DEG) for k in (0, 1)
    )
    return normal * np.sign(((second - first) * normal).sum(-1, keepdims=True).mean())


def _bend(
    relaxed: np.ndarray,
    vertices_m: np.ndarray,
    heads_m: np.ndarray,
    weights: np.ndarray,
    bones: list[int],
    turns: list[Rotations],
) -> None:
    """Add to `relaxed` what a finger's vertices move when each of its bones turns about its head, knuckle first."""
    touched = np.nonzero(weights[:, bones].sum(1) > 0)[0]
    given = vertices_m[:, touched]
    for last, bone in enumerate(bones):
        moved = given
        for turn, at in reversed(list(zip(turns[: last + 1], bones, strict=False))):
            head = heads_m[:, at, None]
            moved = (moved - head) @ turn.swapaxes(1, 2) + head
        relaxed[:, touched] += weights[touched, bone][:, None] * (moved - given)


def _turn(axis: Vectors, angle: Float[np.ndarray, "person"]) -> Rotations:
    """Rotations about unit axes (Rodrigues)."""
    x, y, z = axis.T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).reshape(-1, 3, 3)
    return np.eye(3) + np.sin(angle)[:, None, None] * cross + (1 - np.cos(angle))[:, None, None] * cross @ cross


def _signed_angle(a: Vectors, b: Vectors, about: Vectors) -> Float[np.ndarray, "person"]:
    """From a to b as seen along the axis."""
    flat_a, flat_b = (_unit(v - about * (v * about).sum(-1, keepdims=True)) for v in (a, b))
    return np.arctan2((np.cross(flat_a, flat_b) * about).sum(-1), (flat_a * flat_b).sum(-1))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
