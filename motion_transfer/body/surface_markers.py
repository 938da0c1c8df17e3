"""Named points of the body's skin that people can find on any other figure: crown, elbows, knees, heels."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import SIDES, joint

ASIDE = 1.5  # how much farther a point must reach along the direction for each metre that it lies beside it
# By name: the joint that it lies around, the direction from there at rest (of the left side), and what it is.
MARKERS: dict[str, tuple[str, tuple[float, float, float], str]] = {
    "crown": ("head", (0, 1, 0), "the top of the head"),
    "nose": ("head", (0, 0.3, 1), "the tip of the nose"),
    "back_of_head": ("head", (0, 0.4, -1), "the back of the head"),
    "chest": ("spine3", (0, 0, 1), "the breastbone"),
    "back": ("spine3", (0, 0, -1), "between the shoulder blades"),
    "belly": ("spine1", (0, 0, 1), "above the navel"),
    "seat": ("pelvis", (0, 0, -1), "the middle of the seat"),
}
SIDED: dict[str, tuple[str, tuple[float, float, float], str]] = {
    "shoulder": ("shoulder", (0, 1, 0), "the top of the shoulder"),
    "elbow": ("elbow", (0, 0, -1), "the back of the elbow, with the palm down"),
    "wrist": ("wrist", (0, 1, 0), "the upper side of the wrist, with the palm down"),
    "fingertip": ("hand", (1, 0, 0), "the end of the middle finger, or of the arm"),
    "hip": ("hip", (1, 0, 0), "the outside of the hip"),
    "knee": ("knee", (0, 0, 1), "the front of the knee"),
    "ankle": ("ankle", (1, 0, 0), "the outside of the ankle"),
    "heel": ("ankle", (0, -0.7, -1), "the back of the heel"),
    "toes": ("foot", (0, 0, 1), "the end of the foot"),
}
NAMES = (*MARKERS, *(f"{side}_{name}" for name in SIDED for side in SIDES))


def describe(name: str) -> str:
    """What a marker is, in words."""
    found = MARKERS.get(name) or SIDED[name.split("_", 1)[1]]
    return found[2]


def marker_vertices(body: ShapedBody, names: tuple[str, ...]) -> Int[Tensor, "marker"]:
    """The body's vertex of each marker."""
    return torch.tensor([_vertex(body, name) for name in names], dtype=torch.int64)


def _vertex(body: ShapedBody, name: str) -> int:
    if name in MARKERS:
        around, direction, _ = MARKERS[name]
        return _farthest(body, joint(around), torch.tensor(direction, dtype=torch.float32))
    side, kind = name.split("_", 1)
    around, (x, y, z), _ = SIDED[kind]
    return _farthest(
        body, joint(f"{side}_{around}"), torch.tensor((x if side == "left" else -x, y, z), dtype=torch.float32)
    )


def _farthest(body: ShapedBody, index: int, direction: Float[Tensor, "3"]) -> int:
    """The vertex of the joint's own part that reaches farthest along a direction from it."""
    along = torch.nn.functional.normalize(direction.to(body.rest_vertices_m), dim=0)
    off = body.rest_vertices_m - body.rest_joints_m[index]
    reach = off @ along
    aside = (off - reach[:, None] * along).norm(dim=-1)
    own = body.model.weights[:, index] > 0.3
    return int((reach - ASIDE * aside).masked_fill(~own, -torch.inf).argmax())
