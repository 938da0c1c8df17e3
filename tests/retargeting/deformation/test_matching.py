"""The body found in characters whose truth is known, and refusals of what is none."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from small_meshes import ball
from standing_figure import write_figure

from motion_transfer.animation.animate import move
from motion_transfer.animation.quality import FootTrack
from motion_transfer.benchmarking.characters import correspondence_error_percent
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.surface_markers import NAMES, describe, marker_vertices
from motion_transfer.domain.body_motion import BodyShape
from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.files.character_mesh import read_character
from motion_transfer.files.markers_file import marker_positions, read_markers
from motion_transfer.retargeting.deformation import articulated_fit
from motion_transfer.retargeting.deformation.articulation import StretchedPose, stretch_body
from motion_transfer.retargeting.deformation.character_body import character_body
from motion_transfer.retargeting.deformation.matching import CharacterMatcher, Markers, distortion, marker_targets
from motion_transfer.retargeting.deformation.sumner_popovic import SumnerPopovic
from motion_transfer.retargeting.ground_alignment import GroundAlignment
from motion_transfer.retargeting.planting import FootPlanting
from motion_transfer.retargeting.retargeter import Retargeter
from motion_transfer.retargeting.shape_swap import ShapeSwap
from motion_transfer.stages import SourceMotion
from motion_transfer.synthetic.characters import arms_down, make_character
from motion_transfer.synthetic.choreography import dance

MATCHER = CharacterMatcher(largest_distance=0.04, largest_distortion=0.65, solver="scipy")
PLANTED = Retargeter(
    skin_contacts=True,
    steps={
        "shape_swap": ShapeSwap(),
        "ground_alignment": GroundAlignment(smoothing_s=0.2),
        "foot_planting": FootPlanting(root_smoothing_s=0.15, ease_s=0.15),
    },
)
DEFORM = SumnerPopovic(anchor_length=0.1, foot_anchor_length=0.005, solver="scipy")


def average(model: BodyModel) -> BodyShape:
    return BodyShape(betas=torch.zeros(model.betas), clothing_offset_m=torch.zeros(24))


def standing(model: BodyModel, arms_down_rad: float) -> TriangleMesh:
    vertices = shape_body(model, average(model)).posed(arms_down(arms_down_rad)).vertices_m()[0].double().numpy()
    vertices[:, 1] -= vertices[:, 1].min()
    return TriangleMesh(vertices_m=vertices, faces=model.faces.numpy())


def test_without_stretch_the_stretched_body_is_the_posed_one(tiny_body: BodyModel) -> None:
    body, pose = shape_body(tiny_body, average(tiny_body)), arms_down(0.7)
    stance = stretch_body(body, StretchedPose(pose=pose, stretch=torch.ones(24, 3)))
    found = stance.skin(body.rest_vertices_m, tiny_body.weights)
    torch.testing.assert_close(found, body.posed(pose).vertices_m()[0], atol=1e-6, rtol=0)
    torch.testing.assert_close(stance.joints_m, body.posed(pose).joints_m[0], atol=1e-6, rtol=0)


def test_a_stretched_limb_carries_what_hangs_on_it(tiny_body: BodyModel) -> None:
    body = shape_body(tiny_body, average(tiny_body))
    stretch = torch.ones(24, 3)
    stretch[16] = torch.tensor([2.0, 1.0, 1.0])  # the left upper arm, along itself
    stance = stretch_body(body, StretchedPose(pose=arms_down(0.0), stretch=stretch))
    upper_arm = body.rest_joints_m[18, 0] - body.rest_joints_m[16, 0]
    moved = stance.joints_m - stance.joints_m[0] - (body.rest_joints_m - body.rest_joints_m[0])
    expected = torch.zeros(24, 3)
    expected[[18, 20, 22], 0] = upper_arm
    torch.testing.assert_close(moved, expected, atol=1e-6, rtol=0)


def test_unposing_a_surface_and_posing_it_again_gives_it_back(tiny_body: BodyModel) -> None:
    body, pose = shape_body(tiny_body, average(tiny_body)), arms_down(0.7)
    stretch = 1 + 0.3 * torch.rand(24, 3, generator=torch.Generator().manual_seed(0))
    stance = stretch_body(body, StretchedPose(pose=pose, stretch=stretch))
    vertices = stance.skin(body.rest_vertices_m, tiny_body.weights)
    registered = vertices + 0.01 * torch.sin(20 * vertices)
    made, again = character_body(tiny_body, stance, vertices, registered)
    torch.testing.assert_close(made.posed(again).vertices_m()[0], registered, atol=1e-4, rtol=0)
    torch.testing.assert_close(again.parent_from_joint, pose.parent_from_joint, atol=1e-5, rtol=0)


@pytest.mark.slow
def test_a_mesh_of_the_bodys_own_triangles_needs_no_search(
    tiny_body: BodyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(articulated_fit, "TRIAL_STEPS", 30)
    monkeypatch.setattr(articulated_fit, "STEPS", 100)
    mesh = standing(tiny_body, 0.6)
    matched = MATCHER(tiny_body, mesh, None)
    assert matched.distance < 1e-5
    np.testing.assert_allclose(matched.reference.vertices_m, mesh.vertices_m, atol=1e-4)
    assert (matched.correspondence.follows.diagonal() == 1).all()
    assert 0.02 < matched.feet.mean() < 0.4


def test_a_distortion_counts_uneven_stretch_alone() -> None:
    vertices, faces = ball()
    two = TriangleMesh(
        vertices_m=np.concatenate([vertices, vertices]), faces=np.concatenate([faces, faces + len(vertices)])
    )
    assert distortion(two, two.at(1.7 * two.vertices_m)) < 1e-9
    one_larger = two.at(np.concatenate([vertices, 2 * vertices]))  # four times the area, for half of the surface
    assert distortion(two, one_larger) == pytest.approx(np.log(4) / 2)


def test_every_marker_has_a_place_of_its_own_and_words(tiny_body: BodyModel) -> None:
    vertices = marker_vertices(shape_body(tiny_body, average(tiny_body)), NAMES)
    assert len(set(vertices.tolist())) == len(NAMES)
    assert all(describe(name) for name in NAMES)


def test_markers_on_the_left_are_those_on_the_right_mirrored(tiny_body: BodyModel) -> None:
    body = shape_body(tiny_body, average(tiny_body))
    left = body.rest_vertices_m[marker_vertices(body, tuple(n for n in NAMES if n.startswith("left")))]
    right = body.rest_vertices_m[marker_vertices(body, tuple(n for n in NAMES if n.startswith("right")))]
    torch.testing.assert_close(left * torch.tensor([-1.0, 1, 1]), right, atol=0.06, rtol=0)


def test_targets_of_markers_are_vertices_of_the_body(tiny_body: BodyModel) -> None:
    body = shape_body(tiny_body, average(tiny_body))
    found = marker_targets(body, Markers(names=("crown", "left_toes"), position_m=np.ones((2, 3))))
    assert found.vertex.tolist() == marker_vertices(body, ("crown", "left_toes")).tolist()


@pytest.mark.soak
@pytest.mark.slow
def test_markers_of_a_file_say_which_side_is_the_left(tiny_body: BodyModel, tmp_path: Path) -> None:
    """A figure of capsules is nearly the same from behind: markers whose sides are exchanged turn the body around."""
    character = read_character(write_figure(tmp_path / "figure.ply"), up="y", height_m=None)
    body, path = shape_body(tiny_body, average(tiny_body)), tmp_path / "marks.json"
    given = ("left_fingertip", "right_fingertip", "left_knee", "right_knee", "left_elbow", "right_elbow")
    vertices = marker_vertices(body, given)
    ahead = []
    for names in (given, tuple(given[index ^ 1] for index in range(len(given)))):
        path.write_text(json.dumps(dict(zip(names, vertices.tolist(), strict=True))))
        found = read_markers(path, NAMES)
        marks = Markers(names=tuple(found), position_m=marker_positions(path, found, character.numbered_m))
        matched = MATCHER(tiny_body, character.surface, marks)
        ahead.append(float(matched.stance.parent_from_joint[0, 0, 2, 2]))
    assert ahead[0] > 0.9
    assert ahead[1] < -0.9


@pytest.mark.soak
@pytest.mark.slow
def test_a_pole_is_no_person(free_body: BodyModel) -> None:
    made = trimesh.creation.cylinder(radius=0.15, height=1.7).subdivide_to_size(0.05)
    made.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, [1, 0, 0]))
    vertices = np.array(made.vertices)
    vertices[:, 1] -= vertices[:, 1].min()
    mesh = TriangleMesh(vertices_m=vertices, faces=np.array(made.faces, np.int64))
    with pytest.raises(ValueError, match=r"expected a character shaped like a person .* stretches the body unevenly"):
        MATCHER(free_body, mesh, None)


@pytest.mark.soak  # a figure is matched and waves in tests/commands/test_animate.py
@pytest.mark.slow
def test_long_arms_are_matched_and_dance_with_planted_feet(
    free_body: BodyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(articulated_fit, "TRIAL_STEPS", 30)  # half as many, and still as near
    monkeypatch.setattr(articulated_fit, "STEPS", 100)
    character = make_character(free_body, "long arms")
    matched = MATCHER(free_body, character.mesh, None)
    assert correspondence_error_percent(free_body, matched, character) < 3
    motion = dance(free_body, average(free_body), seconds=2.0, fps=Fraction(20), seed=1, moves=("steps", "squats"))
    source = SourceMotion(name="dance", motion=motion, body=shape_body(free_body, motion.shape))
    moved = move(source, matched, PLANTED, DEFORM)
    track = FootTrack(matched, moved.retargeted.motion)
    track.add(moved.mesh.vertices_m())
    flipped = moved.mesh.flipped_faces(slice(0, len(moved.mesh), 1))
    quality = track.quality(moved.retargeted, flipped, len(character.mesh.faces))
    assert quality.foot_skate_cm_per_s < 1
    assert quality.flipped_share < 0.001


def test_a_solver_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a solver out of auto, scipy, cholespy, got 'qr'"):
        CharacterMatcher(largest_distance=0.04, largest_distortion=0.65, solver="qr")
