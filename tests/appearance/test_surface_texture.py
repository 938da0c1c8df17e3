from dataclasses import replace

import numpy as np
import pytest
import roma
import torch

from motion_transfer.appearance.texel_map import TexelMap, texel_map
from motion_transfer.appearance.texture_baking import View, bake_texture
from motion_transfer.appearance.texture_completion import complete_texels
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.skeleton import JOINTS, PARTS, joint, mirrored
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.rasterizer import render_mesh
from motion_transfer.rendering.surface_maps import uv_map
from motion_transfer.rendering.texture import Texture, sample_atlas

ATLAS = 320
SIZE = ImageSize(height=320, width=320)


@pytest.fixture(scope="module")
def texels(tiny_body: BodyModel) -> TexelMap:
    return texel_map(tiny_body, ATLAS)


@pytest.fixture(scope="module")
def body(tiny_body: BodyModel) -> ShapedBody:
    return shape_body(tiny_body, BodyShape(betas=torch.zeros(10), clothing_offset_m=torch.zeros(24)))


@pytest.fixture(scope="module")
def atlas(tiny_body: BodyModel, texels: TexelMap) -> torch.Tensor:
    """Colours that change smoothly with the position on the body at rest."""
    point = texels.at(tiny_body.template_m, tiny_body.faces)
    return texels.to_atlas(0.5 + 0.4 * torch.sin(point * torch.tensor([3.0, 2.0, 3.0])))


def camera() -> Camera:
    camera_from_world = torch.diag(torch.tensor([1.0, -1, -1, 1]))
    camera_from_world[2, 3] = 3.0
    intrinsics = torch.tensor([[430.0, 0, 160], [0, 430, 160], [0, 0, 1]])
    return Camera(intrinsics_px=intrinsics, camera_from_world=camera_from_world, size=SIZE)


def view(body: ShapedBody, atlas: torch.Tensor, yaw: float, *, pink: bool = False, arm_deg: float = 0) -> View:
    """The body, turned; its left arm is turned as well, from the side to the front and on across the chest."""
    rotations = torch.eye(3).repeat(1, len(JOINTS), 1, 1)
    rotations[0, 0] = roma.rotvec_to_rotmat(torch.tensor([0.0, yaw, 0.0]))
    rotations[0, joint("left_shoulder")] = roma.rotvec_to_rotmat(torch.tensor([0.0, -np.radians(arm_deg), 0.0]))
    pose = BodyPose(parent_from_joint=rotations, root_position_m=torch.zeros(1, 3))
    posed = body.posed(pose)
    fragments = render_mesh(posed.vertices_m(), body.model.faces, camera())
    covered = fragments.covered[0].numpy()
    seen = sample_atlas(atlas, uv_map(fragments, posed))[0].permute(1, 2, 0).numpy()
    rgb = np.where(covered[..., None], seen * 255, 90).round().astype(np.uint8)
    if pink:
        rgb[120:190, 140:180] = (255, 0, 255)
    return View(rgb=rgb, alpha=covered.astype(np.float32), camera=camera(), pose=pose)


def errors(texture: Texture, atlas: torch.Tensor, texels: TexelMap) -> torch.Tensor:
    return (texture.rgb - atlas).abs().amax(0)[texels.row, texels.column]


def test_the_uv_of_texels_are_their_positions_in_the_atlas(tiny_body: BodyModel, texels: TexelMap) -> None:
    uv = (tiny_body.uv[tiny_body.uv_faces[texels.face]] * texels.barycentric[..., None]).sum(1)
    expected = torch.stack([texels.column + 0.5, texels.row + 0.5], 1) / ATLAS
    assert torch.allclose(uv, expected, atol=1e-4)
    assert (texels.barycentric >= -1e-5).all()
    assert len(texels.face) > 0.3 * ATLAS**2


def test_values_are_laid_at_their_texels_and_at_the_nearest_beside(texels: TexelMap) -> None:
    index = torch.arange(len(texels.face)).float()[:, None]
    atlas = texels.to_atlas(index)[0]
    assert torch.equal(atlas[texels.row, texels.column], index[:, 0])
    empty = torch.full((ATLAS, ATLAS), True)
    empty[texels.row, texels.column] = False
    points = torch.stack([texels.row, texels.column], 1).float()
    for row, column in torch.nonzero(empty)[::701].tolist():
        distance = (points - torch.tensor([row, column])).norm(dim=1)
        assert distance[int(atlas[row, column])] == distance.min()


@pytest.mark.slow
def test_seen_texels_have_the_colours_of_the_pictures(body: ShapedBody, atlas: torch.Tensor, texels: TexelMap) -> None:
    yaws = [0.0, 0.8, -0.8, 2.0, -2.0, 3.1]
    texture = bake_texture(iter(view(body, atlas, yaw) for yaw in yaws), len(yaws), body, texels)
    seen = texture.seen[texels.row, texels.column] > 0.15
    assert seen.float().mean() > 0.25  # a third of the capsules' surface lies within others
    error = errors(texture, atlas, texels)
    assert error[seen].median() < 0.015
    assert error[texture.seen[texels.row, texels.column] > 0.5].mean() < 0.02
    assert texture.rgb.min() >= 0
    assert texture.rgb.max() <= 1


@pytest.mark.slow
def test_the_back_is_not_seen_from_the_front(
    body: ShapedBody, atlas: torch.Tensor, texels: TexelMap, tiny_body: BodyModel
) -> None:
    texture = bake_texture(iter([view(body, atlas, 0.0)]), 1, body, texels)
    normals = texels.at(body.rest_normals, tiny_body.faces)
    seen = texture.seen[texels.row, texels.column]
    assert (seen[normals[:, 2] < 0] == 0).all()
    assert (seen[normals[:, 2] > 0.7] > 0.1).float().mean() > 0.8


@pytest.mark.slow
def test_something_before_the_body_in_one_view_leaves_no_trace(
    body: ShapedBody, atlas: torch.Tensor, texels: TexelMap
) -> None:
    yaws = (-0.1, 0.0, 0.1, 0.05)
    clean, spoilt = (
        bake_texture(iter([view(body, atlas, y, pink=y == 0.1 and pink) for y in yaws]), len(yaws), body, texels)
        for pink in (False, True)
    )
    seen = (clean.seen > 0.5) & (spoilt.seen > 0.5)
    assert (spoilt.seen < clean.seen - 0.05).sum() > 200
    assert (spoilt.rgb - clean.rgb).abs().amax(0)[seen].quantile(0.99) < 0.02


@pytest.mark.slow
def test_background_caught_on_fingertips_is_replaced_by_the_hands_own_colour(
    body: ShapedBody, atlas: torch.Tensor, texels: TexelMap, tiny_body: BodyModel
) -> None:
    hands = torch.tensor([PARTS.index("left_hand"), PARTS.index("right_hand")])
    hand = torch.isin(tiny_body.part_of_face[texels.face], hands)
    out = texels.at(tiny_body.template_m, tiny_body.faces)[:, 0].abs()
    tips = hand & (out > out[hand].max() - 0.03)
    skin, background = torch.tensor([0.5, 0.35, 0.25]), torch.tensor([0.9, 0.95, 1.0])
    painted = atlas.clone()
    painted[:, texels.row[hand], texels.column[hand]] = skin[:, None]
    painted[:, texels.row[tips], texels.column[tips]] = background[:, None]
    yaws = [0.0, 0.8, -0.8, 3.1]
    texture = bake_texture(iter(view(body, painted, yaw) for yaw in yaws), len(yaws), body, texels)
    rgb, seen = texture.rgb[:, texels.row, texels.column], texture.seen[texels.row, texels.column]
    from_skin, from_background = ((rgb[:, tips] - colour[:, None]).norm(dim=0) for colour in (skin, background))
    assert (from_skin < from_background).float().mean() > 0.95
    assert (seen[tips] > 0).float().mean() < 0.1 < (seen[hand & ~tips] > 0).float().mean()


def test_without_a_view_the_texture_is_grey_and_unseen(body: ShapedBody, atlas: torch.Tensor, texels: TexelMap) -> None:
    hidden = view(body, atlas, 0.0)
    nothing = View(rgb=hidden.rgb, alpha=hidden.alpha * 0, camera=hidden.camera, pose=hidden.pose)
    texture = bake_texture(iter([nothing]), 1, body, texels)
    assert (texture.seen == 0).all()
    assert (texture.rgb == 0.5).all()


@pytest.mark.slow
def test_completion_stays_within_the_part_where_the_part_was_seen(tiny_body: BodyModel, texels: TexelMap) -> None:
    """Every part and its mirror image have another colour; half of the texels of each part are unknown."""
    part = tiny_body.part_of_face[texels.face]
    pair = torch.tensor([min(i, j) for i, j in enumerate(mirrored(PARTS))])[part]
    pair[pair == PARTS.index("left_thigh")] = PARTS.index("torso")  # which one shirt or dress covers
    colour = torch.stack([pair / len(PARTS), 1 - pair / len(PARTS), torch.zeros(len(pair))], 1)
    known = torch.rand(len(part), generator=torch.Generator().manual_seed(0)) < 0.5
    rgb = torch.where(known[:, None], colour, torch.tensor([0.0, 0.0, 1.0]))
    completed = complete_texels(rgb, known.float(), texels, tiny_body)
    assert torch.allclose(completed, colour, atol=1e-5)


@pytest.mark.slow
def test_an_unseen_side_takes_the_colours_of_its_mirror_image(tiny_body: BodyModel, texels: TexelMap) -> None:
    part = tiny_body.part_of_face[texels.face]
    left = PARTS.index("left_forearm")
    right = PARTS.index("right_forearm")
    point = texels.at(tiny_body.template_m, tiny_body.faces)
    pattern = torch.stack([0.5 + point[:, 0].abs() * 0.3, 0.5 + point[:, 1] * 0.3, 0.5 + point[:, 2]], 1)
    rgb = torch.where((part == left)[:, None], torch.ones(3), pattern)
    completed = complete_texels(rgb, (part != left).float(), texels, tiny_body)
    assert (completed[part == left] - pattern[part == left]).abs().mean() < 0.02
    assert torch.equal(completed[part == right], pattern[part == right])


@pytest.mark.slow
def test_the_unseen_back_of_the_head_takes_the_colour_of_the_crown(tiny_body: BodyModel, texels: TexelMap) -> None:
    point = texels.at(tiny_body.template_m, tiny_body.faces)
    head = tiny_body.part_of_face[texels.face] == PARTS.index("head")
    low, high = point[head].amin(0), point[head].amax(0)
    fraction = (point - low) / (high - low)
    hair, skin = torch.tensor([0.2, 0.1, 0.0]), torch.tensor([0.9, 0.7, 0.6])
    rgb = torch.where((fraction[:, 1] > 0.8)[:, None], hair, skin)
    seen = (~head | (fraction[:, 2] > 0.5)).float()
    completed = complete_texels(rgb, seen, texels, tiny_body)
    back = head & (fraction[:, 2] < 0.45) & (fraction[:, 1] > 0.4) & (fraction[:, 1] < 0.8)
    assert back.any()
    assert torch.allclose(completed[back], hair, atol=1e-5)


@pytest.mark.slow
def test_an_unseen_back_goes_on_with_the_colours_and_the_hem_of_its_front_without_its_buttons(
    tiny_body: BodyModel, texels: TexelMap
) -> None:
    """The shirt is red, its upper half orange, with black buttons; its front ends in a curve over blue trousers."""
    point = texels.at(tiny_body.template_m, tiny_body.faces)
    part = tiny_body.part_of_face[texels.face]
    trunk = part == PARTS.index("torso")
    low, high = point[trunk].amin(0), point[trunk].amax(0)
    hem_m = low[1] + 0.25 * (high[1] - low[1])
    shirt = torch.tensor([0.8, 0.1, 0.1]) + torch.tensor([0.0, 0.3, 0.0]) * (point[:, 1:2] > (low + high)[1] / 2)
    front = point[:, 2] > (low + high)[2] / 2
    curve = 0.1 * (high[1] - low[1]) * torch.cos(point[:, 0] * 40)
    painted = torch.where((point[:, 1] > hem_m + curve)[:, None], shirt, torch.tensor([0.1, 0.1, 0.6]))
    painted = torch.where((point[:, 0].abs() < 0.015)[:, None], torch.zeros(3), painted)
    completed = complete_texels(painted, front.float(), texels, tiny_body)
    edge = 0.12 * (high[1] - low[1])
    back = trunk & (point[:, 2] < low[2] + 0.2 * (high - low)[2])
    on_shirt = back & (point[:, 1] > hem_m + edge) & ((point[:, 1] - (low + high)[1] / 2).abs() > edge)
    below = back & (point[:, 1] < hem_m - edge)
    assert on_shirt.sum() > 50 < below.sum()
    assert (completed[on_shirt] - shirt[on_shirt]).abs().max() < 0.1
    assert (completed[below] - torch.tensor([0.1, 0.1, 0.6])).abs().max() < 0.1


@pytest.mark.slow
def test_a_badge_on_one_side_of_the_chest_is_not_repeated_on_the_back(tiny_body: BodyModel, texels: TexelMap) -> None:
    point = texels.at(tiny_body.template_m, tiny_body.faces)
    trunk = tiny_body.part_of_face[texels.face] == PARTS.index("torso")
    middle = (point[trunk].amin(0) + point[trunk].amax(0)) / 2
    beside = (point[:, 0] - middle[0] - 0.06).abs() < 0.03
    badge = trunk & beside & ((point[:, 1] - middle[1]).abs() < 0.05)
    front = point[:, 2] > point[trunk, 2].mean()
    assert badge[trunk & front].float().mean() > 0.02
    cloth, white = torch.tensor([0.1, 0.5, 0.2]), torch.ones(3)
    rgb = torch.where(badge[:, None], white, cloth)
    completed = complete_texels(rgb, front.float(), texels, tiny_body)
    white_back = ((completed - cloth).abs().amax(1) > 0.01)[trunk & ~front]
    assert white_back.float().mean() < 0.005  # capsules of the trunk lie in each other, so that some miss their twin
    assert torch.equal(completed[badge & front], rgb[badge & front])


@pytest.mark.slow
def test_a_shirt_of_two_halves_has_them_on_its_unseen_back_too(tiny_body: BodyModel, texels: TexelMap) -> None:
    point = texels.at(tiny_body.template_m, tiny_body.faces)
    trunk = tiny_body.part_of_face[texels.face] == PARTS.index("torso")
    halves = torch.where((point[:, :1] > 0), torch.tensor([0.9, 0.1, 0.1]), torch.tensor([0.1, 0.1, 0.9]))
    front = point[:, 2] > point[trunk, 2].mean()
    completed = complete_texels(halves, front.float(), texels, tiny_body)
    right = ((completed - halves).abs().amax(1) < 0.1)[trunk & ~front].float().mean()
    assert right > 0.7  # beside the middle and the border of what was seen the mirror image takes over


@pytest.mark.slow
def test_an_arm_beside_where_it_is_thought_to_cross_the_chest_leaves_no_trace(
    body: ShapedBody, atlas: torch.Tensor, texels: TexelMap, tiny_body: BodyModel
) -> None:
    part = tiny_body.part_of_face[texels.face]
    arm = torch.isin(part, torch.tensor([PARTS.index("left_forearm"), PARTS.index("left_hand")]))
    painted, sleeve = atlas.clone(), torch.tensor([1.0, 0.0, 1.0])
    painted[:, texels.row[arm], texels.column[arm]] = sleeve[:, None]
    filmed, thought = (view(body, painted, 0.0, arm_deg=degrees) for degrees in (150, 146))
    texture = bake_texture(iter([replace(thought, rgb=np.roll(filmed.rgb, 4, axis=0))] * 3), 3, body, texels)
    chest = part == PARTS.index("torso")
    rgb, seen = (
        texture.rgb[:, texels.row[chest], texels.column[chest]],
        texture.seen[texels.row[chest], texels.column[chest]],
    )
    spoilt = (rgb - sleeve[:, None]).norm(dim=0) < 0.4
    assert (seen > 0.15).float().mean() > 0.1
    assert not spoilt.any()


@pytest.mark.slow
def test_light_from_one_side_makes_no_shirt_of_two_halves(tiny_body: BodyModel, texels: TexelMap) -> None:
    point = texels.at(tiny_body.template_m, tiny_body.faces)
    trunk = tiny_body.part_of_face[texels.face] == PARTS.index("torso")
    lit = torch.tensor([0.4, 0.45, 0.6]) * torch.where((point[:, :1] > 0), 1.0, 0.55)
    front = point[:, 2] > point[trunk, 2].mean()
    completed = complete_texels(lit, front.float(), texels, tiny_body)
    low, high = point[trunk, 1].quantile(0.3), point[trunk, 1].quantile(0.7)
    back = trunk & (point[:, 2] < 0.8 * point[trunk, 2].min()) & (point[:, 1] > low) & (point[:, 1] < high)
    beside = back & (point[:, 0].abs() < 0.02)
    assert beside.sum() > 20
    assert completed[beside].amax(0).sub(completed[beside].amin(0)).max() < 0.12


@pytest.mark.slow
def test_an_unseen_back_repeats_a_pattern_of_its_front(tiny_body: BodyModel, texels: TexelMap) -> None:
    """Vertical bars over the whole shirt are no buttons."""
    point = texels.at(tiny_body.template_m, tiny_body.faces)
    trunk = tiny_body.part_of_face[texels.face] == PARTS.index("torso")
    bars = torch.where((point[:, :1] * 60).sin() > 0.3, torch.tensor([0.9, 0.9, 0.9]), torch.tensor([0.1, 0.2, 0.6]))
    front = point[:, 2] > point[trunk, 2].mean()
    completed = complete_texels(bars, front.float(), texels, tiny_body)
    right = ((completed - bars).abs().amax(1) < 0.2)[trunk & ~front].float().mean()
    assert right > 0.6
