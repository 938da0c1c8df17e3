"""Where the fit starts: a pose for every frame straight from the detector's 3D landmarks, and a path by perspective.

Limbs turn by the smallest rotation from their rest direction to the observed one; the trunk by its hip and shoulder
lines, a third of the turn between them at each spine joint (as in SMPLify's first stage, but without optimizing).
"""

import roma
import torch
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d
from torch import Tensor
from torch.nn.functional import normalize

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import skinning_transforms
from motion_transfer.body.skeleton import JOINTS, PARENTS, joint
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.fitting.observations import LIMBS, REQUIRED_LANDMARKS, landmark_trust
from motion_transfer.fitting.state import FitState

HEAD_LIMIT = 1.0  # radians
DEPTH_SMOOTHING_S = 0.8
SEEN = 0.3  # confidence above which a frame's landmarks say where the person is


def initial_state(model: BodyModel, detections: Detections, camera: Camera, betas: Float[Tensor, "beta"]) -> FitState:
    """Landmarks -> the analytic start of the fit, for a person of the given shape.

    Raises:
        ValueError: no frame shows the whole person, or the detector does not give the landmarks that the fit needs.
    """
    detections.layout.require(REQUIRED_LANDMARKS, "fitting a body")
    rest = model.joint_regressor @ (model.template_m + model.shape_directions_m @ betas)
    in_world = detections.landmarks_3d.xyz_m @ camera.camera_from_world[:3, :3]
    seen = detections.landmarks_2d.confidence.mean(1) > 0
    rotations = fill_nearest(initial_rotations(in_world, detections.layout.names, rest), seen)
    origin = torch.zeros(len(rotations), 3)
    world_from_rest, _ = skinning_transforms(rest, rotations, origin)
    points = detector_anchors(model, detections.layout).posed(betas, world_from_rest)
    limbs = landmark_trust(detections) * torch.tensor([float(name in LIMBS) for name in detections.layout.names])
    path = initial_path_m(points, detections, camera, limbs)
    lowest = float((points[..., 1].amin(1) + path[:, 1]).median())
    return FitState(betas=betas, parent_from_joint=rotations, root_position_m=path, ground=torch.tensor([lowest, 0.0]))


def initial_rotations(
    xyz_world: Float[Tensor, "frame landmark 3"], layout: tuple[str, ...], rest_joints_m: Float[Tensor, "joint 3"]
) -> Float[Tensor, "frame joint 3 3"]:
    """Rotations of every joint against its parent.

    Args:
        xyz_world: the detector's landmarks turned into world axes.
        rest_joints_m: of the body that shall take the pose.
    """
    at = {name: xyz_world[:, i] for i, name in enumerate(layout)}
    turn: dict[str, Tensor] = {}
    hips, shoulders = (at["left_hip"] + at["right_hip"]) / 2, (at["left_shoulder"] + at["right_shoulder"]) / 2
    up = shoulders - hips
    turn["pelvis"] = _axes(at["left_hip"] - at["right_hip"], up)
    thorax = _axes(at["left_shoulder"] - at["right_shoulder"], up)
    third = roma.rotvec_to_rotmat(roma.rotmat_to_rotvec(turn["pelvis"].mT @ thorax) / 3)
    turn["spine1"] = turn["pelvis"] @ third
    turn["spine2"] = turn["spine1"] @ third
    turn["spine3"] = turn["neck"] = turn["left_collar"] = turn["right_collar"] = thorax
    ears = at["left_ear"] - at["right_ear"]
    ahead = at["nose"] - (at["left_ear"] + at["right_ear"]) / 2
    head = thorax.mT @ _axes(ears, torch.linalg.cross(ahead, ears, dim=-1))
    turn["head"] = thorax @ _clamped(head, HEAD_LIMIT)
    for side in ("left", "right"):
        chain = ("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle")
        for names in chain:
            for near, far in zip(names, names[1:], strict=False):
                bone = at[f"{side}_{far}"] - at[f"{side}_{near}"]
                _turn_bone(turn, f"{side}_{near}", f"{side}_{far}", bone, rest_joints_m)
        knuckles = (at[f"{side}_index"] + at[f"{side}_pinky"]) / 2
        _turn_bone(turn, f"{side}_wrist", f"{side}_hand", knuckles - at[f"{side}_wrist"], rest_joints_m)
        turn[f"{side}_hand"] = turn[f"{side}_wrist"]
        toe = at[f"{side}_foot_index"] - at[f"{side}_heel"]
        _turn_bone(turn, f"{side}_ankle", f"{side}_foot", toe, rest_joints_m)
        turn[f"{side}_foot"] = turn[f"{side}_ankle"]
    world = torch.stack([turn[name] for name in JOINTS], 1)
    parents = torch.tensor(PARENTS).clamp(min=0)
    relative = world[:, parents].mT @ world
    relative[:, 0] = world[:, 0]
    return relative


def _turn_bone(turn: dict[str, Tensor], name: str, child: str, bone: Tensor, rest_joints_m: Tensor) -> None:
    """Add the world rotation of a joint: its parent's, then the smallest turn onto the observed bone."""
    parent = turn[JOINTS[PARENTS[joint(name)]]]
    rest = normalize(rest_joints_m[joint(child)] - rest_joints_m[joint(name)], dim=-1)
    seen = normalize((parent.mT @ bone[..., None])[..., 0], dim=-1)
    turn[name] = parent @ _smallest_turn(rest.expand_as(seen), seen)


def _smallest_turn(source: Tensor, target: Tensor) -> Tensor:
    axis = torch.linalg.cross(source, target, dim=-1)
    cosine = (source * target).sum(-1)[..., None].clamp(-1, 1)
    angle = torch.acos(cosine)
    return roma.rotvec_to_rotmat(normalize(axis, dim=-1) * angle)


def _axes(left: Tensor, up: Tensor) -> Tensor:
    """World axes of a trunk: x to its left, z to its front."""
    x = normalize(left, dim=-1)
    z = normalize(torch.linalg.cross(x, up, dim=-1), dim=-1)
    return torch.stack([x, torch.linalg.cross(z, x, dim=-1), z], -1)


def _clamped(rotation: Tensor, limit: float) -> Tensor:
    turn = roma.rotmat_to_rotvec(rotation)
    angle = turn.norm(dim=-1, keepdim=True)
    return roma.rotvec_to_rotmat(turn * (angle.clamp(max=limit) / angle.clamp(min=1e-6)))


def fill_nearest(values: Float[Tensor, "frame *rest"], seen: Tensor) -> Float[Tensor, "frame *rest"]:
    """Fill frames without the person from the nearest frame with it."""
    index = torch.nonzero(seen)[:, 0]
    nearest = (torch.arange(len(values))[:, None] - index).abs().argmin(1)
    return values[index[nearest]]


def initial_path_m(
    body_points_m: Float[Tensor, "frame landmark 3"], detections: Detections, camera: Camera, weights: Tensor
) -> Float[Tensor, "frame 3"]:
    """World position of the pelvis by weak perspective: the size in the picture gives the depth.

    Args:
        body_points_m: the posed body's landmarks with the pelvis at the origin.
        weights: trust in each landmark of each frame.
    """
    pixels = detections.landmarks_2d.xy_px
    share = weights / weights.sum(1, keepdim=True).clamp(min=1e-6)
    middle_px = (pixels * share[..., None]).sum(1)
    middle_m = (body_points_m * share[..., None]).sum(1)
    flat = (body_points_m - middle_m[:, None])[..., :2]
    # Least squares size ratio: the spread in pixels along the spread in metres.
    offset_px = (pixels - middle_px[:, None]) * torch.tensor([1.0, -1.0])
    ratio = (share[..., None] * flat * offset_px).sum((1, 2)) / (share[..., None] * flat**2).sum((1, 2)).clamp(min=1e-6)
    spread = (share[..., None] * flat**2).sum((1, 2))
    usable = (detections.landmarks_2d.confidence.mean(1) > SEEN) & (ratio > 0) & (spread > 0.3 * spread.median())
    if not usable.any():
        raise ValueError("expected frames that show the whole person, found none; use a clip that shows the whole body")
    depth = fill_nearest(camera.intrinsics_px[0, 0] / ratio.clamp(min=1e-3), usable)
    smooth = torch.exp(_smoothed(depth.log(), detections))
    position_px = fill_nearest(middle_px, detections.landmarks_2d.confidence.mean(1) > SEEN)
    return camera.unproject(position_px, smooth) - middle_m


def _smoothed(values: Float[Tensor, "frame"], detections: Detections) -> Float[Tensor, "frame"]:
    """Gaussian over frames, every shot apart, around the shot's median."""
    result = values.double().numpy().copy()
    edges = [*detections.shot_starts, len(result)]
    for start, stop in zip(edges, edges[1:], strict=False):
        part = result[start:stop]
        middle = float(torch.tensor(part).median())
        result[start:stop] = gaussian_filter1d(
            part.clip(middle - 0.5, middle + 0.5), DEPTH_SMOOTHING_S * float(detections.fps), mode="nearest"
        )
    return torch.from_numpy(result).to(values)


def in_front_of_camera(root_position_m: Tensor, camera: Camera) -> Tensor:
    """The root as it stands; kept at least 0.3 m in front of the camera."""
    _, depth = camera.project(root_position_m)
    behind = (depth < 0.3)[:, None]
    ahead = camera.unproject(camera.intrinsics_px[:2, 2].expand(len(depth), 2), torch.ones_like(depth))
    return torch.where(behind, ahead, root_position_m)
