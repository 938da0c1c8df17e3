"""Characters of rounded limbs around a skeleton of any number of arms, skinned, and poses that all of them can take.

World axes: y up, the character faces +z, its left is +x; at rest it stands in a T-pose.
"""

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.value import value
from motion_transfer.synthetic.surface_nets import surface_of

BLEND_M = 0.025  # over which two limbs melt together
SOFT_M = 0.05  # over which skinning weights pass from bone to bone
LOWER_ARMS = 0.8  # how far a second pair of arms follows the first

# Radians (low, high) about x, y and z from the T-pose; y and z are opposite on the right.
POSE_RANGES_RAD = {
    "spine1": ((-0.2, 0.6), (-0.6, 0.6), (-0.25, 0.25)),
    "head": ((-0.3, 0.4), (-0.7, 0.7), (0.0, 0.0)),
    "shoulder": ((0.0, 0.0), (-1.5, 0.5), (-1.3, 1.1)),
    "elbow": ((0.0, 0.0), (-2.0, 0.0), (0.0, 0.0)),
    "hip": ((-1.6, 0.5), (0.0, 0.0), (0.0, 0.7)),
    "knee": ((0.0, 1.9), (0.0, 0.0), (0.0, 0.0)),
}
SIDES = {"left": 1.0, "right": -1.0}
Pose = dict[str, Float[np.ndarray, "3 3"]]  # rotations of joints against their parents, by name


@value
class Proportions:
    """Lengths and thicknesses of a character in metres."""

    arm_m: float = 0.62
    leg_m: float = 0.82
    trunk_m: float = 0.5
    shoulder_m: float = 0.2
    hip_m: float = 0.11
    limb_m: float = 0.06
    trunk_radius_m: float = 0.13
    head_m: float = 0.12
    arm_pairs: int = 1
    cell_m: float = 0.055


@value
class LimbedCharacter:
    """A skinned mesh in its T-pose.

    Attributes:
        joints: names, each after its parent's.
        parents: of the joints; -1 for the first.
    """

    mesh: TriangleMesh
    joints: tuple[str, ...]
    parents: tuple[int, ...]
    joints_m: Float[np.ndarray, "joint 3"]
    weights: Float[np.ndarray, "vertex joint"]

    def posed(self, pose: Pose) -> Float[np.ndarray, "vertex 3"]:
        """Linear blend skinning; joints that the pose does not name stay as at rest."""
        rotations, positions = [], []
        for name, parent, rest in zip(self.joints, self.parents, self.joints_m, strict=True):
            local = pose.get(name, np.eye(3))
            rotations.append(local if parent < 0 else rotations[parent] @ local)
            positions.append(
                rest if parent < 0 else positions[parent] + rotations[parent] @ (rest - self.joints_m[parent])
            )
        found = np.zeros_like(self.mesh.vertices_m)
        for index, (rotation, position) in enumerate(zip(rotations, positions, strict=True)):
            moved = (self.mesh.vertices_m - self.joints_m[index]) @ rotation.T + position
            found += self.weights[:, index, None] * moved
        return found


def random_pose(generator: np.random.Generator) -> Pose:
    """A pose within the ranges, each joint on its own."""
    angles = {}
    for name, ranges in POSE_RANGES_RAD.items():
        low, high = np.transpose(ranges)
        if name in ("spine1", "head"):
            angles[name] = generator.uniform(low, high)
            continue
        for side, sign in SIDES.items():
            angles[f"{side}_{name}"] = generator.uniform(low, high) * [1, sign, sign]
    pose = {name: Rotation.from_euler("ZYX", angle[::-1]).as_matrix() for name, angle in angles.items()}
    for side in SIDES:
        for name in ("shoulder", "elbow"):
            vector = Rotation.from_matrix(pose[f"{side}_{name}"]).as_rotvec()
            pose[f"{side}_lower_{name}"] = Rotation.from_rotvec(LOWER_ARMS * vector).as_matrix()
    return pose


def make_limbed(proportions: Proportions) -> LimbedCharacter:
    """Grow the mesh around the skeleton."""
    bones = _bones(proportions)
    starts, ends = (np.array([getattr(bone, end) for bone in bones]) for end in ("start_m", "end_m"))
    radii = np.array([bone.radius_m for bone in bones])

    def distance(points: Float[np.ndarray, "point 3"]) -> Float[np.ndarray, "point"]:
        each = _to_segments(points, starts, ends) - radii
        nearest = each.min(1, keepdims=True)
        return nearest[:, 0] - BLEND_M * np.log(np.exp(-(each - nearest) / BLEND_M).sum(1))

    margin, corners = 3 * proportions.cell_m + radii.max(), np.concatenate([starts, ends])
    mesh = surface_of(distance, corners.min(0) - margin, corners.max(0) + margin, proportions.cell_m)
    away = _to_segments(mesh.vertices_m, starts, ends) - radii
    weights = np.exp(-(away - away.min(1, keepdims=True)) / (SOFT_M / 3))
    names = [bone.name for bone in bones]
    return LimbedCharacter(
        mesh=mesh,
        joints=tuple(names),
        parents=tuple(-1 if bone.parent is None else names.index(bone.parent) for bone in bones),
        joints_m=starts,
        weights=weights / weights.sum(1, keepdims=True),
    )


@value
class _Bone:
    """What turns with a joint, which it starts at."""

    name: str
    parent: str | None
    start_m: Float[np.ndarray, "3"]
    end_m: Float[np.ndarray, "3"]
    radius_m: float


def _bones(given: Proportions) -> list[_Bone]:
    hips = given.leg_m + given.limb_m
    waist, chest = hips + 0.3 * given.trunk_m, hips + given.trunk_m
    found = [
        _bone("pelvis", None, (0, hips, 0), (0, waist, 0), given.trunk_radius_m),
        _bone("spine1", "pelvis", (0, waist, 0), (0, chest, 0), given.trunk_radius_m),
        _bone(
            "head",
            "spine1",
            (0, chest + given.trunk_radius_m, 0),
            (0, chest + given.trunk_radius_m + given.head_m, 0),
            given.head_m,
        ),
    ]
    for side, sign in SIDES.items():
        for pair in range(given.arm_pairs):
            prefix, height = f"{side}_lower_" if pair else f"{side}_", chest - 0.62 * given.trunk_m * pair
            shoulder, elbow = sign * given.shoulder_m, sign * (given.shoulder_m + given.arm_m / 2)
            hand = sign * (given.shoulder_m + given.arm_m)
            found += [
                _bone(f"{prefix}shoulder", "spine1", (shoulder, height, 0), (elbow, height, 0), given.limb_m),
                _bone(f"{prefix}elbow", f"{prefix}shoulder", (elbow, height, 0), (hand, height, 0), given.limb_m),
            ]
        hip, knee, low = sign * given.hip_m, hips - given.leg_m / 2, hips - given.leg_m
        found += [
            _bone(f"{side}_hip", "pelvis", (hip, hips, 0), (hip, knee, 0), 1.2 * given.limb_m),
            _bone(f"{side}_knee", f"{side}_hip", (hip, knee, 0), (hip, low, 0), given.limb_m),
            _bone(f"{side}_foot", f"{side}_knee", (hip, low, 0), (hip, low, 0.16), given.limb_m),
        ]
    return found


def _bone(name: str, parent: str | None, start: tuple, end: tuple, radius_m: float) -> _Bone:
    return _Bone(
        name=name, parent=parent, start_m=np.array(start, float), end_m=np.array(end, float), radius_m=radius_m
    )


def _to_segments(points: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> Float[np.ndarray, "point bone"]:
    """Distances of points to the segments of bones."""
    along = ends - starts
    offset = points[:, None] - starts
    share = np.clip((offset * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-12), 0, 1)
    return np.linalg.norm(offset - share[..., None] * along, axis=-1)
