"""Characters with limbs around a skeleton, and the surface that is grown around it."""

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from motion_transfer.body.model import BodyModel
from motion_transfer.body.tiny_body import tiny_body
from motion_transfer.synthetic.limbed_characters import Proportions, make_limbed, random_pose
from motion_transfer.synthetic.posed_characters import MARKED, PAIRS, posed_character
from motion_transfer.synthetic.surface_nets import surface_of


def test_the_surface_of_a_ball_is_closed_faces_outward_and_lies_on_it() -> None:
    mesh = surface_of(lambda p: np.linalg.norm(p, axis=1) - 0.5, np.full(3, -0.7), np.full(3, 0.7), 0.1)
    found = trimesh.Trimesh(mesh.vertices_m, mesh.faces, process=False)
    assert found.is_watertight
    assert found.volume == pytest.approx(4 / 3 * np.pi * 0.5**3, rel=0.05)
    assert np.abs(np.linalg.norm(mesh.vertices_m, axis=1) - 0.5).max() < 0.02


@pytest.mark.parametrize("pairs", [1, 2])
def test_a_character_is_closed_and_stays_at_rest_without_a_pose(pairs: int) -> None:
    character = make_limbed(Proportions(arm_pairs=pairs, cell_m=0.08))
    assert trimesh.Trimesh(character.mesh.vertices_m, character.mesh.faces, process=False).is_watertight
    np.testing.assert_allclose(character.posed({}), character.mesh.vertices_m, atol=1e-12)


def test_a_raised_arm_moves_the_hand_about_the_shoulder_and_leaves_the_feet() -> None:
    character = make_limbed(Proportions(cell_m=0.08))
    raised = character.posed({"left_shoulder": Rotation.from_euler("z", 1.2).as_matrix()})
    rest, hand = character.mesh.vertices_m, character.mesh.vertices_m[:, 0].argmax()
    shoulder = character.joints_m[character.joints.index("left_shoulder")]
    expected = shoulder + Rotation.from_euler("z", 1.2).apply(rest[hand] - shoulder)
    np.testing.assert_allclose(raised[hand], expected, atol=1e-3)
    low = rest[:, 1] < 0.3
    np.testing.assert_allclose(raised[low], rest[low], atol=1e-6)


def test_lower_arms_follow_the_upper_ones() -> None:
    pose = random_pose(np.random.default_rng(0))
    upper, lower = (Rotation.from_matrix(pose[f"left_{name}shoulder"]).magnitude() for name in ("", "lower_"))
    assert lower == pytest.approx(0.8 * upper)


@pytest.mark.slow
def test_characters_of_a_pair_take_the_same_poses_on_other_triangles() -> None:
    model: BodyModel = tiny_body()
    for name in {name for pair in PAIRS for name in pair} - {"person", "big head"}:
        character = posed_character(name, model)
        shapes = character.take([{}, random_pose(np.random.default_rng(1))])
        np.testing.assert_allclose(shapes[0], character.mesh.vertices_m, atol=1e-9)
        assert len(character.markers) == len(MARKED)
