"""A driven frame finds each of its pixels in a reference: exactly for the same pose, and never on another surface."""

import numpy as np
import pytest
import torch
from small_footage import small_footage

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import JOINTS, PARTS, mirrored
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.video import ImageSize
from motion_transfer.references.depth import hands_in_front
from motion_transfer.references.driven_frames import DrivenFrame, driven_frame, surface_parts
from motion_transfer.references.frames import ReferencePicture
from motion_transfer.references.views import mirrored_view, reference_view
from motion_transfer.references.warping import Warp, warp
from motion_transfer.registration.footage import RegisteredFootage

SIZE = ImageSize(height=120, width=90)
WHOLE = np.array([[1.0, 0, 0], [0, 1.0, 0]])
REACH_PX = 4.0


@pytest.fixture(scope="module")
def footage(tiny_body: BodyModel) -> RegisteredFootage:
    return small_footage(tiny_body)


def posed(footage: RegisteredFootage, frame: int) -> PosedBody:
    return footage.body.posed(footage.capture.motion.pose[frame : frame + 1])


def picture(held: np.ndarray | None = None, matte: int = 255) -> ReferencePicture:
    trusted = np.ones((SIZE.height, SIZE.width), bool) if held is None else ~held
    return ReferencePicture(
        foreground=np.zeros((SIZE.height, SIZE.width, 3), np.uint8),
        matte=np.full((SIZE.height, SIZE.width), matte, np.uint8),
        trusted=trusted,
    )


def warped(
    footage: RegisteredFootage, frame: int, reference: int, held: np.ndarray | None = None
) -> tuple[DrivenFrame, Warp]:
    camera, parts = footage.capture.camera, surface_parts(footage.model)
    view = reference_view(posed(footage, reference), camera, (0.0, 0.0), picture(held), 1.0, 1.0, parts.part_of_face)
    driven = driven_frame(posed(footage, frame), camera, WHOLE, SIZE, REACH_PX, parts)
    return driven, warp(driven, [view], footage.model.weights, tolerance_deg=12.0, sharpness=torch.ones(1), softness=0)


def confidence_of(found: Warp) -> np.ndarray:
    """Of the only reference, rows by columns."""
    rows = found.row_of_cell()
    return np.where(rows >= 0, found.confidence[0, rows], 0)


def test_in_its_own_pose_every_pixel_finds_itself_on_the_body_and_beside_it(footage: RegisteredFootage) -> None:
    driven, found = warped(footage, 3, 3)
    covered = driven.fragments.covered[0].numpy()
    believed = confidence_of(found) > 0
    assert believed[covered].mean() > 0.97
    beside = believed & ~covered
    assert beside.sum() > 0.5 * (len(driven.pixels) - covered.sum())
    rows, columns = np.divmod(found.pixels, SIZE.width)
    apart = np.abs(found.position_px[0] - (np.stack([columns, rows], 1) + 0.5))
    assert apart[found.confidence[0] > 0].max() < 0.05


def test_a_point_of_the_surface_is_found_where_the_other_pose_shows_it(footage: RegisteredFootage) -> None:
    driven, found = warped(footage, 3, 8)
    other = posed(footage, 8)
    vertices_px = footage.capture.camera.project(other.vertices_m())[0][0]
    expected = (vertices_px[driven.corners] * driven.barycentric[..., None]).sum(1)
    known = found.confidence[0, : len(expected)] > 0
    assert known.mean() > 0.4
    np.testing.assert_allclose(found.position_px[0, : len(expected)][known], expected.numpy()[known], atol=1e-3)


def test_what_is_hidden_in_the_reference_is_not_taken(footage: RegisteredFootage) -> None:
    """With a wall of the body's own depth map moved nearer, nothing behind it may be believed."""
    driven, before = warped(footage, 3, 3)
    camera, parts = footage.capture.camera, surface_parts(footage.model)
    view = reference_view(posed(footage, 3), camera, (0.0, 0.0), picture(), 1.0, 1.0, parts.part_of_face)
    view.depth_map_m[:60] -= 0.2
    after = warp(driven, [view], footage.model.weights, tolerance_deg=12.0, sharpness=torch.ones(1), softness=0)
    covered = driven.fragments.covered[0].numpy()
    inner = covered & np.isfinite(view.depth_map_m)
    believed, left = confidence_of(before), confidence_of(after)
    assert believed[:60][inner[:60]].max() > 0
    assert left[:60][inner[:60]].max() == 0
    np.testing.assert_array_equal(left[61:][inner[61:]], believed[61:][inner[61:]])


def test_a_held_object_in_the_reference_is_never_taken_for_the_person(footage: RegisteredFootage) -> None:
    held = np.zeros((SIZE.height, SIZE.width), bool)
    held[40:70, 30:60] = True
    _, found = warped(footage, 3, 3, held)
    assert confidence_of(found)[40:70, 30:60].max() == 0
    assert found.confidence.max() > 0


def test_a_view_from_the_other_side_is_hardly_believed(footage: RegisteredFootage) -> None:
    _, same = warped(footage, 3, 3)
    camera, parts = footage.capture.camera, surface_parts(footage.model)
    pose = footage.capture.motion.pose[3:4]
    turn = torch.diag(torch.tensor([-1.0, 1.0, -1.0]))
    rotations = pose.parent_from_joint.clone()
    rotations[:, 0] = turn @ rotations[:, 0]
    behind = footage.body.posed(type(pose)(parent_from_joint=rotations, root_position_m=pose.root_position_m))
    driven = driven_frame(behind, camera, WHOLE, SIZE, REACH_PX, parts)
    view = reference_view(posed(footage, 3), camera, (0.0, 0.0), picture(), 1.0, 1.0, parts.part_of_face)
    other = warp(driven, [view], footage.model.weights, tolerance_deg=12.0, sharpness=torch.ones(1), softness=0)
    assert other.confidence.max() < 1e-4 * same.confidence.max()


def test_a_mirrored_reference_shows_the_mirrored_body_at_the_mirrored_place(footage: RegisteredFootage) -> None:
    camera, parts, pose = footage.capture.camera, surface_parts(footage.model), footage.capture.motion.pose[8:9]
    plain = reference_view(footage.body.posed(pose), camera, (0.0, 0.0), picture(), 1.0, 1.0, parts.part_of_face)
    view = mirrored_view(plain, footage.model)
    mirror = torch.tensor([-1.0, 1.0, 1.0])
    turned = torch.diag(mirror) @ pose.parent_from_joint[:, list(mirrored(JOINTS))] @ torch.diag(mirror)
    other = footage.body.posed(BodyPose(parent_from_joint=turned, root_position_m=pose.root_position_m * mirror))
    driven = driven_frame(other, camera, WHOLE, SIZE, REACH_PX, parts)
    found = warp(driven, [view], footage.model.weights, tolerance_deg=12.0, sharpness=torch.ones(1), softness=0)
    rows, columns = np.divmod(found.pixels, SIZE.width)
    middle = float(camera.intrinsics_px[0, 2])
    expected = np.stack([2 * middle - (columns + 0.5), rows + 0.5], 1)
    believed = found.confidence[0] > 0
    on_body = np.arange(len(rows)) < len(driven.corners)
    assert believed[on_body].mean() > 0.9
    assert believed[~on_body].mean() > 0.5
    assert np.abs(found.position_px[0] - expected)[believed & on_body].max() < 0.6
    assert np.median(np.abs(found.position_px[0] - expected)[believed & ~on_body]) < 0.6
    unmirrored = warp(driven, [plain], footage.model.weights, tolerance_deg=12.0, sharpness=torch.ones(1), softness=0)
    assert unmirrored.confidence.mean() < 0.7 * found.confidence.mean()


def test_the_background_of_a_reference_is_never_taken_for_the_inside_of_the_body(footage: RegisteredFootage) -> None:
    camera, parts = footage.capture.camera, surface_parts(footage.model)
    view = reference_view(posed(footage, 3), camera, (0.0, 0.0), picture(matte=0), 1.0, 1.0, parts.part_of_face)
    driven = driven_frame(posed(footage, 3), camera, WHOLE, SIZE, REACH_PX, parts)
    found = warp(driven, [view], footage.model.weights, tolerance_deg=12.0, sharpness=torch.ones(1), softness=0)
    on_body = found.confidence[0, : len(driven.corners)]
    assert on_body[~driven.rim.numpy()].max() == 0
    assert on_body[driven.rim.numpy()].max() > 0


def test_a_hand_on_the_body_does_not_sink_into_it(tiny_body: BodyModel) -> None:
    depth_m = torch.full((1, len(tiny_body.template_m)), 3.0)
    lifted = hands_in_front(depth_m, tiny_body)
    hands = torch.tensor(["hand" in PARTS[part] for part in tiny_body.part_of_vertex.tolist()])
    assert hands.any()
    assert (lifted[0, hands] < 3).all()
    assert (lifted[0, ~hands] == 3).all()


@pytest.mark.parametrize("shift_px", [0.0, 30.0, 500.0])
def test_the_part_of_a_window_that_shows_the_body_holds_what_the_whole_window_holds(
    footage: RegisteredFootage, shift_px: float
) -> None:
    camera, parts = footage.capture.camera, surface_parts(footage.model)
    affine = WHOLE + np.array([[0, 0, shift_px], [0, 0, -0.6 * shift_px]])
    whole, part = (
        driven_frame(posed(footage, 3), camera, affine, SIZE, REACH_PX, parts, multiple) for multiple in (None, 6)
    )
    height, width = part.fragments.face.shape[1:]
    top, left = part.corner
    assert not any(edge % 6 for edge in (top, left, height, width))
    assert 0 < height * width < 0.8 * SIZE.height * SIZE.width
    there = whole.fragments.face[:, top : top + height, left : left + width]
    assert (part.fragments.face == there).float().mean() > 0.995  # rounding decides about a few edges
    assert (there >= 0).sum() == whole.fragments.covered.sum()
    down, across = np.unravel_index(part.pixels.numpy(), (height, width))
    found = np.zeros((SIZE.height, SIZE.width), bool)
    found[down + top, across + left] = True
    expected = np.isin(np.arange(found.size), whole.pixels.numpy()).reshape(found.shape)
    assert (found == expected).mean() > 0.998
