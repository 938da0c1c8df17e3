"""What any estimator and refiner promises to its callers, checked on those that are shipped."""

import pytest
import torch
from known_clips import estimated, exact_detections, known_camera, make_estimator, make_refiner

from motion_transfer.body.model import BodyModel
from motion_transfer.body.surface_targets import stack_targets
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.video import Video
from motion_transfer.fitting.estimation import after_registration
from motion_transfer.fitting.ground_alignment import horizontal_camera
from motion_transfer.fitting.initialization import initial_state
from motion_transfer.fitting.solver import SmplifySolver

STEPS = 7


class Cancelled(Exception):
    pass


def unseen_video(detections: Detections) -> Video:
    def refuse() -> None:
        raise AssertionError("SMPLify needs no pictures")

    return Video(open_frames=refuse, size=detections.size, fps=detections.fps, frame_count=len(detections.masks))


@pytest.mark.slow
def test_every_step_advances_as_often_as_was_announced(tiny_body: BodyModel, detections: Detections) -> None:
    calls: list[str] = []
    estimate, refine = make_estimator(tiny_body, iterations=STEPS), make_refiner(tiny_body, iterations=STEPS)
    capture = estimate(unseen_video(detections), detections, advance=lambda: calls.append("estimate"))
    frames = len(capture.motion)
    refine(capture, stack_targets({}), advance=lambda: calls.append("refine"))
    assert calls.count("estimate") == estimate.steps(frames) == STEPS
    assert calls.count("refine") == refine.steps(frames) == STEPS


@pytest.mark.slow
def test_a_run_is_cancelled_at_the_next_step_and_gives_its_threads_back(
    tiny_body: BodyModel, detections: Detections
) -> None:
    steps = 0

    def cancel_at_third() -> None:
        nonlocal steps
        steps += 1
        if steps == 3:
            raise Cancelled

    threads = torch.get_num_threads()
    with pytest.raises(Cancelled):
        make_estimator(tiny_body, iterations=STEPS)(unseen_video(detections), detections, advance=cancel_at_third)
    assert steps == 3
    assert torch.get_num_threads() == threads


@pytest.mark.slow
def test_the_energy_of_a_state_falls_with_the_iterations_and_is_that_of_its_windows(
    tiny_body: BodyModel, detections: Detections, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = horizontal_camera(detections.size, 0.95)
    solver = make_estimator(tiny_body, iterations=30).solver
    start = initial_state(tiny_body, detections, camera, torch.zeros(tiny_body.betas))
    state = solver(tiny_body, detections, camera, start, known_person=False, advance=lambda: None)
    energy = solver.energy(tiny_body, detections, camera, state)
    assert energy < 0.8 * solver.energy(tiny_body, detections, camera, start)
    monkeypatch.setattr("motion_transfer.fitting.windows.LONGEST", 10)
    assert solver.energy(tiny_body, detections, camera, state) == pytest.approx(energy, rel=1e-4)


@pytest.mark.slow
def test_the_result_is_the_same_again(tiny_body: BodyModel, truth: BodyMotion) -> None:
    seen = exact_detections(tiny_body, truth, known_camera())
    first, second = (estimated(tiny_body, seen, iterations=STEPS).motion.pose for _ in range(2))
    assert torch.equal(first.parent_from_joint, second.parent_from_joint)
    assert torch.equal(first.root_position_m, second.root_position_m)


@pytest.mark.parametrize(("iterations", "lr"), [(0, 0.03), (10, -0.1)])
def test_a_solver_that_cannot_solve_is_refused(tiny_body: BodyModel, iterations: int, lr: float) -> None:
    weights = make_estimator(tiny_body).solver.weights
    with pytest.raises(ValueError, match="expected iterations of 1 or more and a positive lr"):
        SmplifySolver(iterations=iterations, lr=lr, weights=weights)


@pytest.mark.slow
def test_registration_keeps_both_distances_from_the_landmarks(tiny_body: BodyModel, detections: Detections) -> None:
    before = estimated(tiny_body, detections, iterations=STEPS)
    after = make_refiner(tiny_body, iterations=STEPS)(before, stack_targets({}), advance=lambda: None)
    both = after_registration(after, before).quality
    assert both.reprojection_percent == before.quality.reprojection_percent
    assert both.registered_percent == after.quality.reprojection_percent
    assert both.silhouette_iou == after.quality.silhouette_iou
