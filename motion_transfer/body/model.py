"""A body model in SMPL's layout: who could stand there, before anybody's shape is chosen."""

import dataclasses
import hashlib
from functools import lru_cache
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.body.skeleton import PART_OF_JOINT, PARTS
from motion_transfer.domain.value import check_within, value

LARGEST_M, LARGEST_WEIGHT = 100.0, 100.0
KEPT = 8  # models whose parts are remembered


@value
class BodyModel:
    """Template, shape space, skinning and surface chart of a body at rest (T-pose, body axes, metres).

    Attributes:
        shape_directions_m: offset of every vertex for one standard deviation of each beta.
        joint_regressor: joints as fixed mixtures of the rest vertices.
        weights: skinning weight of each joint for each vertex; rows sum to 1.
        faces: triangles with outward winding (counter-clockwise seen from outside).
        uv: atlas positions in [0, 1]; u to the right and v down in the atlas picture.
        uv_faces: the three atlas positions of each face.
        chart_of_face: chart of each face, a connected piece of the atlas; colours must never be mixed across charts.
        mirror_vertex: the left-right partner of each vertex.
        pose_directions_m: of the body of an SMPL file, the offset of every vertex for each entry of R - 1 of all joints
            but the pelvis; None for a body without pose-dependent offsets.
        finger_weights: how far each finger joint, in the order of `fingers`, moves each vertex; None for a body
            without fingers of its own.
        finger_regressor: finger joints as mixtures of the rest vertices.

    Raises:
        ValueError: a number is not finite or far out of the ordinary, or an index leads to nothing.
    """

    name: str
    template_m: Float[Tensor, "vertex 3"]
    shape_directions_m: Float[Tensor, "vertex 3 beta"]
    joint_regressor: Float[Tensor, "joint vertex"]
    weights: Float[Tensor, "vertex joint"]
    faces: Int[Tensor, "face 3"]
    uv: Float[Tensor, "uv_vertex 2"]
    uv_faces: Int[Tensor, "face 3"]
    chart_of_face: Int[Tensor, "face"]
    mirror_vertex: Int[Tensor, "vertex"]
    pose_directions_m: Float[Tensor, "vertex 3 pose"] | None = None
    finger_weights: Float[Tensor, "vertex finger"] | None = None
    finger_regressor: Float[Tensor, "finger vertex"] | None = None

    def __post_init__(self) -> None:
        vertices, last_uv = len(self.template_m), len(self.uv) - 1
        check_within("a body model", -LARGEST_M, LARGEST_M, template_m=self.template_m)
        check_within("a body model", -LARGEST_M, LARGEST_M, shape_directions_m=self.shape_directions_m)
        mixtures = {"joint_regressor": self.joint_regressor, "weights": self.weights}
        check_within("a body model", -LARGEST_WEIGHT, LARGEST_WEIGHT, **mixtures)
        check_within("a body model", 0, vertices - 1, faces=self.faces, mirror_vertex=self.mirror_vertex)
        check_within("a body model", -1, 2, uv=self.uv)
        check_within("a body model", 0, last_uv, uv_faces=self.uv_faces)
        check_within("a body model", 0, len(self.faces), chart_of_face=self.chart_of_face)
        if self.pose_directions_m is not None:
            check_within("a body model", -LARGEST_M, LARGEST_M, pose_directions_m=self.pose_directions_m)
        fingers = {"finger_weights": self.finger_weights, "finger_regressor": self.finger_regressor}
        given = {name: mixtures for name, mixtures in fingers.items() if mixtures is not None}
        check_within("a body model", -LARGEST_WEIGHT, LARGEST_WEIGHT, **given)

    @property
    def betas(self) -> int:
        """How many shape coefficients there are."""
        return self.shape_directions_m.shape[-1]

    @property
    def part_of_vertex(self) -> Int[Tensor, "vertex"]:
        """The part that moves each vertex most."""
        return part_of_vertex(self)

    @property
    def part_of_face(self) -> Int[Tensor, "face"]:
        """The part that moves each face most."""
        return part_of_face(self)

    @property
    def joint_of_face(self) -> Int[Tensor, "face"]:
        """The joint that moves each face most."""
        return joint_of_face(self)

    def to(self, device: torch.device | str) -> "BodyModel":
        """The same model on another device."""
        moved: dict[str, Any] = {k: v.to(device) if isinstance(v, Tensor) else v for k, v in self.fields().items()}
        return BodyModel(**moved)

    def fields(self) -> dict[str, Any]:
        """Every field by name."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def digest(self) -> str:
        """A hash of everything in the model."""
        state = hashlib.blake2b(self.name.encode(), digest_size=12)
        for field in self.fields().values():
            if isinstance(field, Tensor):
                state.update(field.cpu().numpy().tobytes())
        return state.hexdigest()


@lru_cache(maxsize=KEPT)
def part_of_vertex(model: BodyModel) -> Int[Tensor, "vertex"]:
    """The part that moves each vertex most."""
    return _part_weights(model).argmax(1)


@lru_cache(maxsize=KEPT)
def part_of_face(model: BodyModel) -> Int[Tensor, "face"]:
    """The part that moves each face most."""
    return _part_weights(model)[model.faces].sum(1).argmax(1)


@lru_cache(maxsize=KEPT)
def joint_of_face(model: BodyModel) -> Int[Tensor, "face"]:
    """The joint that moves each face most."""
    return model.weights[model.faces].sum(1).argmax(1)


def _part_weights(model: BodyModel) -> Float[Tensor, "vertex part"]:
    """Skinning weight of each part for each vertex."""
    weights = model.weights.new_zeros(len(model.weights), len(PARTS))
    return weights.index_add(1, torch.tensor(PART_OF_JOINT, device=weights.device), model.weights)


def licence_of(*models: BodyModel) -> str:
    """What a run with these bodies, and with the code that poses them, may be used for: the narrowest of them all."""
    if any(model.name.startswith("smpl") for model in models):
        return "non-commercial research only: the body of an SMPL file, posed by the package smplx"
    return "any use: a CC0 body, posed by code under Apache-2.0"
