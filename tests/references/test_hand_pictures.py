"""A hand is cut out of a reference where it shows apart from everything else, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody, shape_body
from motion_transfer.body.skeleton import JOINTS, PARTS
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.domain.video import ImageSize
from motion_transfer.references.atlas import Place
from motion_transfer.references.foreign import own_colours
from motion_transfer.references.frames import ReferencePicture
from motion_transfer.references.hand_pictures import (
    HandPicture,
    cut_hand,
    mirrored_hand,
    pale_share,
    without_background_in_gaps,
)
from motion_transfer.rendering.rasterizer import render_mesh
from motion_transfer.rendering.texture import Texture
from motion_transfer.synthetic.scene import room_camera

SIZE = ImageSize(height=400, width=400)
CAMERA = room_camera(SIZE, 1)
SKIN = (128, 90, 64)


def standing(model: BodyModel, turned_deg: float = 0.0) -> PosedBody:
    """With both arms straight out."""
    turns = torch.eye(3).repeat(1, len(JOINTS), 1, 1)
    angle = torch.deg2rad(torch.tensor(turned_deg))
    turns[0, 0, 0, 0] = turns[0, 0, 2, 2] = angle.cos()
    turns[0, 0, 0, 2], turns[0, 0, 2, 0] = angle.sin(), -angle.sin()
    body = shape_body(model, BodyShape(betas=torch.zeros(10), clothing_offset_m=torch.zeros(len(JOINTS))))
    return body.posed(BodyPose(parent_from_joint=turns, root_position_m=torch.tensor([[0.0, 0.95, 0.0]])))


def filmed(body: PosedBody) -> Place:
    """Its silhouette, all of skin."""
    covered = render_mesh(body.vertices_m(), body.faces, CAMERA).covered[0].numpy()
    picture = ReferencePicture(
        foreground=np.full((SIZE.height, SIZE.width, 3), SKIN, np.uint8),
        matte=np.where(covered, 255, 0).astype(np.uint8),
        trusted=np.ones(covered.shape, bool),
    )
    return Place(picture=picture, corner_px=np.zeros(2, np.float32))


def cut(body: PosedBody, place: Place, side: str = "left") -> HandPicture | None:
    model = body.shaped.model
    rgb = (torch.tensor(SKIN) / 255).view(3, 1, 1).expand(3, 64, 64).clone()
    known = own_colours(Texture(rgb=rgb, seen=torch.ones(64, 64)), model)
    return cut_hand(body, CAMERA, place, side, known)


def hand_area_px(body: PosedBody, side: str) -> int:
    """Pixels that show a hand."""
    fragments = render_mesh(body.vertices_m(), body.faces, CAMERA)
    part = body.shaped.model.part_of_face[fragments.face.clamp(min=0)]
    return int((fragments.covered & (part == PARTS.index(f"{side}_hand"))).sum())


def changed(place: Place, **maps: np.ndarray) -> Place:
    return replace(place, picture=replace(place.picture, **maps))


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_hand_apart_from_the_body_is_cut_out_with_a_little_of_its_forearm(tiny_body: BodyModel, side: str) -> None:
    body = standing(tiny_body)
    hand = cut(body, filmed(body), side)
    assert hand is not None
    area = hand_area_px(body, side)
    assert 0.8 * area < hand.matte.sum() < 1.6 * area
    # It ends softly toward the forearm, which lies toward the middle of the picture.
    columns = hand.matte.max(0)
    inner = columns[: int(hand.wrist_px[0])] if side == "left" else columns[int(hand.wrist_px[0]) :][::-1]
    assert inner[0] == 0
    assert 0 < inner[-2] < 1


def test_a_hand_before_the_body_is_not_cut_out(tiny_body: BodyModel) -> None:
    body = standing(tiny_body, turned_deg=90.0)
    assert cut(body, filmed(body), "left") is None
    assert cut(body, filmed(body), "right") is None


def test_a_hand_that_holds_something_or_is_of_another_colour_or_is_not_there_is_not_cut_out(
    tiny_body: BodyModel,
) -> None:
    body = standing(tiny_body)
    place = filmed(body)
    half = np.arange(SIZE.width) < SIZE.width // 2
    mine = np.broadcast_to(~half, (SIZE.height, SIZE.width))  # the left hand is on the right of the picture
    white = place.picture.foreground.copy()
    white[mine] = 255
    for spoiled in (
        changed(place, trusted=~mine),
        changed(place, foreground=white),
        changed(place, matte=np.where(mine, 0, place.picture.matte).astype(np.uint8)),
        changed(place, matte=np.where(mine, 255, place.picture.matte).astype(np.uint8)),
    ):
        assert cut(body, spoiled, "left") is None
        assert cut(body, spoiled, "right") is not None


def test_a_hand_outside_of_the_picture_is_not_cut_out(tiny_body: BodyModel) -> None:
    body = standing(tiny_body)
    place = filmed(body)
    columns = slice(0, 200)
    maps = {name: getattr(place.picture, name)[:, columns] for name in ("foreground", "matte", "trusted")}
    assert cut(body, changed(place, **maps), "left") is None
    assert cut(body, changed(place, **maps), "right") is not None


def test_a_mirrored_hand_is_the_other_one(tiny_body: BodyModel) -> None:
    body = standing(tiny_body)
    left, right = (cut(body, filmed(body), side) for side in ("left", "right"))
    assert left is not None
    assert right is not None
    twice = mirrored_hand(mirrored_hand(left))
    np.testing.assert_array_equal(twice.matte, left.matte)
    np.testing.assert_allclose(twice.wrist_px, left.wrist_px)
    mirrored = mirrored_hand(right)
    torch.testing.assert_close(mirrored.camera_from_wrist, left.camera_from_wrist)
    np.testing.assert_allclose(mirrored.forearm, left.forearm, atol=0.05)
    assert abs(mirrored.matte.sum() - left.matte.sum()) < 0.1 * left.matte.sum()
    assert abs(mirrored.wrist_px - left.wrist_px).max() < 3


def test_the_background_between_fingers_is_no_part_of_the_hand_and_its_shadows_are() -> None:
    rgb, matte = np.full((20, 20, 3), SKIN, np.uint8), np.zeros((20, 20), np.float32)
    matte[4:16, 4:16] = 1
    rgb[4:10, 9], rgb[12, 6:8], rgb[13, 12] = 240, 240, 20  # an open gap, an enclosed one, a shadow
    foreign = (rgb != SKIN).any(-1)
    colours, left = without_background_in_gaps(rgb, matte, foreign)
    assert left[5:9, 9].max() == 0
    assert 0 < left[6, 8] < 1
    np.testing.assert_array_equal(colours[12, 6:8], np.full((2, 3), SKIN))
    assert left[12, 6:8].min() == 1
    np.testing.assert_array_equal(colours[13, 12], [20, 20, 20])
    assert left[5:15, 5:8].min() == 1  # away from the gap nothing changes


def test_a_hand_without_foreign_colours_stays_as_it_is() -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (9, 9, 3), np.uint8)
    matte = np.ones((9, 9), np.float32)
    colours, left = without_background_in_gaps(rgb, matte, np.zeros((9, 9), bool))
    np.testing.assert_array_equal(colours, rgb)
    np.testing.assert_array_equal(left, matte)


def test_a_bright_background_that_shines_through_a_hand_is_told_from_its_light_its_shadow_and_a_white_glove() -> None:
    hand = np.tile(np.array([SKIN], np.uint8), (100, 1))
    shone_through, sunlit, shadowed = hand.copy(), hand.copy(), hand.copy()
    shone_through[:20] = 200, 195, 190
    sunlit[:20] = 192, 135, 96
    shadowed[:20] = 40, 38, 36
    glove = np.random.default_rng(0).integers(225, 236, (100, 3), dtype=np.uint8)
    assert pale_share(shone_through) == 0.2
    assert pale_share(sunlit) == pale_share(shadowed) == pale_share(glove) == 0
