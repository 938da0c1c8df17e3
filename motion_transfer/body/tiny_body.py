"""A 24-joint body of capsules, built in milliseconds: the real chain on a small mesh, for tests and previews."""

import itertools

import numpy as np
import torch
from scipy.spatial import KDTree

from motion_transfer.body.charts import connected_charts
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import JOINTS, PARENTS, joint

SIDES = 10  # corners of a capsule's rings
BETAS = 10
# Rest joints of the left side and the middle, metres, pelvis at the origin; the right side is their mirror image.
REST_JOINTS_M = {
    "pelvis": (0, 0, 0),
    "left_hip": (0.1, -0.05, 0),
    "spine1": (0, 0.12, -0.02),
    "left_knee": (0.1, -0.47, 0),
    "spine2": (0, 0.25, -0.02),
    "left_ankle": (0.1, -0.88, -0.01),
    "spine3": (0, 0.36, -0.02),
    "left_foot": (0.1, -0.93, 0.13),
    "neck": (0, 0.55, 0),
    "left_collar": (0.05, 0.48, 0),
    "head": (0, 0.64, 0.02),
    "left_shoulder": (0.18, 0.47, 0),
    "left_elbow": (0.45, 0.47, 0),
    "left_wrist": (0.70, 0.47, 0),
    "left_hand": (0.79, 0.47, 0),
}
# Every capsule: the joint that moves it, where it ends, and its radii across (sideways, forward or up).
CAPSULES = (
    ("pelvis", (0, 0.12, -0.01), (0.17, 0.11)),
    ("spine1", (0, 0.25, -0.01), (0.15, 0.10)),
    ("spine2", (0, 0.36, -0.01), (0.16, 0.11)),
    ("spine3", (0, 0.53, 0), (0.17, 0.10)),
    ("neck", (0, 0.64, 0.02), (0.055, 0.055)),
    ("head", (0, 0.80, 0.03), (0.08, 0.10)),
    ("left_collar", (0.18, 0.47, 0), (0.06, 0.06)),
    ("left_shoulder", (0.45, 0.47, 0), (0.05, 0.05)),
    ("left_elbow", (0.70, 0.47, 0), (0.04, 0.04)),
    ("left_wrist", (0.79, 0.47, 0), (0.045, 0.02)),
    ("left_hand", (0.88, 0.47, 0), (0.04, 0.018)),
    ("left_hip", (0.1, -0.47, 0), (0.085, 0.085)),
    ("left_knee", (0.1, -0.88, -0.01), (0.06, 0.06)),
    ("left_ankle", (0.1, -0.93, 0.13), (0.05, 0.045)),
    ("left_foot", (0.1, -0.935, 0.20), (0.045, 0.03)),
)


def tiny_body() -> BodyModel:
    """Build the capsule body; the first beta is height (4 cm), the second width (1 cm), the third leg length."""
    rest = {name: np.array(at, float) for name, at in REST_JOINTS_M.items()}
    rest |= {name.replace("left", "right"): at * [-1, 1, 1] for name, at in rest.items() if "left" in name}
    capsules = [(name, np.array(end, float), radii) for name, end, radii in CAPSULES]
    capsules += [(n.replace("left", "right"), end * [-1, 1, 1], radii) for n, end, radii in capsules if "left" in n]
    vertices, faces, uv, weights, regressor = [], [], [], [], np.zeros((len(JOINTS), 0))
    for tile, (name, end, radii) in enumerate(capsules):
        ring, corners, atlas = _capsule(rest[name], end, radii)
        owner = joint(name)
        skinning = np.zeros((len(ring), len(JOINTS)))
        skinning[:, owner] = 1.0
        skinning[: SIDES + 1, owner], skinning[: SIDES + 1, max(PARENTS[owner], 0)] = 0.5, 0.5
        if owner == 0:
            skinning[: SIDES + 1, 0] = 1.0
        regressor = np.pad(regressor, ((0, 0), (0, len(ring))))
        first = sum(map(len, vertices))
        regressor[owner, first : first + SIDES] = 1 / SIDES  # the first ring is centred on the joint
        faces.append(corners + first)
        uv.append((atlas * 0.9 + 0.05 + [tile % 5, tile // 5]) / 5)
        vertices.append(ring)
        weights.append(skinning)
    template = np.concatenate(vertices)
    uv_faces = np.concatenate(faces)
    return BodyModel(
        name="tiny",
        template_m=torch.tensor(template, dtype=torch.float32),
        shape_directions_m=torch.tensor(_shape_space(template), dtype=torch.float32),
        joint_regressor=torch.tensor(regressor, dtype=torch.float32),
        weights=torch.tensor(np.concatenate(weights), dtype=torch.float32),
        faces=torch.from_numpy(uv_faces),
        uv=torch.tensor(np.concatenate(uv), dtype=torch.float32),
        uv_faces=torch.from_numpy(uv_faces),
        chart_of_face=connected_charts(torch.from_numpy(uv_faces)),
        mirror_vertex=torch.from_numpy(KDTree(template).query(template * [-1, 1, 1])[1]),
    )


def _capsule(start: np.ndarray, end: np.ndarray, radii: tuple[float, float]) -> tuple[np.ndarray, ...]:
    """Rings along an axis and a tip at both ends: vertices, outward faces and a planar unrolling in [0, 1]."""
    axis = (end - start) / np.linalg.norm(end - start)
    across = np.array([1.0, 0, 0]) if abs(axis[0]) < 0.7 else np.array([0, 0, 1.0])
    across -= axis * (across @ axis)
    across /= np.linalg.norm(across)
    other = np.cross(axis, across)
    angle = 2 * np.pi * np.arange(SIDES) / SIDES
    circle = np.cos(angle)[:, None] * across * radii[0] + np.sin(angle)[:, None] * other * radii[1]
    along = np.linspace(0, 1, 5)
    rings = np.concatenate([start + (end - start) * t + circle for t in along])
    tips = np.stack([start - axis * min(radii) * 0.4, end + axis * min(radii) * 0.4])
    # The first tip stands right after the first ring, so that both have the same weights.
    vertices = np.concatenate([rings[:SIDES], tips[:1], rings[SIDES:], tips[1:]])
    starts = [0] + [SIDES + 1 + SIDES * (ring - 1) for ring in range(1, len(along))]
    faces = []
    for k in range(SIDES):
        n = (k + 1) % SIDES
        faces.append((starts[0] + k, SIDES, starts[0] + n))
        faces.append((starts[-1] + k, starts[-1] + n, len(vertices) - 1))
        for low, high in itertools.pairwise(starts):
            faces += [(low + k, low + n, high + k), (low + n, high + n, high + k)]
    # Seen along the axis the capsule unrolls into a disc: no seam, the far end in the middle.
    reach = np.clip(((vertices - start) @ axis) / np.linalg.norm(end - start), -0.1, 1.1)
    direction = np.stack([(vertices - start) @ across, (vertices - start) @ other], 1)
    direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)
    atlas = 0.5 + direction * (0.48 - 0.4 * reach[:, None].clip(0, 1))
    atlas[SIDES], atlas[-1] = (0.5, 0.995), (0.5, 0.5)
    return vertices, np.array(faces), atlas


def _shape_space(template: np.ndarray) -> np.ndarray:
    directions = np.zeros((*template.shape, BETAS))
    directions[..., 0] = template * 0.024
    directions[..., 1] = template * [0.06, 0, 0.06]
    below = template[:, 1] < -0.04
    directions[below, 1, 2] = (template[below, 1] + 0.04) * 0.03
    for k in range(3, BETAS):  # smooth bumps that leave the joints' rings centred only approximately, as in real bodies
        directions[..., k] = 0.003 * np.sin(template * (k + 1))
    return directions
