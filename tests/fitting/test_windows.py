"""A long clip is fitted window by window, by the gradient that it would have at once."""

import pytest
import torch
from known_clips import known_camera, made_up_dance, make_refiner, naked, posed

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.surface_targets import stack_targets
from motion_transfer.body.trunk import measure_trunk
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.landmarks import Detections
from motion_transfer.fitting import dct_basis, windows
from motion_transfer.fitting.dct_basis import DctBasis, PerShotDctBasis
from motion_transfer.fitting.initialization import initial_state
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.fitting.objective import Landmarks, Objective, Surface
from motion_transfer.fitting.observations import observe
from motion_transfer.fitting.parametrization import Parametrization
from motion_transfer.fitting.solver import backward


def split(monkeypatch: pytest.MonkeyPatch, *, longest: int) -> None:
    monkeypatch.setattr(windows, "LONGEST", longest)


@pytest.mark.parametrize("frames", [1, 2, 3, 7, 8, 15, 100])
def test_windows_share_frames_pairs_and_triples_without_gap_or_overlap(
    frames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    split(monkeypatch, longest=7)
    clip = torch.arange(frames)
    found = windows.windows(frames)
    assert torch.cat([clip[window.read][window.kept] for window in found]).tolist() == clip.tolist()
    assert all(clip[window.clip].tolist() == clip[window.read][window.kept].tolist() for window in found)
    pairs = [
        pair
        for window in found
        for pair in zip(clip[window.read][window.paired], clip[window.read][window.paired][1:], strict=False)
    ]
    assert [(int(a), int(b)) for a, b in pairs] == [(index, index + 1) for index in range(frames - 1)]
    triples = (
        [list(three) for window in found for three in clip[window.read].unfold(0, 3, 1).tolist()] if frames > 2 else []
    )
    assert triples == [[index, index + 1, index + 2] for index in range(frames - 2)]
    for share, count in (("frame_share", frames), ("pair_share", frames - 1), ("triple_share", frames - 2)):
        assert sum(getattr(window, share) for window in found) == pytest.approx(1.0 if count > 0 else 0.0)


def gradients(model: BodyModel, detections: Detections, surface: Surface | None) -> list[torch.Tensor]:
    """Of the energy around the start of a fit, with respect to all that is fitted."""
    camera, seen = known_camera(), observe(detections, known_camera())
    start = initial_state(model, detections, camera, torch.zeros(model.betas))
    basis = PerShotDctBasis(len(seen.trust), (0,), seen.fps)
    parametrization = Parametrization.around(start, model, camera, seen.person_px, basis)
    unknowns = parametrization.unknowns(start, known_person=False)
    generator = torch.Generator().manual_seed(0)
    for part in unknowns.free():
        part.data += 0.05 * torch.randn(part.shape, generator=generator)
    landmarks = Landmarks.on(model, detector_anchors(model, detections.layout), seen.soles)
    weights = make_refiner(model).solver.weights
    trunk = measure_trunk(shape_body(model, naked()))
    objectives = Objective.of_windows(weights, seen, camera, landmarks, trunk, surface)
    backward(objectives, parametrization, unknowns, 0.2)
    return [part.grad for part in unknowns.free() if part.grad is not None]


@pytest.mark.slow
@pytest.mark.parametrize("with_surface", [False, True])
def test_the_gradient_in_windows_is_the_gradient_at_once(
    with_surface: bool,
    tiny_body: BodyModel,
    truth: BodyMotion,
    detections: Detections,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vertices = torch.arange(0, len(tiny_body.template_m), 9)
    body = posed(tiny_body, truth)
    xy_px, _ = known_camera().project(body.vertices_m()[:, vertices])
    weights = torch.full((len(vertices),), 1 / len(vertices))
    targets = stack_targets({frame: (vertices, 3 + xy_px[frame], weights) for frame in (0, 8, 9, 20)})
    surface = Surface.of(body.shaped, targets) if with_surface else None
    whole = gradients(tiny_body, detections, surface)
    split(monkeypatch, longest=9)
    assert len(windows.windows(len(truth))) > 2
    parts = gradients(tiny_body, detections, surface)
    assert len(parts) == len(whole) == 4
    for one, other in zip(parts, whole, strict=True):
        assert (one - other).norm() < 1e-4 * other.norm()


def test_tracks_are_transformed_some_at_a_time_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    coefficients = torch.randn(50, 13, generator=torch.Generator().manual_seed(0))
    whole = DctBasis(50, 30.0)(coefficients)
    monkeypatch.setattr(dct_basis, "MOST_VALUES", 200)
    assert torch.allclose(DctBasis(50, 30.0)(coefficients), whole, atol=1e-6)


def test_joints_are_chained_some_frames_at_a_time_as_all_at_once(
    tiny_body: BodyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = made_up_dance(tiny_body)
    whole = posed(tiny_body, motion)
    monkeypatch.setattr("motion_transfer.body.posing.AT_ONCE", 7)
    assert torch.allclose(posed(tiny_body, motion).world_from_rest, whole.world_from_rest, atol=1e-6)
