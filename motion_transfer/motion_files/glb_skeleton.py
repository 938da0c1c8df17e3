"""The skeleton in motion of a .glb file: nodes with translations, rotations and scales, and their first animation."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import roma
import torch
from jaxtyping import Float
from scipy.spatial.transform import Rotation, Slerp

from motion_transfer.body.skeleton import JOINTS
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape
from motion_transfer.files.glb import GlbContent
from motion_transfer.files.reading import reading
from motion_transfer.motion_files.framed_skeleton import FramedSkeleton
from motion_transfer.motion_files.own_motion import OWN, OwnMotion, at_rate
from motion_transfer.motion_files.skeleton_clip import SkeletonClip, chained

MOST_BYTES, MOST_NODES, MOST_POSITIONS = 1 << 29, 5000, 40_000_000
FASTEST_FPS, LARGEST = 1000.0, 1e7
Tracks = dict[tuple[int, str], tuple[Float[np.ndarray, "key"], Float[np.ndarray, "key number"]]]


def read_glb(path: Path) -> FramedSkeleton:
    """GLB file -> its joints in motion, at the rate of its most frequent keys.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no such file, or nothing in it moves.
    """
    with reading("a .glb file with a skeleton in motion", path, remedy="export it again", most_bytes=MOST_BYTES):
        content = GlbContent(path)
        tracks = _tracks(content)
        order, parents = _nodes(content.described)
        times = _times(tracks)
        if len(times) * len(order) > MOST_POSITIONS:
            raise ValueError(f"expected at most {MOST_POSITIONS} positions, got more")
        nodes = content.described["nodes"]
        still = [_transform(nodes[node], {}, node, times[:1]) for node in order]
        moving = [_transform(nodes[node], tracks, node, times) for node in order]
        rest, at_rest = _posed(parents, still)
        positions, rotations = _posed(parents, moving)
        return FramedSkeleton(
            clip=SkeletonClip(
                names=tuple(str(nodes[node].get("name", f"node{node}")) for node in order),
                parents=tuple(parents),
                rest=rest[0],
                positions=positions,
                rotations=rotations @ at_rest.swapaxes(-1, -2),
                seconds_per_frame=float(times[1] - times[0]) if len(times) > 1 else 1 / 30,
            )
        )


def read_own_glb(path: Path, fps: Fraction | None) -> OwnMotion | None:
    """The motion in a file that this program wrote; None for any other file.

    Raises:
        ValueError: it is damaged.
    """
    content = GlbContent(path)
    facts = content.described.get("extras", {}).get(OWN)
    if facts is None:
        return None
    nodes = {str(node.get("name")): index for index, node in enumerate(content.described["nodes"])}
    tracks = _tracks(content)
    quaternions = [tracks[nodes[name], "rotation"][1] for name in JOINTS]
    rotations = roma.unitquat_to_rotmat(torch.from_numpy(np.stack(quaternions, 1)))
    root = tracks[nodes[JOINTS[0]], "translation"][1]
    contacts = [(number & 1, number >> 1 & 1) for number in map(int, facts["foot_contacts"])]
    motion = BodyMotion(
        shape=BodyShape(
            betas=torch.tensor(facts["betas"], dtype=torch.float32),
            clothing_offset_m=torch.tensor(facts["clothing_offset_m"], dtype=torch.float32),
        ),
        pose=BodyPose(parent_from_joint=rotations.float(), root_position_m=torch.from_numpy(root).float()),
        fps=Fraction(facts["fps"]),
        confidence=torch.tensor(facts["confidence"], dtype=torch.float32),
        foot_contacts=torch.tensor(contacts, dtype=torch.bool),
    )
    return OwnMotion(motion=at_rate(motion, fps), body=str(facts["body"]), notes=())


def _tracks(content: GlbContent) -> Tracks:
    """Keys of the first animation, by node and path."""
    animations = content.described.get("animations") or []
    if not animations:
        raise ValueError("expected an animation, got none")
    found: Tracks = {}
    for channel in animations[0]["channels"]:
        target, sampler = channel["target"], animations[0]["samplers"][channel["sampler"]]
        if target.get("path") not in ("rotation", "translation") or "node" not in target:
            continue
        times, values = content.array(sampler["input"])[:, 0], content.array(sampler["output"])
        if sampler.get("interpolation") == "CUBICSPLINE":
            values = values.reshape(len(times), 3, -1)[:, 1]
        if len(values) != len(times) or not (np.diff(times) > 0).all() or not (np.abs(values) < LARGEST).all():
            raise ValueError("expected a finite value for each of rising times, got others")
        found[target["node"], target["path"]] = times, values
    if not found:
        raise ValueError("expected joints that move, got none")
    return found


def _nodes(described: Mapping[str, Any]) -> tuple[list[int], list[int]]:
    """The nodes that are joints, or stand above some, parents first; and where the parent of each stands among them."""
    nodes = described["nodes"]
    if len(nodes) > MOST_NODES:
        raise ValueError(f"expected at most {MOST_NODES} nodes, got {len(nodes)}")
    above = {child: index for index, node in enumerate(nodes) for child in node.get("children", [])}
    joints = {joint for skin in described.get("skins", []) for joint in skin["joints"]} or set(range(len(nodes)))
    wanted: set[int] = set()
    for joint in joints:
        path = [joint]
        while path[-1] in above and len(path) <= len(nodes):
            path.append(above[path[-1]])
        wanted |= set(path)
    order: list[int] = []
    waiting = sorted(node for node in wanted if node not in above)
    while waiting:
        node = waiting.pop(0)
        if node in order:
            raise ValueError("expected a tree of nodes, got one below itself")
        order.append(node)
        waiting = [child for child in nodes[node].get("children", []) if child in wanted] + waiting
    return order, [order.index(above[node]) if node in above else -1 for node in order]


def _times(tracks: Tracks) -> Float[np.ndarray, "frame"]:
    """Times at an even rate from the first key to the last one."""
    first = min(times[0] for times, _ in tracks.values())
    last = max(times[-1] for times, _ in tracks.values())
    steps = [float(np.median(np.diff(times))) for times, _ in tracks.values() if len(times) > 1]
    step = max(min(steps, default=1 / 30), 1 / FASTEST_FPS)
    if not (np.isfinite([first, last]).all() and (last - first) / step < MOST_POSITIONS):
        raise ValueError("expected times of some minutes, got others")
    return first + step * np.arange(int((last - first) / step + 1e-3) + 1)


def _transform(
    node: Mapping[str, Any], tracks: Mapping[tuple[int, str], Any], index: int, times: Float[np.ndarray, "frame"]
) -> tuple[Float[np.ndarray, "frame 3"], Float[np.ndarray, "frame 3 3"], float]:
    """Translation, rotation and the mean scale of a node at each time."""
    place, turn = (
        np.array(node.get("translation", (0, 0, 0)), float),
        np.array(node.get("rotation", (0, 0, 0, 1)), float),
    )
    scale = float(np.mean(node.get("scale", (1, 1, 1))))
    if "matrix" in node:
        matrix = np.array(node["matrix"], float).reshape(4, 4).T
        place, scale = matrix[:3, 3], float(np.cbrt(abs(np.linalg.det(matrix[:3, :3]))))
        turn = Rotation.from_matrix(matrix[:3, :3] / max(scale, 1e-9)).as_quat()
    places = np.repeat(place[None], len(times), 0)
    if (index, "translation") in tracks:
        keys, values = tracks[index, "translation"]
        places = np.stack([np.interp(times, keys, column) for column in values.T], 1)
    turns = np.repeat(Rotation.from_quat(turn).as_matrix()[None], len(times), 0)
    if (index, "rotation") in tracks:
        keys, values = tracks[index, "rotation"]
        whole = Rotation.from_quat(values)
        turns = (Slerp(keys, whole)(times.clip(keys[0], keys[-1])) if len(keys) > 1 else whole).as_matrix()
        turns = np.broadcast_to(turns, (len(times), 3, 3))
    return places, turns, scale


def _posed(
    parents: list[int], transforms: list[tuple[np.ndarray, np.ndarray, float]]
) -> tuple[Float[np.ndarray, "frame joint 3"], Float[np.ndarray, "frame joint 3 3"]]:
    scales: list[float] = []
    offsets = np.stack([place for place, _, _ in transforms], 1)
    for at, parent in enumerate(parents):
        above = scales[parent] if parent >= 0 else 1.0
        offsets[:, at] *= above
        scales.append(above * transforms[at][2])
    return chained(tuple(parents), offsets, np.stack([turn for _, turn, _ in transforms], 1))
