from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import roma
import torch
from fingered_body import random_fingers, with_fingers

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody, shape_body
from motion_transfer.body.skeleton import JOINTS, PARTS, joint
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.conditioning import ConditioningMaps
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.crop_track import project_to_window
from motion_transfer.rendering.map_renderer import BUILT_IN, check_channels, make_map_renderer, map_renderer_name
from motion_transfer.rendering.rasterizer import Fragments, rasterize, render_mesh
from motion_transfer.rendering.smpl_maps import TEXTURE_CHANNELS, SmplMapRenderer, part_colours
from motion_transfer.rendering.stick_maps import StickMapRenderer, draw_stick_figure
from motion_transfer.rendering.surface_maps import uv_map
from motion_transfer.rendering.texture import Texture, sample_atlas

SIZE = ImageSize(height=160, width=128)
UNMOVED = torch.eye(2, 3)[None]


def camera(scale: float = 1.0) -> Camera:
    camera_from_world = torch.diag(torch.tensor([1.0, -1, -1, 1]))
    camera_from_world[2, 3] = 3.0
    return Camera(
        intrinsics_px=torch.tensor([[220.0 * scale, 0, 64 * scale], [0, 220 * scale, 80 * scale], [0, 0, 1]]),
        camera_from_world=camera_from_world,
        size=SIZE,
    )


def body(model: BodyModel, frames: int = 1) -> PosedBody:
    generator = torch.Generator().manual_seed(1)
    turns = torch.randn(frames, len(JOINTS), 3, generator=generator) * 0.2
    pose = BodyPose(parent_from_joint=roma.rotvec_to_rotmat(turns), root_position_m=torch.zeros(frames, 3))
    return shape_body(model, BodyShape(betas=torch.zeros(10), clothing_offset_m=torch.zeros(24))).posed(pose)


def texture(seen: float = 1.0) -> Texture:
    """Red grows with u, green with v."""
    along = (torch.arange(64) + 0.5) / 64
    rgb = torch.stack([along.expand(64, 64), along[:, None].expand(64, 64), torch.full((64, 64), 0.25)])
    return Texture(rgb=rgb, seen=torch.full((64, 64), seen))


def render(posed: PosedBody, *, condition: str = "smpl", seen: float = 1.0) -> tuple[ConditioningMaps, Fragments]:
    renderer = make_map_renderer(condition, posed.shaped.model)
    affine = UNMOVED.expand(len(posed.joints_m), -1, -1)
    return renderer(posed, texture(seen), torch.zeros(10), camera(), affine, SIZE)


def select(maps: ConditioningMaps, prefix: str) -> torch.Tensor:
    """The channels whose name starts so."""
    return maps.values[:, [i for i, name in enumerate(maps.channels) if name.startswith(prefix)]]


def test_every_channel_is_named_and_in_its_range(tiny_body: BodyModel) -> None:
    maps, _ = render(body(tiny_body, frames=2))
    assert len(set(maps.channels)) == len(maps.channels) == maps.values.shape[1] == 17
    signed = ("normal", "texture")
    for name, values in zip(maps.channels, maps.values.unbind(1), strict=True):
        assert values.min() >= (-1 if name.startswith(signed) else 0) - 1e-5, name
        assert values.max() <= 1 + 1e-5, name
        assert values.std() > 0, name


def test_the_silhouette_is_what_the_raster_covers(tiny_body: BodyModel) -> None:
    posed = body(tiny_body)
    maps, fragments = render(posed)
    direct = render_mesh(posed.vertices_m(), tiny_body.faces, camera())
    assert torch.equal(select(maps, "silhouette")[:, 0] == 1, direct.covered)
    assert torch.equal(fragments.face, direct.face)
    assert 1000 < direct.covered.sum() < 10000


def test_outside_of_the_body_every_map_but_the_stick_figure_is_empty(tiny_body: BodyModel) -> None:
    maps, fragments = render(body(tiny_body))
    outside = ~fragments.covered[0]
    for name, values in zip(maps.channels, maps.values[0], strict=True):
        if not name.startswith("stick"):
            assert (values[outside] == 0).all(), name
    assert select(maps, "seen")[0, 0][~outside].min() > 0.99


def test_a_texture_that_was_never_seen_is_marked(tiny_body: BodyModel) -> None:
    maps, _ = render(body(tiny_body), seen=0.0)
    assert (select(maps, "seen") == 0).all()


def test_the_stick_condition_has_stick_channels_only(tiny_body: BodyModel) -> None:
    posed = body(tiny_body)
    maps, _ = render(posed, condition="stick")
    assert maps.channels == ("stick_r", "stick_g", "stick_b")
    assert torch.equal(maps.values, select(render(posed)[0], "stick"))


def test_a_renderer_of_no_known_name_is_refused(tiny_body: BodyModel) -> None:
    with pytest.raises(ValueError, match=r"expected a map renderer out of smpl, stick, stick_hands, .*, got 'dots'"):
        make_map_renderer("dots", tiny_body)


class SilhouetteRenderer:
    """A renderer as a user may add one."""

    def __init__(self, model: BodyModel, *, level: float = 1.0) -> None:
        self.channels = ("silhouette",)
        self.faces, self.level = model.faces, level

    def __call__(
        self,
        body: PosedBody,
        texture: Texture,
        betas: torch.Tensor,
        camera: Camera,
        window_from_frame: torch.Tensor,
        size: ImageSize,
    ) -> tuple[ConditioningMaps, Fragments]:
        fragments = rasterize(*project_to_window(body.vertices_m(), camera, window_from_frame), self.faces, size)
        values = self.level * fragments.covered[:, None].float()
        return ConditioningMaps(values=values, channels=self.channels), fragments


def test_another_renderer_takes_part_by_its_class_alone(tiny_body: BodyModel) -> None:
    posed, make = body(tiny_body), partial(SilhouetteRenderer, level=0.5)
    name = map_renderer_name(make)
    assert name == f"{__name__}.SilhouetteRenderer"
    renderer = make_map_renderer(name, tiny_body, allowed=[make])
    maps, _ = renderer(posed, texture(), torch.zeros(10), camera(), UNMOVED, SIZE)
    assert torch.equal(maps.values, 0.5 * select(render(posed)[0], "silhouette"))
    with pytest.raises(ValueError, match=r"expected a map renderer out of smpl, stick, .*, got"):
        make_map_renderer(name, tiny_body)


def test_built_in_renderers_have_short_names() -> None:
    assert map_renderer_name(SmplMapRenderer) == "smpl"
    assert map_renderer_name(StickMapRenderer) == "stick"


def test_the_texture_map_shows_the_atlas_colour(tiny_body: BodyModel) -> None:
    posed = body(tiny_body)
    maps, fragments = render(posed)
    covered = fragments.covered[0]
    u, v = (select(maps, name)[0, 0][covered] for name in ("u", "v"))
    red, green, blue = select(maps, "texture")[0, :, covered]
    assert torch.allclose(red, u * 2 - 1, atol=0.02)
    assert torch.allclose(green, v * 2 - 1, atol=0.02)
    assert torch.allclose(blue, torch.tensor(-0.5))


def test_uv_are_those_of_the_nearest_face(tiny_body: BodyModel) -> None:
    posed = body(tiny_body)
    _, fragments = render(posed)
    uv = uv_map(fragments, posed)[0].permute(1, 2, 0)
    corners = tiny_body.uv[tiny_body.uv_faces[fragments.face[0].clamp(min=0)]]
    inside = fragments.covered[0]
    assert (uv >= corners.amin(2) - 1e-5)[inside].all()
    assert (uv <= corners.amax(2) + 1e-5)[inside].all()


def test_normals_are_unit_vectors_that_face_the_camera(tiny_body: BodyModel) -> None:
    maps, fragments = render(body(tiny_body))
    normals = select(maps, "normal")[0, :, fragments.covered[0]]
    assert normals.norm(dim=0).median() > 0.95
    assert (normals[2] > -0.1).float().mean() > 0.95


def test_nearer_surface_is_brighter(tiny_body: BodyModel) -> None:
    maps, fragments = render(body(tiny_body))
    depth, nearness = fragments.depth_m[fragments.covered], select(maps, "depth")[0, 0][fragments.covered[0]]
    assert torch.corrcoef(torch.stack([depth, nearness]))[0, 1] < -0.999


def test_every_pixel_of_a_part_has_the_parts_colour(tiny_body: BodyModel) -> None:
    assert (torch.cdist(part_colours(), part_colours()) + torch.eye(len(PARTS))).min() >= 0.5
    maps, fragments = render(body(tiny_body))
    part = tiny_body.part_of_face[fragments.face[fragments.covered]]
    assert torch.equal(select(maps, "part_")[0, :, fragments.covered[0]].T, part_colours()[part])


def test_a_window_shows_the_same_as_a_camera_of_that_window(tiny_body: BodyModel) -> None:
    posed = body(tiny_body)
    affine = torch.tensor([[[0.8, 0, 3.0], [0, 0.8, -5]]])
    renderer = make_map_renderer("smpl", tiny_body)
    through_window, _ = renderer(posed, texture(), torch.zeros(10), camera(), affine, SIZE)
    matrix = torch.eye(3)
    matrix[:2] = affine[0]
    seen = Camera(
        intrinsics_px=matrix @ camera().intrinsics_px, camera_from_world=camera().camera_from_world, size=SIZE
    )
    direct, _ = renderer(posed, texture(), torch.zeros(10), seen, UNMOVED, SIZE)
    assert (through_window.values - direct.values).abs().mean() < 1e-3


def test_the_stick_figure_connects_the_projected_joints(tiny_body: BodyModel) -> None:
    posed = body(tiny_body)
    joints, _ = camera().project(posed.joints_m[0])
    drawn = draw_stick_figure(joints.double().numpy(), np.zeros((0, 2)), SIZE)
    for first, second in (("left_knee", "left_ankle"), ("right_shoulder", "right_elbow"), ("spine1", "spine2")):
        x, y = ((joints[joint(first)] + joints[joint(second)]) / 2).floor().int().tolist()
        assert drawn[y, x].max() > 100, (first, second)
    assert (drawn.max(2) > 0).mean() < 0.1
    assert not draw_stick_figure(np.full((24, 2), 1e7), np.full((1, 2), np.inf), SIZE).any()


@pytest.mark.parametrize("channels", [1, 3])
def test_sampling_an_atlas_is_bilinear_and_differentiable(channels: int) -> None:
    atlas = torch.rand(channels, 4, 4, generator=torch.Generator().manual_seed(0)).double().requires_grad_()
    u, v = torch.tensor([0.5, 0.375]), torch.tensor([0.3125, 0.875])  # between four texels; in the middle of one
    uv = torch.stack([u, v])[None, :, None].double()
    sampled = sample_atlas(atlas, uv)[0, :, 0]
    between = atlas[:, 0:2, 1:3].mean(2) @ torch.tensor([0.25, 0.75]).double()
    assert torch.allclose(sampled, torch.stack([between, atlas[:, 3, 1]], 1))
    assert torch.autograd.gradcheck(lambda a: sample_atlas(a, uv), (atlas,))


def test_maps_that_no_generator_could_read_are_refused(tiny_body: BodyModel) -> None:
    for make in BUILT_IN.values():
        check_channels(make(tiny_body).channels)
    check_channels(("height", "u"))
    with pytest.raises(ValueError, match=r"come with texture_r, .*, got none named seen, silhouette; render these"):
        check_channels(("texture_r", "texture_g", "texture_b"))
    with pytest.raises(ValueError, match=r"expected maps named part_... to come with .* got none named part_g"):
        check_channels(("part_r", "part_b"))
    with pytest.raises(ValueError, match=r"expected a name of its own for every map, got depth, depth"):
        check_channels(("depth", "depth"))


def test_a_part_of_the_maps_is_the_same_as_in_all_of_them(tiny_body: BodyModel) -> None:
    posed = body(tiny_body)
    whole, _ = render(posed)
    for condition in ("stick_depth", "surface"):
        maps, _ = render(posed, condition=condition)
        assert maps.channels == make_map_renderer(condition, tiny_body).channels
        assert torch.equal(maps.values, whole.values[:, [whole.channels.index(name) for name in maps.channels]])
        assert not set(maps.channels) & set(TEXTURE_CHANNELS)
    assert {"stick_r", "depth"} < set(make_map_renderer("stick_depth", tiny_body).channels)
    assert set(make_map_renderer("surface", tiny_body).channels) == set(whole.channels) - set(TEXTURE_CHANNELS)


def test_hands_are_drawn_where_the_finger_joints_stand(tiny_body: BodyModel) -> None:
    model = with_fingers(tiny_body)
    posed = body(model)
    curled = replace(posed, fingers=random_fingers(1))
    without, (at_rest, _), (turned, _) = (
        render(posed, condition="stick")[0],
        *(render(one, condition="stick_hands") for one in (posed, curled)),
    )
    for drawn, one in ((at_rest, posed), (turned, curled)):
        joints_m = one.finger_joints_m()
        assert joints_m is not None
        tips, _ = project_to_window(joints_m[:, 2::3], camera(), UNMOVED)
        shown = torch.nn.functional.max_pool2d((drawn.values - without.values).abs().amax(1), 3, 1, 1)[0]
        columns, rows = tips[0].long().T
        assert (shown[rows, columns] > 0.1).float().mean() > 0.7  # other limbs may hide a tip in their own colour
    assert not torch.equal(at_rest.values, turned.values)
    assert torch.equal(
        render(body(tiny_body), condition="stick_hands")[0].values, render(body(tiny_body), condition="stick")[0].values
    )


def test_finger_joints_move_as_the_surface_around_them_does(tiny_body: BodyModel) -> None:
    model = with_fingers(tiny_body)
    posed = replace(body(model), fingers=random_fingers(1))
    joints_m = posed.finger_joints_m()
    assert joints_m is not None
    assert model.finger_regressor is not None
    regressed = model.finger_regressor @ posed.vertices_m()
    torch.testing.assert_close(joints_m, regressed, atol=0.02, rtol=0)
