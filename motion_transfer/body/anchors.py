"""Anchors: points on the body that are posed without its mesh, so that fitting a clip costs no more than its joints.

Notation: an anchor is a fixed mixture r_v of rest vertices x_v(beta) with skinning weights w_vj, so that when posed
sum_v r_v sum_j w_vj G_j [x_v; 1] = sum_j G_j M_j with M_j = sum_v r_v w_vj [x_v; 1], and M is linear in beta.
"""

from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import vertex_normals
from motion_transfer.body.skeleton import JOINTS, PARTS, joint
from motion_transfer.domain.value import value

KEPT = 4  # models and layouts whose anchors are remembered
PATCH = 10  # vertices whose mean stands for a landmark on the skin
# Where landmarks lie on the head, from the tip of the nose: right of the middle (mirrored for the other side) and up,
# as fractions of the height from the chin to the crown.
FACE_OFFSETS = {
    "eye_inner": (0.08, 0.17),
    "eye": (0.14, 0.17),
    "eye_outer": (0.20, 0.17),
    "mouth": (0.11, -0.14),
}
# Detectors mark an ear where it joins the cheek: so far inward and forward of its outermost point.
EAR_OFFSET = (0.15, 0.20)


@value
class Anchors:
    """Named points that follow the body."""

    names: tuple[str, ...]
    template_m: Float[Tensor, "anchor joint 4"]
    directions_m: Float[Tensor, "anchor joint 4 beta"]

    def shaped(self, betas: Float[Tensor, "beta"]) -> Float[Tensor, "anchor joint 4"]:
        """M for one person."""
        return self.template_m + self.directions_m @ betas

    def posed(
        self, betas: Float[Tensor, "beta"], world_from_rest: Float[Tensor, "frame joint 4 4"]
    ) -> Float[Tensor, "frame anchor 3"]:
        """The points in the world, metres."""
        return skin_anchors(self.shaped(betas), world_from_rest)


def skin_anchors(
    shaped: Float[Tensor, "anchor joint 4"], world_from_rest: Float[Tensor, "frame joint 4 4"]
) -> Float[Tensor, "frame anchor 3"]:
    """sum_j G_j M_j as one matrix product."""
    frames = len(world_from_rest)
    rows = world_from_rest[:, :, :3].permute(0, 2, 1, 3).reshape(frames * 3, -1)
    return (rows @ shaped.flatten(1).T).unflatten(0, (frames, 3)).transpose(1, 2)


def mix_anchors(model: BodyModel, mixtures: Float[Tensor, "anchor vertex"], names: tuple[str, ...]) -> Anchors:
    """Anchors that are mixtures of skin vertices."""
    by_joint = mixtures[:, None] * model.weights.T
    total_weights = by_joint.sum(-1, keepdim=True)
    directions = torch.einsum("ajv,vcb->ajcb", by_joint, model.shape_directions_m)
    return Anchors(
        names=names,
        template_m=torch.cat([by_joint @ model.template_m, total_weights], -1),
        directions_m=torch.nn.functional.pad(directions, (0, 0, 0, 1)),
    )


def joint_anchors(model: BodyModel, joints: tuple[str, ...], names: tuple[str, ...]) -> Anchors:
    """Anchors at the joints themselves: each moves rigidly with its own joint."""
    template = model.template_m.new_zeros(len(joints), len(JOINTS), 4)
    directions = template.new_zeros(len(joints), len(JOINTS), 4, model.betas)
    rest = model.joint_regressor @ model.template_m
    rest_directions = torch.einsum("jv,vcb->jcb", model.joint_regressor, model.shape_directions_m)
    for row, j in enumerate(map(joint, joints)):
        template[row, j, :3], template[row, j, 3] = rest[j], 1.0
        directions[row, j, :3] = rest_directions[j]
    return Anchors(names=names, template_m=template, directions_m=directions)


def stack(parts: tuple[Anchors, ...], order: tuple[str, ...]) -> Anchors:
    """Several sets in one, in the order of the given names."""
    names = [name for part in parts for name in part.names]
    index = torch.tensor([names.index(name) for name in order])
    return Anchors(
        names=order,
        template_m=torch.cat([part.template_m for part in parts])[index],
        directions_m=torch.cat([part.directions_m for part in parts])[index],
    )


@lru_cache(maxsize=KEPT)
def landmark_anchors(model: BodyModel, layout: tuple[str, ...]) -> Anchors:
    """The anchors of a detector's landmarks: limbs at the joints; face, hands and feet on the skin.

    Raises:
        ValueError: a landmark of the layout has no known position on the body.
    """
    limbs = tuple(name for name in layout if name in JOINTS)
    limb_anchors = joint_anchors(model, limbs, limbs)
    mixtures = _skin_mixtures(model)
    missing = [name for name in layout if name not in JOINTS and name not in mixtures]
    if missing:
        raise ValueError(
            f"expected landmarks with a known position on the body, got {', '.join(missing)}; add an anchor"
        )
    skin_names = tuple(name for name in layout if name not in JOINTS)
    skin = mix_anchors(model, torch.stack([mixtures[name] for name in skin_names]), skin_names)
    return stack((limb_anchors, skin), layout)


def _nearest(points: Float[Tensor, "vertex 3"], among: Tensor, target: Tensor) -> Float[Tensor, "vertex"]:
    """Mean of the patch of vertices nearest to a point, among those of a part, or all where it is missing."""
    among = among if among.any() else torch.ones_like(among)
    distance = (points - target).norm(dim=-1).masked_fill(~among, torch.inf)
    mixture = torch.zeros(len(points))
    mixture[distance.topk(min(PATCH, int(among.sum())), largest=False).indices] = 1.0
    return mixture / mixture.sum()


def _skin_mixtures(model: BodyModel) -> dict[str, Float[Tensor, "vertex"]]:
    vertices, part = model.template_m, model.part_of_vertex
    joints = model.joint_regressor @ vertices
    outside = vertex_normals(vertices, model.faces)
    head = (part == PARTS.index("head")) & (outside.norm(dim=-1) > 0.5)
    crown = vertices[head, 1].max()
    middle = head & (vertices[:, 0].abs() < 0.015) if (head & (vertices[:, 0].abs() < 0.015)).any() else head
    below_crown = middle & (vertices[:, 1] < crown - 0.06)
    nose = vertices[int(vertices[:, 2].masked_fill(~below_crown, -torch.inf).argmax())]
    tall = float(crown - joints[joint("head"), 1]) + 0.03
    front = head & (vertices[:, 2] > nose[2] - 0.1) & (outside[:, 2] > 0.1)
    found = {"nose": _nearest(vertices, head, nose)}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for name, (across, up) in FACE_OFFSETS.items():
            target = nose + torch.tensor([sign * across * tall, up * tall, 0])
            flat = vertices * torch.tensor([1.0, 1.0, 0.0])  # the skin in front of or behind the target
            label = f"mouth_{side}" if name == "mouth" else name.replace("eye", f"{side}_eye")
            found[label] = _nearest(flat, front if front.any() else head, target * torch.tensor([1.0, 1.0, 0.0]))
        level = (
            head & ((vertices[:, 1] - nose[1] - 0.05 * tall).abs() < 0.15 * tall) & (vertices[:, 2] < nose[2] - 0.06)
        )
        widest = (vertices[:, 0] * sign).masked_fill(~(level if level.any() else head), -torch.inf).argmax()
        across, forward = EAR_OFFSET
        ear = vertices[int(widest)] + torch.tensor([-sign * across * tall, 0, forward * tall])
        found[f"{side}_ear"] = _nearest(vertices, head, ear)
        found |= _hand_and_foot(side, sign, vertices, part, joints)
    return found


def _hand_and_foot(
    side: str, sign: float, vertices: Tensor, part: Int[Tensor, "vertex"], joints: Tensor
) -> dict[str, Float[Tensor, "vertex"]]:
    """Knuckles of the little finger, index finger and thumb; heel and the tip of the big toe."""
    hand, foot = part == PARTS.index(f"{side}_hand"), part == PARTS.index(f"{side}_foot")
    knuckles, wrist = joints[joint(f"{side}_hand")], joints[joint(f"{side}_wrist")]
    sole = vertices[foot, 1].min()
    heel_target = torch.stack([joints[joint(f"{side}_ankle"), 0], sole + 0.03, vertices[foot, 2].min()])
    toe = vertices[int((vertices[:, 2] - 0.3 * sign * vertices[:, 0]).masked_fill(~foot, -torch.inf).argmax())]
    return {
        f"{side}_pinky": _nearest(vertices, hand, knuckles + torch.tensor([0, 0, -0.035])),
        f"{side}_index": _nearest(vertices, hand, knuckles + torch.tensor([-sign * 0.015, -0.006, 0.016])),
        f"{side}_thumb": _nearest(vertices, hand, (knuckles + wrist) / 2 + torch.tensor([0, -0.01, 0.06])),
        f"{side}_heel": _nearest(vertices, foot, heel_target),
        f"{side}_foot_index": _nearest(vertices, foot, toe),
    }
