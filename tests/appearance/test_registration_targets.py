"""Occluders and the shifts between the textured body and the picture."""

import cv2
import numpy as np
import pytest
import torch

from motion_transfer.appearance.alignment import INNER_WEIGHT, MAX_SHIFT, surface_shifts
from motion_transfer.appearance.occluders import find_occluders
from motion_transfer.appearance.rerender import Rerender
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import JOINTS
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.rasterizer import Fragments, render_mesh

SIZE = ImageSize(height=256, width=256)
BALL_PX, RADIUS_PX = (128, 110), 11


def noise(seed: int, low: int, high: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(low, high, (42, 42, 3), np.uint8)
    return cv2.resize(coarse, (SIZE.width, SIZE.height), interpolation=cv2.INTER_CUBIC)


PLATE, CLOTH = noise(0, 40, 70), noise(1, 90, 170)


def camera() -> Camera:
    camera_from_world = torch.diag(torch.tensor([1.0, -1, -1, 1]))
    camera_from_world[2, 3] = 3.0
    intrinsics = torch.tensor([[360.0, 0, 128], [0, 360, 124], [0, 0, 1]])
    return Camera(intrinsics_px=intrinsics, camera_from_world=camera_from_world, size=SIZE)


def drawn_body(model: BodyModel) -> tuple[torch.Tensor, Fragments]:
    """Vertices in the picture, and the fragments."""
    shaped = shape_body(model, BodyShape(betas=torch.zeros(10), clothing_offset_m=torch.zeros(24)))
    rotations = torch.eye(3).repeat(1, len(JOINTS), 1, 1)
    vertices = shaped.posed(BodyPose(parent_from_joint=rotations, root_position_m=torch.zeros(1, 3))).vertices_m()
    return camera().project(vertices)[0][0], render_mesh(vertices, model.faces, camera())


def textured(fragments: Fragments) -> np.ndarray:
    return np.where(fragments.covered[0].numpy()[..., None], CLOTH, PLATE)


def ball() -> np.ndarray:
    y, x = np.mgrid[: SIZE.height, : SIZE.width]
    return np.hypot(x - BALL_PX[0], y - BALL_PX[1]) <= RADIUS_PX


@pytest.mark.slow
def test_a_ball_before_the_body_is_found_with_a_margin_and_nothing_else(tiny_body: BodyModel) -> None:
    _, fragments = drawn_body(tiny_body)
    covered = fragments.covered[0].numpy()
    frame = np.where(ball()[..., None], np.uint8(245), textured(fragments))
    alpha = covered.astype(np.float32)
    found = find_occluders(frame, textured(fragments), covered, alpha, PLATE, alpha)
    assert found[ball()].all()
    near = cv2.dilate(ball().astype(np.uint8), np.ones((23, 23), np.uint8)) > 0
    assert not found[~near].any()
    assert found.sum() > 1.2 * ball().sum()


def test_a_ball_beside_the_body_is_found_where_the_matte_takes_it_for_the_person(tiny_body: BodyModel) -> None:
    _, fragments = drawn_body(tiny_body)
    covered = fragments.covered[0].numpy()
    beside = np.roll(ball(), (70, 60), (0, 1))
    assert not (beside & covered).any()
    frame = np.where(beside[..., None], np.uint8(245), textured(fragments))
    with_ball = (covered | beside).astype(np.float32)
    assert find_occluders(frame, textured(fragments), covered, with_ball * covered, PLATE, with_ball)[beside].all()
    without = covered.astype(np.float32)
    assert not find_occluders(frame, textured(fragments), covered, without, PLATE, without).any()


def test_a_small_error_of_the_fit_is_no_occluder(tiny_body: BodyModel) -> None:
    _, fragments = drawn_body(tiny_body)
    covered = fragments.covered[0].numpy()
    alpha = covered.astype(np.float32)
    frame = np.roll(textured(fragments), (1, 2), (0, 1))
    assert not find_occluders(frame, textured(fragments), covered, alpha, PLATE, np.roll(alpha, (1, 2), (0, 1))).any()


def test_where_the_texture_is_unknown_nothing_is_an_occluder(tiny_body: BodyModel) -> None:
    _, fragments = drawn_body(tiny_body)
    covered = fragments.covered[0].numpy()
    frame = np.where(ball()[..., None], np.uint8(245), textured(fragments))
    alpha = covered.astype(np.float32)
    assert not find_occluders(frame, textured(fragments), covered, alpha * 0, PLATE, alpha).any()


def test_without_a_body_there_is_no_occluder() -> None:
    nothing = np.full((SIZE.height, SIZE.width), False)
    zeros = np.zeros(nothing.shape, np.float32)
    assert not find_occluders(CLOTH, PLATE, nothing, zeros, PLATE, zeros).any()


def rerender_of(
    fragments: Fragments, shift: tuple[int, int], *, trusted: np.ndarray | None = None, seen: float = 1.0
) -> Rerender:
    """The picture shows the body moved to the right and down by whole pixels."""
    covered = fragments.covered[0].numpy()
    across, down = shift
    moved, cloth = (np.roll(picture, (down, across), (0, 1)) for picture in (covered, CLOTH))
    return Rerender(
        frame=np.where(moved[..., None], cloth, PLATE),
        textured=textured(fragments),
        seen=covered.astype(np.float32) * np.float32(seen),
        alpha=moved.astype(np.float32),
        trusted=np.full(covered.shape, True) if trusted is None else trusted,
        fragments=fragments,
    )


def flow_estimator() -> cv2.DISOpticalFlow:
    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)


def shifts(rerender: Rerender, model: BodyModel) -> tuple[torch.Tensor, torch.Tensor]:
    """How far each target lies from its vertex, and where."""
    vertex, targets, _ = surface_shifts(rerender, model.faces, flow_estimator())
    return targets - drawn_body(model)[0][vertex], targets


def test_inner_targets_move_with_the_picture(tiny_body: BodyModel) -> None:
    """Against the same points of an unmoved picture, since vertices only stand near the pixels."""
    _, fragments = drawn_body(tiny_body)
    moved = []
    for shift in ((0, 0), (3, 2)):
        vertex, targets, weights = surface_shifts(rerender_of(fragments, shift), tiny_body.faces, flow_estimator())
        inner = weights == torch.tensor(INNER_WEIGHT)
        moved.append({int(v): at for v, at in zip(vertex[inner], targets[inner], strict=True)})
    both = sorted(set(moved[0]) & set(moved[1]))
    assert len(both) > 40
    difference = torch.stack([moved[1][v] - moved[0][v] for v in both])
    assert torch.allclose(difference.median(0).values, torch.tensor([3.0, 2.0]), atol=0.3)


def test_rim_targets_lie_on_the_moved_outline(tiny_body: BodyModel) -> None:
    """An outline shows the shift across it alone: the mean over all directions points the right way."""
    _, fragments = drawn_body(tiny_body)
    rerender = rerender_of(fragments, (3, 2), seen=0.0)
    matte = (rerender.alpha > 0.5).astype(np.uint8)
    outline = matte - cv2.erode(matte, np.ones((3, 3), np.uint8)) > 0
    distance, targets = shifts(rerender, tiny_body)
    column, row = targets.floor().long().T.numpy()
    assert len(targets) > 100
    assert outline[row, column].all()
    still, _ = shifts(rerender_of(fragments, (0, 0), seen=0.0), tiny_body)
    mean = distance.mean(0) - still.mean(0)
    assert mean[0] > 1
    assert mean[1] > 0.5


def test_a_perfect_fit_is_left_where_it_is(tiny_body: BodyModel) -> None:
    _, fragments = drawn_body(tiny_body)
    distance, _ = shifts(rerender_of(fragments, (0, 0)), tiny_body)
    assert len(distance) > 200
    assert distance.mean(0).abs().max() < 1.0


def test_what_is_not_trusted_gives_no_targets(tiny_body: BodyModel) -> None:
    _, fragments = drawn_body(tiny_body)
    nothing = np.full((SIZE.height, SIZE.width), False)
    distance, _ = shifts(rerender_of(fragments, (3, 2), trusted=nothing), tiny_body)
    assert len(distance) == 0


def test_large_shifts_are_taken_for_mistakes(tiny_body: BodyModel) -> None:
    _, fragments = drawn_body(tiny_body)
    near, far = (shifts(rerender_of(fragments, shift), tiny_body)[0] for shift in ((0, 0), (40, 0)))
    assert len(far) < 0.6 * len(near)
    assert far.norm(dim=1).max() < (MAX_SHIFT + 0.04) * SIZE.height  # a vertex stands some pixels from its point
