import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS, joint
from motion_transfer.domain.video import ImageSize
from motion_transfer.synthetic.atlas import unfold
from motion_transfer.synthetic.performer import SyntheticPerformer, random_performer


def person(model: BodyModel, seed: int) -> SyntheticPerformer:
    return random_performer(model, seed, texture_px=256)


def colours(model: BodyModel, performer: SyntheticPerformer) -> torch.Tensor:
    """The texture's colour at the middle of every face."""
    middle = model.uv[model.uv_faces].mean(1)
    size = performer.texture_rgb.shape[-1]
    column, row = (middle * size).long().clamp(0, size - 1).unbind(-1)
    return performer.texture_rgb[:, row, column].T


def test_every_texel_of_the_atlas_lies_where_its_face_lies(tiny_body: BodyModel) -> None:
    atlas = unfold(tiny_body, ImageSize(height=400, width=400))
    middle = (tiny_body.uv[tiny_body.uv_faces].mean(1) * 400).long()
    expected = tiny_body.template_m[tiny_body.faces].mean(1)
    found = torch.tensor(atlas.rest_m)[middle[:, 1], middle[:, 0]]
    # One tip of every capsule overlaps its mantle in this atlas: most faces are found again, not all.
    assert (found - expected).norm(dim=-1).median() < 0.01
    assert (torch.tensor(atlas.part)[middle[:, 1], middle[:, 0]] == tiny_body.part_of_face).float().mean() > 0.7


def test_a_seed_gives_exactly_the_same_person_again(tiny_body: BodyModel) -> None:
    one, again = person(tiny_body, 4), person(tiny_body, 4)
    assert torch.equal(one.texture_rgb, again.texture_rgb)
    assert torch.equal(one.shape.betas, again.shape.betas)


def test_seeds_give_people_of_different_shape_and_clothes(tiny_body: BodyModel) -> None:
    one, other = person(tiny_body, 0), person(tiny_body, 1)
    assert (one.shape.betas - other.shape.betas).abs().max() > 0.5
    assert (one.texture_rgb - other.texture_rgb).abs().mean() > 0.05


def test_left_and_right_can_be_told_apart(tiny_body: BodyModel) -> None:
    found = colours(tiny_body, person(tiny_body, 0))
    left = found[tiny_body.part_of_face == PARTS.index("left_forearm")]
    right = found[tiny_body.part_of_face == PARTS.index("right_forearm")]
    assert torch.cdist(right, left).amin(1).max() > 0.2


def test_clothes_stand_off_and_hands_are_bare(tiny_body: BodyModel) -> None:
    offset_m = person(tiny_body, 2).shape.clothing_offset_m
    assert 0.005 <= offset_m[joint("spine2")] <= 0.03
    assert offset_m[joint("left_wrist")] == 0
