import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.rasterizer import interpolate, rasterize, render_mesh
from motion_transfer.rendering.triangle_scan import scan_triangles
from motion_transfer.rendering.triangle_scatter import scatter_triangles

SIZE = ImageSize(height=48, width=40)


def camera() -> Camera:
    camera_from_world = torch.diag(torch.tensor([1.0, -1, -1, 1]))
    camera_from_world[2, 3] = 3.0
    return Camera(
        intrinsics_px=torch.tensor([[60.0, 0, 20], [0, 60, 24], [0, 0, 1]]),
        camera_from_world=camera_from_world,
        size=SIZE,
    )


def slow_triangle(corners: torch.Tensor, depth: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Coverage, depth and perspective-correct weights, pixel by pixel with a linear solve."""
    covered, depths = torch.zeros(SIZE.height, SIZE.width, dtype=torch.bool), torch.zeros(SIZE.height, SIZE.width)
    weights = torch.zeros(SIZE.height, SIZE.width, 3)
    system = torch.cat([corners.T, torch.ones(1, 3)])
    for y in range(SIZE.height):
        for x in range(SIZE.width):
            linear = torch.linalg.solve(system, torch.tensor([x + 0.5, y + 0.5, 1.0]))
            if (linear >= 0).all():
                covered[y, x], depths[y, x] = True, 1 / (linear / depth).sum()
                weights[y, x] = linear / depth * depths[y, x]
    return covered, depths, weights


def test_a_triangle_equals_the_pixel_by_pixel_solution() -> None:
    corners, depth = torch.tensor([[5.2, 3.1], [9.7, 40.4], [33.3, 12.9]]), torch.tensor([1.0, 2.0, 4.0])
    fragments = rasterize(corners[None], depth[None], torch.tensor([[0, 1, 2]]), SIZE)
    covered, depths, weights = slow_triangle(corners, depth)
    assert torch.equal(fragments.covered[0], covered)
    assert covered.sum() > 300
    assert torch.allclose(fragments.depth_m[0][covered], depths[covered], rtol=1e-3)
    assert torch.allclose(fragments.barycentric[0], weights, atol=1e-4)


def test_the_nearer_of_two_triangles_is_seen() -> None:
    corners = torch.tensor([[0.0, 0], [0, 40], [40, 0]]).repeat(2, 1)
    depth = torch.tensor([3.0, 3, 3, 2, 2, 2])
    fragments = rasterize(corners[None], depth[None], torch.tensor([[0, 1, 2], [3, 4, 5]]), SIZE)
    assert set(fragments.face.unique().tolist()) == {-1, 1}


def test_a_triangle_seen_from_behind_is_culled() -> None:
    corners = torch.tensor([[0.0, 0], [40, 0], [0, 40]])
    assert not rasterize(corners[None], torch.ones(1, 3), torch.tensor([[0, 1, 2]]), SIZE).covered.any()


def test_a_batch_equals_its_single_frames_bit_for_bit(tiny_body: BodyModel) -> None:
    moved = tiny_body.template_m + torch.tensor([[[0.0, 0, 0]], [[0.3, 0.1, 0.2]]])
    together = render_mesh(moved, tiny_body.faces, camera())
    for frame in range(2):
        alone = render_mesh(moved[frame : frame + 1], tiny_body.faces, camera())
        assert torch.equal(together.face[frame], alone.face[0])
        assert torch.equal(together.barycentric[frame], alone.barycentric[0])


def test_interpolated_positions_project_back_to_their_pixels(tiny_body: BodyModel) -> None:
    vertices = tiny_body.template_m[None]
    fragments = render_mesh(vertices, tiny_body.faces, camera())
    points = interpolate(fragments, tiny_body.faces, vertices)[0].permute(1, 2, 0)[fragments.covered[0]]
    pixels, depth = camera().project(points)
    y, x = torch.nonzero(fragments.covered[0], as_tuple=True)
    assert len(pixels) > 200
    assert torch.allclose(pixels, torch.stack([x, y], -1) + 0.5, atol=1e-2)
    assert torch.allclose(depth, fragments.depth_m[0][fragments.covered[0]], rtol=1e-3)


def test_each_frame_is_interpolated_from_its_attributes_or_from_those_of_all(tiny_body: BodyModel) -> None:
    moved = tiny_body.template_m + torch.tensor([[[0.0, 0, 0]], [[0.3, 0.1, 0.2]]])
    fragments = render_mesh(moved, tiny_body.faces, camera())
    of_each, of_all = interpolate(fragments, tiny_body.faces, moved), interpolate(fragments, tiny_body.faces, moved[:1])
    for frame in range(2):
        alone = render_mesh(moved[frame : frame + 1], tiny_body.faces, camera())
        assert torch.equal(of_each[frame], interpolate(alone, tiny_body.faces, moved[frame : frame + 1])[0])
        assert torch.equal(of_all[frame], interpolate(alone, tiny_body.faces, moved[:1])[0])
    assert not torch.equal(of_each[1], of_all[1])
    assert (of_each.transpose(0, 1)[:, ~fragments.covered] == 0).all()


def test_a_mesh_behind_the_camera_or_outside_the_picture_draws_nothing(tiny_body: BodyModel) -> None:
    behind = tiny_body.template_m[None] + torch.tensor([0.0, 0, 5])
    beside = tiny_body.template_m[None] + torch.tensor([50.0, 0, 0])
    for vertices in (behind, beside):
        assert not render_mesh(vertices, tiny_body.faces, camera()).covered.any()


def test_the_two_ways_to_rasterize_agree_bit_for_bit(tiny_body: BodyModel) -> None:
    moved = tiny_body.template_m + torch.tensor([[[0.0, 0, 0]], [[0.3, 0.1, 0.2]], [[0.0, 0.4, 2.85]]])
    pixels, depth = camera().project(moved)
    pixels[1, 7] = torch.nan
    scanned, scattered = (draw(pixels, depth, tiny_body.faces, SIZE) for draw in (scan_triangles, scatter_triangles))
    assert (scanned[0] >= 0).flatten(1).any(1).all()
    for found, expected in zip(scanned, scattered, strict=True):
        assert torch.equal(found, expected)
