"""The start of the fit: a pose for every frame from the detector's 3D landmarks, and a path by weak perspective.

Limbs turn by the shortest rotation from their rest direction to the observed one; the trunk by its hip and shoulder
lines, a third of the rotation between them at each spine joint (as in SMPLify's first stage, but without optimizing).
"""

import itertools
from fractions import Fraction

import roma
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import skinning_transforms
from motion_transfer.body.skeleton import JOINTS, PARENTS, joint
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.fitting.observations import LIMBS, REQUIRED_LANDMARKS, landmark_trust, person_frames
from motion_transfer.fitting.part_orientations import PARTS, PartOrientations, part_orientations
from motion_transfer.fitting.state import FitState
from motion_transfer.geometry.gaps import fill_nearest
from motion_transfer.geometry.rotations import shortest_rotation
from motion_transfer.geometry.smoothing import smooth_over_frames

HEAD_LIMIT_RAD = 1.0
DEPTH_SMOOTHING_S = 0.8
DEPTH_RANGE = 0.5  # of log depth around a shot's median
NEAREST_M = 0.3
CHAINS = (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))


def initial_state(model: BodyModel, detections: Detections, camera: Camera, betas: Float[Tensor, "beta"]) -> FitState:
    """Detections -> the start of the fit, for a person of the given shape.

    Raises:
        ValueError: no frame shows the whole person, or the detector does not give the landmarks that the fit needs.
    """
    detections.layout.require(REQUIRED_LANDMARKS, "fitting a body")
    rest = model.joint_regressor @ (model.template_m + model.shape_directions_m @ betas)
    in_world = detections.landmarks_3d.xyz_m @ camera.camera_from_world[:3, :3]
    seen = detections.landmarks_2d.confidence.mean(1) > 0
    turned = part_orientations(detections, camera)
    rotations = fill_nearest(initial_rotations(in_world, detections.layout.names, rest, turned), seen)
    origin = torch.zeros(len(rotations), 3)
    world_from_rest, _ = skinning_transforms(rest, rotations, origin)
    points = detector_anchors(model, detections.layout).posed(betas, world_from_rest)
    limbs = landmark_trust(detections) * torch.tensor([float(name in LIMBS) for name in detections.layout.names])
    path = initial_path_m(points, detections, camera, limbs)
    lowest = float((points[..., 1].amin(1) + path[:, 1]).median())
    return FitState(betas=betas, parent_from_joint=rotations, root_position_m=path, ground=torch.tensor([lowest, 0.0]))


def initial_rotations(
    xyz_world: Float[Tensor, "frame landmark 3"],
    names: tuple[str, ...],
    rest_joints_m: Float[Tensor, "joint 3"],
    seen: PartOrientations,
) -> Float[Tensor, "frame joint 3 3"]:
    """3D landmarks -> the rotation of every joint against its parent.

    Args:
        xyz_world: the detector's landmarks along world axes.
        names: of the landmarks.
        rest_joints_m: of the body that takes the pose.
        seen: how head and wrists are turned by face mesh and hand landmarks, where these are found.
    """
    at = {name: xyz_world[:, i] for i, name in enumerate(names)}
    turned = _trunk_and_head(at)
    turned["head"] = _seen_or("head", turned["head"], seen)
    for side in ("left", "right"):
        for chain in CHAINS:
            for near, far in itertools.pairwise(chain):
                bone = at[f"{side}_{far}"] - at[f"{side}_{near}"]
                _aim_bone(turned, f"{side}_{near}", f"{side}_{far}", bone, rest_joints_m)
        knuckles = (at[f"{side}_index"] + at[f"{side}_pinky"]) / 2
        _aim_bone(turned, f"{side}_wrist", f"{side}_hand", knuckles - at[f"{side}_wrist"], rest_joints_m)
        turned[f"{side}_wrist"] = wrist = _seen_or(f"{side}_wrist", turned[f"{side}_wrist"], seen)
        known = (seen.trust[:, PARTS.index(f"{side}_wrist")] > 0)[:, None, None]
        forearm = turned[f"{side}_elbow"]
        turned[f"{side}_elbow"] = torch.where(known, _twisted_along(forearm, wrist), forearm)
        turned[f"{side}_hand"] = turned[f"{side}_wrist"]
        toe = at[f"{side}_foot_index"] - at[f"{side}_heel"]
        _aim_bone(turned, f"{side}_ankle", f"{side}_foot", toe, rest_joints_m)
        turned[f"{side}_foot"] = turned[f"{side}_ankle"]
    world = torch.stack([turned[name] for name in JOINTS], 1)
    parents = torch.tensor(PARENTS).clamp(min=0)
    relative = world[:, parents].mT @ world
    relative[:, 0] = world[:, 0]
    return relative


def _trunk_and_head(at: dict[str, Tensor]) -> dict[str, Tensor]:
    """World rotations of the joints from the pelvis to the head and the collars."""
    hips, shoulders = (at["left_hip"] + at["right_hip"]) / 2, (at["left_shoulder"] + at["right_shoulder"]) / 2
    up = shoulders - hips
    pelvis = _axes(at["left_hip"] - at["right_hip"], up)
    thorax = _axes(at["left_shoulder"] - at["right_shoulder"], up)
    third = roma.rotvec_to_rotmat(roma.rotmat_to_rotvec(pelvis.mT @ thorax) / 3)
    ears = at["left_ear"] - at["right_ear"]
    ahead = at["nose"] - (at["left_ear"] + at["right_ear"]) / 2
    thorax_from_head = thorax.mT @ _axes(ears, torch.linalg.cross(ahead, ears, dim=-1))
    return {
        "pelvis": pelvis,
        "spine1": pelvis @ third,
        "spine2": pelvis @ third @ third,
        **dict.fromkeys(("spine3", "neck", "left_collar", "right_collar"), thorax),
        "head": thorax @ _clamped(thorax_from_head, HEAD_LIMIT_RAD),
    }


def _aim_bone(turned: dict[str, Tensor], name: str, child: str, bone: Tensor, rest_joints_m: Tensor) -> None:
    """Add the world rotation of a joint: its parent's, then the shortest rotation onto the observed bone."""
    parent = turned[JOINTS[PARENTS[joint(name)]]]
    rest = rest_joints_m[joint(child)] - rest_joints_m[joint(name)]
    seen = (parent.mT @ bone[..., None])[..., 0]
    turned[name] = parent @ shortest_rotation(rest.expand_as(seen), seen)


def _seen_or(name: str, guess: Tensor, seen: PartOrientations) -> Tensor:
    """The rotation that is seen, or else the guess."""
    row = PARTS.index(name)
    return torch.where((seen.trust[:, row] > 0)[:, None, None], seen.world_from_part[:, row].to(guess), guess)


def _twisted_along(forearm: Tensor, wrist: Tensor) -> Tensor:
    """The forearm turned about its own axis, x, by half of the wrist's twist: both bones turn along with the hand."""
    x, _, _, w = roma.rotmat_to_unitquat(forearm.mT @ wrist).unbind(-1)
    half = torch.atan2(x * w.sign(), w.abs())  # of the twist about x, whose sine and cosine of the half are x and w
    return forearm @ roma.rotvec_to_rotmat(torch.nn.functional.pad(half[:, None], (0, 2)))


def _axes(left: Tensor, up: Tensor) -> Tensor:
    """World axes of a trunk: x to its left, z to its front."""
    x = normalize(left, dim=-1)
    z = normalize(torch.linalg.cross(x, up, dim=-1), dim=-1)
    return torch.stack([x, torch.linalg.cross(z, x, dim=-1), z], -1)


def _clamped(rotation: Tensor, limit_rad: float) -> Tensor:
    """The rotation about the same axis by at most a limit."""
    rotvec = roma.rotmat_to_rotvec(rotation)
    angle = rotvec.norm(dim=-1, keepdim=True)
    return roma.rotvec_to_rotmat(rotvec * (angle.clamp(max=limit_rad) / angle.clamp(min=1e-6)))


def initial_path_m(
    body_points_m: Float[Tensor, "frame landmark 3"],
    detections: Detections,
    camera: Camera,
    trust: Float[Tensor, "frame landmark"],
) -> Float[Tensor, "frame 3"]:
    """World position of the pelvis by weak perspective: the size in the picture gives the depth.

    Args:
        body_points_m: the posed body's landmarks with the pelvis at the origin.

    Raises:
        ValueError: no frame shows the whole person.
    """
    pixels, seen = detections.landmarks_2d.xy_px, person_frames(detections)
    weights = trust / trust.sum(1, keepdim=True).clamp(min=1e-6)
    middle_px = (pixels * weights[..., None]).sum(1)
    middle_m = (body_points_m * weights[..., None]).sum(1)
    flat = (body_points_m - middle_m[:, None])[..., :2]
    # Least squares size ratio: the spread in pixels along the spread in metres.
    offset_px = (pixels - middle_px[:, None]) * torch.tensor([1.0, -1.0])
    spread = (weights[..., None] * flat**2).sum((1, 2))
    ratio = (weights[..., None] * flat * offset_px).sum((1, 2)) / spread.clamp(min=1e-6)
    usable = seen & (ratio > 0) & (spread > 0.3 * spread.median())
    if not usable.any():
        raise ValueError("expected frames that show the whole person, found none; use a clip that shows the whole body")
    depth = fill_nearest(camera.intrinsics_px[0, 0] / ratio.clamp(min=1e-3), usable)
    smooth = torch.exp(_smoothed_log_depth(depth.log(), detections.shot_starts, detections.fps))
    position_px = fill_nearest(middle_px, seen)
    return camera.unproject(position_px, smooth) - middle_m


def _smoothed_log_depth(
    log_depth: Float[Tensor, "frame"], shot_starts: tuple[int, ...], fps: Fraction
) -> Float[Tensor, "frame"]:
    """A Gaussian over the frames of each shot, after clamping to a range around the shot's median."""
    shots = []
    for start, stop in itertools.pairwise((*shot_starts, len(log_depth))):
        shot = log_depth[start:stop].double()
        middle = float(shot.median())
        clamped = shot.clamp(middle - DEPTH_RANGE, middle + DEPTH_RANGE)
        shots.append(smooth_over_frames(clamped, fps, sigma_s=DEPTH_SMOOTHING_S))
    return torch.cat(shots).to(log_depth)


def in_front_of_camera(root_position_m: Float[Tensor, "frame 3"], camera: Camera) -> Float[Tensor, "frame 3"]:
    """The root as it stands; where it is nearer than 0.3 m or behind the camera, one metre ahead of it."""
    _, depth = camera.project(root_position_m)
    too_near = (depth < NEAREST_M)[:, None]
    ahead = camera.unproject(camera.intrinsics_px[:2, 2].expand(len(depth), 2), torch.ones_like(depth))
    return torch.where(too_near, ahead, root_position_m)
