"""Surface targets are kept for frames that have some, so that a long clip with few crops costs no more than a short."""

import pytest
import torch
from known_clips import estimated, known_camera, make_refiner, posed

from motion_transfer.body.model import BodyModel
from motion_transfer.body.surface_targets import SurfaceTargets, stack_targets
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.landmarks import Detections

SHOWN = (3, 11)


def test_only_frames_that_have_targets_are_in_the_table() -> None:
    def of(*vertices: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        count = len(vertices)
        return torch.tensor(vertices, dtype=torch.long), torch.full((count, 2), 7.0), torch.ones(count)

    table = stack_targets({17_000: of(5), 4: of(8, 9), 12: of()})
    assert table.frames.tolist() == [4, 17_000]
    assert table.vertex.tolist() == [[8, 9], [5, 0]]
    assert table.weights.tolist() == [[1, 1], [1, 0]]


@pytest.mark.slow
def test_frames_without_targets_count_as_frames_whose_targets_weigh_nothing(
    tiny_body: BodyModel, truth: BodyMotion, detections: Detections
) -> None:
    capture = estimated(tiny_body, detections, iterations=5)
    vertices = torch.arange(0, len(tiny_body.template_m), 9)
    xy_px, _ = known_camera().project(posed(tiny_body, truth).vertices_m()[:, vertices])
    weights = torch.zeros(xy_px.shape[:2])
    weights[list(SHOWN)] = 1 / len(vertices)
    everywhere = SurfaceTargets(
        frames=torch.arange(len(xy_px)), vertex=vertices.expand(len(xy_px), -1), xy_px=xy_px, weights=weights
    )
    chosen = stack_targets({frame: (vertices, xy_px[frame], weights[frame]) for frame in SHOWN})
    refine = make_refiner(tiny_body, iterations=3)
    without, dense, sparse = (
        refine(capture, targets, advance=lambda: None).motion.pose.parent_from_joint
        for targets in (stack_targets({}), everywhere, chosen)
    )
    assert (dense - without).abs().max() > 1e-3
    assert torch.allclose(sparse, dense, atol=1e-5)
