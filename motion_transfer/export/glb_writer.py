"""A body in motion as a .glb file (glTF 2.0): its skin on a skeleton of SMPL's joints, their animation, and a texture.

Metres and y up, as the format demands. The file holds what makes it whole again when this program reads it.
"""

import io
from typing import Any

import numpy as np
import roma
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from motion_transfer.body.posing import ShapedBody, vertex_normals
from motion_transfer.body.skeleton import JOINTS, PARENTS
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.files.glb import GlbWriter
from motion_transfer.motion_files.own_motion import OWN

ATTRIBUTE, INDEX = 34962, 34963  # what a view of the buffer is for
LINEAR, NEAREST_EDGE = 9729, 33071
SKIN_RGB = (0.72, 0.62, 0.56, 1.0)  # of a body without a texture
BONES = 4  # joints that may move a vertex


def skinned_glb(motion: BodyMotion, body: ShapedBody, texture: Float[Tensor, "3 height width"] | None) -> bytes:
    """The whole file.

    Args:
        texture: the atlas, colours in [0, 1]; None leaves the body in one colour.
    """
    glb = GlbWriter()
    material, pictures = _material(glb, texture)
    primitive = {"attributes": {}, "indices": 0, "material": 0}
    primitive["attributes"], primitive["indices"] = _surface(glb, body)
    joints = body.rest_joints_m
    offsets = joints - torch.cat([joints[:1] * 0, joints[list(PARENTS[1:])]])
    nodes: list[dict[str, Any]] = [
        {
            "name": name,
            "translation": offsets[index].tolist(),
            "children": [child for child, parent in enumerate(PARENTS) if parent == index],
        }
        for index, name in enumerate(JOINTS)
    ]
    nodes = [node if node["children"] else {k: v for k, v in node.items() if k != "children"} for node in nodes]
    nodes.append({"name": "body", "mesh": 0, "skin": 0})
    inverse = np.broadcast_to(np.eye(4, dtype=np.float32), (len(JOINTS), 4, 4)).copy()
    inverse[:, 3, :3] = -joints.numpy()  # matrices of glTF are stored by columns
    skin = {"joints": list(range(len(JOINTS))), "skeleton": 0, "inverseBindMatrices": glb.array(inverse)}
    return glb.file(
        {
            "asset": {"version": "2.0", "generator": "motion_transfer"},
            "scene": 0,
            "scenes": [{"nodes": [0, len(JOINTS)]}],
            "nodes": nodes,
            "meshes": [{"name": "body", "primitives": [primitive]}],
            "skins": [skin],
            "materials": [material],
            "animations": [_animation(glb, motion)],
            "extras": {OWN: _facts(motion, body)},
            **pictures,
        }
    )


def _surface(glb: GlbWriter, body: ShapedBody) -> tuple[dict[str, int], int]:
    """Vertices that are split where the texture's charts are, with their normals and the joints that move them."""
    model = body.model
    corners = torch.stack([model.faces.flatten(), model.uv_faces.flatten()], 1)
    pairs, inverse = corners.unique(dim=0, return_inverse=True)
    vertex, uv = pairs.unbind(1)
    weight, owner = model.weights[vertex].topk(BONES, dim=1)
    weight = weight / weight.sum(1, keepdim=True)
    owner = torch.where(weight > 0, owner, torch.zeros_like(owner))
    normals = torch.nn.functional.normalize(vertex_normals(body.rest_vertices_m, model.faces)[vertex], dim=1)
    attributes = {
        "POSITION": glb.array(body.rest_vertices_m[vertex].numpy(), target=ATTRIBUTE, bounded=True),
        "NORMAL": glb.array(normals.numpy(), target=ATTRIBUTE),
        "TEXCOORD_0": glb.array(model.uv[uv].float().numpy(), target=ATTRIBUTE),
        "JOINTS_0": glb.array(owner.numpy().astype(np.uint8), target=ATTRIBUTE),
        "WEIGHTS_0": glb.array(weight.float().numpy(), target=ATTRIBUTE),
    }
    return attributes, glb.array(inverse.numpy().astype(np.uint32), target=INDEX)


def _material(
    glb: GlbWriter, texture: Float[Tensor, "3 height width"] | None
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    surface: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": 1.0}
    if texture is None:
        surface["baseColorFactor"] = list(SKIN_RGB)
        return {"name": "body", "pbrMetallicRoughness": surface}, {}
    picture = io.BytesIO()
    pixels = texture.mul(255).round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
    Image.fromarray(pixels).save(picture, format="PNG")
    surface["baseColorTexture"] = {"index": 0}
    pictures = {
        "images": [{"bufferView": glb.content(picture.getvalue()), "mimeType": "image/png"}],
        "samplers": [
            {"magFilter": LINEAR, "minFilter": LINEAR, "wrapS": NEAREST_EDGE, "wrapT": NEAREST_EDGE},
        ],
        "textures": [{"source": 0, "sampler": 0}],
    }
    return {"name": "body", "pbrMetallicRoughness": surface}, pictures


def _animation(glb: GlbWriter, motion: BodyMotion) -> dict[str, Any]:
    times = glb.array((np.arange(len(motion)) / float(motion.fps)).astype(np.float32)[:, None], bounded=True)
    quaternions = roma.rotmat_to_unitquat(motion.pose.parent_from_joint.double())
    samplers, channels = [], []
    for index in range(len(JOINTS)):
        turns = _continuous(quaternions[:, index].numpy()).astype(np.float32)
        samplers.append({"input": times, "output": glb.array(turns), "interpolation": "LINEAR"})
        channels.append({"sampler": index, "target": {"node": index, "path": "rotation"}})
    path = glb.array(motion.pose.root_position_m.numpy().astype(np.float32))
    samplers.append({"input": times, "output": path, "interpolation": "LINEAR"})
    channels.append({"sampler": len(JOINTS), "target": {"node": 0, "path": "translation"}})
    return {"name": "motion", "samplers": samplers, "channels": channels}


def _continuous(quaternions: Float[np.ndarray, "frame 4"]) -> Float[np.ndarray, "frame 4"]:
    """The same rotations with signs that do not jump from frame to frame."""
    same = (quaternions[1:] * quaternions[:-1]).sum(1) >= 0
    signs = np.cumprod(np.concatenate([[1.0], np.where(same, 1.0, -1.0)]))
    return quaternions * signs[:, None]


def _facts(motion: BodyMotion, body: ShapedBody) -> dict[str, Any]:
    return {
        "body": body.model.name,
        "fps": str(motion.fps),
        "betas": motion.shape.betas.tolist(),
        "clothing_offset_m": motion.shape.clothing_offset_m.tolist(),
        "confidence": motion.confidence.tolist(),
        "foot_contacts": "".join(str(int(left) + 2 * int(right)) for left, right in motion.foot_contacts.tolist()),
    }
