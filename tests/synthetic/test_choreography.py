from fractions import Fraction

import pytest
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import PARTS, joint
from motion_transfer.domain.body_motion import BodyMotion, BodyShape
from motion_transfer.synthetic.choreography import dance

FPS = Fraction(30000, 1001)
ALL = ("steps", "turns", "squats", "jumps", "waves")
SHAPE = BodyShape(betas=torch.linspace(-1, 1, 10), clothing_offset_m=torch.full((24,), 0.01))


def made(model: BodyModel, seed: int = 0, moves: tuple[str, ...] = ALL) -> BodyMotion:
    return dance(model, SHAPE, seconds=12, fps=FPS, seed=seed, moves=moves)


def foot_vertices(model: BodyModel, motion: BodyMotion, side: str) -> torch.Tensor:
    vertices = shape_body(model, motion.shape).posed(motion.pose).vertices_m()
    return vertices[:, model.part_of_vertex == PARTS.index(f"{side}_foot")]


@pytest.mark.parametrize("seed", [0, 1])
def test_planted_feet_do_not_slide(tiny_body: BodyModel, seed: int) -> None:
    motion = made(tiny_body, seed)
    for number, side in enumerate(("left", "right")):
        joints = shape_body(tiny_body, SHAPE).posed(motion.pose).joints_m[:, [joint(f"{side}_foot")]]
        planted = motion.foot_contacts[:, number]
        still = planted[1:] & planted[:-1]
        assert still.sum() > 50
        assert (joints[1:] - joints[:-1]).norm(dim=-1)[still].max() < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_feet_are_never_below_the_ground_and_planted_ones_are_on_it(tiny_body: BodyModel, seed: int) -> None:
    motion = made(tiny_body, seed)
    for number, side in enumerate(("left", "right")):
        lowest = foot_vertices(tiny_body, motion, side)[..., 1].amin(1)
        assert lowest.min() > -0.004
        assert lowest[motion.foot_contacts[:, number]].abs().max() < 0.004


def test_motion_is_continuous(tiny_body: BodyModel) -> None:
    motion = made(tiny_body)
    joints = shape_body(tiny_body, SHAPE).posed(motion.pose).joints_m
    speed = (joints[1:] - joints[:-1]).norm(dim=-1) * float(FPS)
    assert speed.max() < 8
    acceleration = (joints[2:] - 2 * joints[1:-1] + joints[:-2]).norm(dim=-1) * float(FPS) ** 2
    assert acceleration.mean() < 10


def test_a_seed_gives_exactly_the_same_dance_again(tiny_body: BodyModel) -> None:
    assert torch.equal(made(tiny_body).pose.parent_from_joint, made(tiny_body).pose.parent_from_joint)


def test_seeds_give_clearly_different_dances(tiny_body: BodyModel) -> None:
    shaped = shape_body(tiny_body, SHAPE)
    one, other = (shaped.posed(made(tiny_body, seed).pose).joints_m for seed in (0, 1))
    assert (one - other).norm(dim=-1).mean() > 0.1


def test_knees_bend_backward_and_arms_rest_beside_the_body(tiny_body: BodyModel) -> None:
    motion = made(tiny_body, moves=("steps", "squats"))
    hinge = motion.pose.parent_from_joint[:, joint("left_knee")] @ torch.tensor([0.0, -1.0, 0.0])
    assert hinge[:, 2].max() < 0.05
    joints = shape_body(tiny_body, SHAPE).posed(motion.pose).joints_m
    assert (joints[:, joint("left_wrist"), 1] < joints[:, joint("left_shoulder"), 1]).all()


def test_a_dance_with_turns_shows_the_back_and_one_without_does_not(tiny_body: BodyModel) -> None:
    facing = [made(tiny_body, moves=moves).pose.parent_from_joint[:, 0, 2, 2] for moves in (ALL, ("steps", "sways"))]
    assert facing[0].min() < -0.9
    assert facing[1].min() > 0.8


def test_an_unknown_move_is_refused(tiny_body: BodyModel) -> None:
    with pytest.raises(ValueError, match="moonwalks"):
        made(tiny_body, moves=("moonwalks",))
