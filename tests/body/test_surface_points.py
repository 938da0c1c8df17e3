import torch
from test_posing import random_pose, random_shape

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.surface_targets import SurfacePoints


def test_points_are_skinned_to_where_the_posed_mesh_has_its_vertices(tiny_body: BodyModel) -> None:
    body, frames = shape_body(tiny_body, random_shape()), 3
    posed = body.posed(random_pose(frames))
    vertex = torch.randint(len(body.rest_vertices_m), (frames, 5), generator=torch.Generator().manual_seed(0))
    expected = posed.vertices_m()[torch.arange(frames)[:, None], vertex]
    assert torch.allclose(SurfacePoints.of(body, vertex).skinned(posed.world_from_rest), expected, atol=1e-5)
