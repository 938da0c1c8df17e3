"""The atlas as a picture."""

import numpy as np
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.atlas import nearest_inside, rasterize_atlas


def test_texels_lie_where_the_atlas_positions_of_their_points_say(tiny_body: BodyModel) -> None:
    size = ImageSize(height=120, width=160)
    fragments, order = rasterize_atlas(tiny_body, size)
    row, column = torch.nonzero(fragments.covered[0], as_tuple=True)
    face = fragments.face[0, row, column]
    corners = tiny_body.uv[tiny_body.uv_faces.gather(1, order)[face]]
    uv = (corners * fragments.barycentric[0, row, column][..., None]).sum(1)
    expected = torch.stack([(column + 0.5) / size.width, (row + 0.5) / size.height], 1)
    assert len(row) > 0.3 * size.height * size.width
    assert torch.allclose(uv, expected, atol=1e-4)


def test_mirrored_charts_are_drawn_too(tiny_body: BodyModel) -> None:
    size = ImageSize(height=120, width=120)
    mirrored = tiny_body.uv * torch.tensor([-1.0, 1.0]) + torch.tensor([1.0, 0.0])
    fields = tiny_body.fields() | {"uv": mirrored}
    covered, covered_mirrored = (rasterize_atlas(model, size)[0].covered for model in (tiny_body, BodyModel(**fields)))
    assert (covered.flip(-1) == covered_mirrored).float().mean() > 0.99  # centres on an edge may fall to either side


def test_the_nearest_pixel_inside_is_at_the_least_distance() -> None:
    inside = np.random.default_rng(0).random((20, 30)) < 0.05
    row, column = nearest_inside(inside)
    assert inside[row, column].all()
    points = np.argwhere(inside)
    for y, x in np.ndindex(inside.shape):
        least = np.hypot(points[:, 0] - y, points[:, 1] - x).min()
        assert np.hypot(row[y, x] - y, column[y, x] - x) == least
