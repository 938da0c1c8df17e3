"""The official arrays become a body model with an atlas of its own, or are refused in one line."""

from typing import Any

import numpy as np
import pytest
import torch
from scipy.sparse import csc_matrix

from motion_transfer.body.charts import connected_charts
from motion_transfer.body.model import BodyModel
from motion_transfer.body.official import official_body
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import PARENTS
from motion_transfer.domain.body_motion import BodyShape


def official_arrays(model: BodyModel) -> dict[str, Any]:
    """A model in the layout and the types of the official file, with its further keys and 300 directions."""
    directions = np.zeros((*model.template_m.shape, 300))
    directions[..., : model.betas] = model.shape_directions_m.numpy()
    return {
        "v_template": model.template_m.double().numpy(),
        "shapedirs": directions,
        "J_regressor": csc_matrix(model.joint_regressor.double().numpy()),
        "weights": model.weights.double().numpy(),
        "f": model.faces.numpy().astype(np.uint32),
        "kintree_table": np.array([(2**32 - 1, *PARENTS[1:]), range(24)], np.uint32),
        "posedirs": np.zeros((len(model.template_m), 3, 207)),
        "bs_style": "lbs",
    }


def areas(corners: torch.Tensor) -> torch.Tensor:
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]).abs() / 2


def faces_at_random_places(model: BodyModel, places: int = 400) -> set[int]:
    """How many faces hold a random point of the inside of a random face of the atlas, over many such points."""
    generator = torch.Generator().manual_seed(0)
    corners = model.uv[model.uv_faces].double()
    chosen = torch.randint(len(corners), (places,), generator=generator)
    shares = torch.rand(places, 3, generator=generator, dtype=torch.float64) + 0.1
    points = (corners[chosen] * (shares / shares.sum(1, keepdim=True))[..., None]).sum(1)
    extent = areas(corners)
    counts = set()
    for point, face in zip(points, chosen, strict=True):
        opposite = [
            areas(torch.stack([corners[:, i], corners[:, i - 1], point.expand(len(corners), 2)], 1)) for i in range(3)
        ]
        holds = (sum(opposite) < extent * (1 + 1e-4)) & (torch.stack(opposite).amin(0) > extent * 0.02)
        if extent[face] > 1e-9:
            counts.add(int(holds.sum()))
    return counts


@pytest.fixture(scope="module")
def official(tiny_body: BodyModel) -> BodyModel:
    return official_body(official_arrays(tiny_body), "smpl")


def test_the_arrays_arrive_in_the_model(tiny_body: BodyModel, official: BodyModel) -> None:
    for name in ("template_m", "shape_directions_m", "joint_regressor", "weights", "faces"):
        assert torch.equal(getattr(official, name), getattr(tiny_body, name)), name
    assert torch.equal(official.mirror_vertex, tiny_body.mirror_vertex)
    assert official.name == "smpl"


def test_a_dense_regressor_does_as_well(tiny_body: BodyModel, official: BodyModel) -> None:
    arrays = official_arrays(tiny_body)
    arrays["J_regressor"] = arrays["J_regressor"].toarray()
    assert official_body(arrays, "smpl").digest() == official.digest()


def test_the_body_can_be_shaped(official: BodyModel) -> None:
    tall = shape_body(official, BodyShape(betas=torch.eye(10)[0], clothing_offset_m=torch.zeros(24)))
    usual = shape_body(official, BodyShape(betas=torch.zeros(10), clothing_offset_m=torch.zeros(24)))
    assert tall.height_m > usual.height_m + 0.03


def test_the_atlas_lies_within_the_unit_square_with_every_face_once(official: BodyModel) -> None:
    assert official.uv.min() > 0
    assert official.uv.max() < 1
    assert official.uv_faces.unique().tolist() == list(range(len(official.uv)))
    assert torch.equal(connected_charts(official.uv_faces), official.chart_of_face)


@pytest.mark.slow
def test_no_two_faces_share_a_place_of_the_atlas(official: BodyModel) -> None:
    assert faces_at_random_places(official) == {1}
    assert 0.3 < areas(official.uv[official.uv_faces]).sum() < 1


def test_charts_keep_a_gutter(official: BodyModel) -> None:
    boxes = []
    for chart in official.chart_of_face.unique():
        points = official.uv[official.uv_faces[official.chart_of_face == chart]].reshape(-1, 2)
        boxes.append(torch.cat([points.amin(0), points.amax(0)]))
    low, high = torch.stack(boxes).split(2, 1)
    gap = torch.maximum(low[:, None] - high[None], low[None] - high[:, None]).amax(2)
    gap.fill_diagonal_(1)
    assert gap.min() > 0.0055


def test_a_chart_stays_on_one_part(official: BodyModel) -> None:
    for chart in official.chart_of_face.unique():
        assert len(official.part_of_face[official.chart_of_face == chart].unique()) == 1


@pytest.mark.slow
def test_a_detailed_body_gets_large_charts_at_an_even_scale(free_body: BodyModel) -> None:
    model = official_body(official_arrays(free_body), "smpl")
    large = model.chart_of_face.bincount().sort(descending=True).values[:28].sum()
    assert large > 0.8 * len(model.faces)
    corners = model.template_m[model.faces]
    surface = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).norm(dim=1) / 2
    limbs = model.part_of_face > 1
    scale = (areas(model.uv[model.uv_faces]) / surface)[limbs]
    even = (scale / scale.median() - 1).abs() < 0.5
    assert surface[limbs][even].sum() > 0.8 * surface[limbs].sum()
    assert faces_at_random_places(model) == {1}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"weights": None}, "none called weights"),
        ({"v_template": np.zeros((5, 2))}, r"v_template of any x 3, got 5 x 2"),
        ({"v_template": np.zeros((0, 3))}, r"v_template of any x 3, got 0 x 3"),
        ({"J_regressor": np.full((52, 1248), 1 / 1248)}, r"24 joints in J_regressor, got 52"),
        ({"shapedirs": np.zeros((1248, 3, 4))}, r"at least 10 shape directions, got 4"),
        ({"weights": np.zeros((1248, 24))}, r"rows of weights that sum to 1"),
        ({"f": np.array([[0, 1, 1248]])}, r"faces of 1248 vertices, got the index 1248"),
        ({"kintree_table": np.zeros((2, 24), int)}, r"SMPL's skeleton in kintree_table"),
        ({"v_template": np.full((1248, 3), np.nan)}, r"finite numbers in v_template"),
        ({"weights": np.array(["a"])}, r"numbers in weights"),
    ],
)
def test_other_files_are_refused_in_one_line(tiny_body: BodyModel, change: dict[str, Any], told: str) -> None:
    arrays = official_arrays(tiny_body) | change
    with pytest.raises(ValueError, match=told) as refusal:
        official_body({key: array for key, array in arrays.items() if array is not None}, "smpl")
    assert "\n" not in str(refusal.value)
