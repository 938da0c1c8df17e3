"""Heads and feet are cut out of references where nothing hides them, with hair, shoes and what goes on beside them."""

from dataclasses import replace

import numpy as np
import pytest
import roma
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody, shape_body
from motion_transfer.body.skeleton import JOINTS, PARTS, joint
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.domain.video import ImageSize
from motion_transfer.references.atlas import Place
from motion_transfer.references.frames import ReferencePicture
from motion_transfer.references.part_kinds import HEAD, KINDS, PartKind
from motion_transfer.references.part_pictures import PartPicture, cut_part, mirrored_part, part_circle
from motion_transfer.rendering.rasterizer import render_mesh
from motion_transfer.synthetic.scene import room_camera

SIZE = ImageSize(height=600, width=600)
CAMERA = room_camera(SIZE, 1)
SKIN = (128, 90, 64)
HAIR_PX = 6


def standing(model: BodyModel, **turns_deg: tuple[float, float, float]) -> PosedBody:
    """With arms straight out, and some joints turned."""
    turns = torch.eye(3).repeat(1, len(JOINTS), 1, 1)
    for name, degrees in turns_deg.items():
        turns[0, joint(name)] = roma.rotvec_to_rotmat(torch.deg2rad(torch.tensor(degrees)))
    body = shape_body(model, BodyShape(betas=torch.zeros(10), clothing_offset_m=torch.zeros(len(JOINTS))))
    return body.posed(BodyPose(parent_from_joint=turns, root_position_m=torch.tensor([[0.0, 0.95, 0.0]])))


def part_shown(body: PosedBody) -> np.ndarray:
    """Body part of each pixel, -1 beside the body."""
    face = render_mesh(body.vertices_m(), body.faces, CAMERA).face[0]
    return torch.where(face >= 0, body.shaped.model.part_of_face[face.clamp(min=0)], -1).numpy()


def filmed(body: PosedBody, hair_px: int = 0) -> Place:
    """Its silhouette, all of skin, with hair that stands off above the head's middle."""
    shown = part_shown(body)
    opaque, head = shown >= 0, shown == PARTS.index("head")
    rows, columns = np.nonzero(head)
    for shift in range(1, hair_px + 1):
        upper = rows < rows.mean()
        opaque[rows[upper] - shift, columns[upper]] = True
    picture = ReferencePicture(
        foreground=np.full((SIZE.height, SIZE.width, 3), SKIN, np.uint8),
        matte=np.where(opaque, 255, 0).astype(np.uint8),
        trusted=np.ones(shown.shape, bool),
    )
    return Place(picture=picture, corner_px=np.zeros(2, np.float32))


def cut(body: PosedBody, place: Place, kind: PartKind = HEAD) -> PartPicture | None:
    return cut_part(body, CAMERA, place, kind)


def changed(place: Place, **maps: np.ndarray) -> Place:
    return replace(place, picture=replace(place.picture, **maps))


def test_a_head_is_cut_out_with_its_hair_and_fades_over_the_neck(tiny_body: BodyModel) -> None:
    body = standing(tiny_body)
    head = cut(body, filmed(body, HAIR_PX))
    assert head is not None
    shown = part_shown(body) == PARTS.index("head")
    area, width = shown.sum(), shown.any(0).sum()
    assert area + 0.5 * HAIR_PX * width < head.matte.sum() < 1.7 * area + 1.5 * HAIR_PX * width
    column = head.matte[:, int(head.anchor_px[0])]
    bottom = np.flatnonzero(column)[-1]
    assert column[int(head.anchor_px[1])] == 1
    assert column[bottom] < 0.5
    assert (np.diff(column[int(head.anchor_px[1]) : bottom + 1]) <= 0).all()


def test_the_circle_stays_at_the_same_point_of_a_head_that_turns(tiny_body: BodyModel) -> None:
    """The head's middle lies on the axis of its own turning, and its radius does not change with it."""
    straight, turned = (part_circle(standing(tiny_body, head=(0, angle, 0)), CAMERA, HEAD) for angle in (0.0, 60.0))
    assert abs(straight.radius_px - turned.radius_px) < 0.05 * straight.radius_px
    assert abs(straight.anchor_px[1] - turned.anchor_px[1]) < 0.05 * straight.radius_px
    assert straight.front_depth_m < straight.depth_m


def test_a_head_behind_an_arm_is_not_cut_out(tiny_body: BodyModel) -> None:
    for side, turn in (("left", 120.0), ("right", -120.0)):
        raised = standing(tiny_body, **{f"{side}_shoulder": (0.0, 0.0, turn)})
        assert cut(raised, filmed(raised)) is None


@pytest.mark.parametrize("spoiled", ["held", "missing", "larger"])
def test_a_head_that_is_hidden_or_not_there_is_not_cut_out(tiny_body: BodyModel, spoiled: str) -> None:
    body = standing(tiny_body)
    place, head = filmed(body), part_shown(body) == PARTS.index("head")
    maps = {
        "held": {"trusted": ~head},
        "missing": {"matte": np.where(head, 0, place.picture.matte).astype(np.uint8)},
        "larger": {"matte": np.full(head.shape, 255, np.uint8)},
    }
    assert cut(body, place) is not None
    assert cut(body, changed(place, **maps[spoiled])) is None


def test_a_head_outside_of_the_picture_is_not_cut_out(tiny_body: BodyModel) -> None:
    body = standing(tiny_body)
    place = filmed(body)
    rows = slice(int(part_circle(body, CAMERA, HEAD).anchor_px[1]), SIZE.height)
    maps = {name: getattr(place.picture, name)[rows] for name in ("foreground", "matte", "trusted")}
    below = replace(changed(place, **maps), corner_px=np.array([0, rows.start], np.float32))
    assert cut(body, below) is None


def test_a_mirrored_head_looks_to_the_other_side(tiny_body: BodyModel) -> None:
    left, right = (standing(tiny_body, head=(0.0, angle, 0.0)) for angle in (30.0, -30.0))
    one, other = cut(left, filmed(left)), cut(right, filmed(right))
    assert one is not None
    assert other is not None
    mirrored = mirrored_part(one, tiny_body)
    torch.testing.assert_close(mirrored.camera_from_part, other.camera_from_part)
    assert abs(mirrored.anchor_px - other.anchor_px).max() < 2
    np.testing.assert_array_equal(mirrored_part(mirrored, tiny_body).matte, one.matte)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_foot_is_cut_out_and_fades_over_the_shank(tiny_body: BodyModel, side: str) -> None:
    body, kind = standing(tiny_body), KINDS[f"{side}_foot"]
    foot = cut(body, filmed(body), kind)
    assert foot is not None
    area = (part_shown(body) == kind.part).sum()
    assert area < foot.matte.sum() < 1.7 * area
    rows = foot.matte[:, int(foot.anchor_px[0])]
    above = rows[: int(foot.anchor_px[1])]
    assert rows[int(foot.anchor_px[1])] == 1
    assert above[0] == 0
    assert (np.diff(above) >= 0).all()
    vertices_px, _ = CAMERA.project(body.vertices_m()[0])
    apart_px = foot.vertices_px - vertices_px.numpy()
    np.testing.assert_allclose(apart_px, apart_px[:1].repeat(len(apart_px), 0), atol=1e-3)


def test_a_foot_that_the_other_one_touches_is_not_cut_out(tiny_body: BodyModel) -> None:
    crossed = standing(tiny_body, left_hip=(0.0, 0.0, -8.0), right_hip=(0.0, 0.0, 8.0))
    for side in ("left", "right"):
        assert cut(crossed, filmed(crossed), KINDS[f"{side}_foot"]) is None


def test_a_foot_in_a_mirror_is_the_other_ones(tiny_body: BodyModel) -> None:
    body = standing(tiny_body, left_ankle=(0.0, 20.0, 0.0), right_ankle=(0.0, -20.0, 0.0))
    left, right = (cut(body, filmed(body), KINDS[f"{side}_foot"]) for side in ("left", "right"))
    assert left is not None
    assert right is not None
    other = mirrored_part(left, tiny_body)
    torch.testing.assert_close(other.camera_from_part, right.camera_from_part, atol=1e-5, rtol=0)
    assert abs(other.radius_px - right.radius_px) < 0.05 * right.radius_px
    np.testing.assert_allclose(other.vertices_px - other.anchor_px, right.vertices_px - right.anchor_px, atol=0.5)
