"""Views of drawn crops: picture and truth are turned, scaled and mirrored together."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import joint, mirrored
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.landmarks.mediapipe_layout import LAYOUT, NAMES
from motion_transfer.mesh_recovery.body_points import BodyPoints, in_crop_units
from motion_transfer.recovery_training.crop_pool import CropBatch, CropPool
from motion_transfer.recovery_training.detector_noise import noisy_landmarks
from motion_transfer.recovery_training.losses import RecoveryLosses
from motion_transfer.recovery_training.views import Views, make_views
from motion_transfer.synthetic.people_in_crops import CROP_PX, PersonCrops
from motion_transfer.synthetic.random_poses import random_poses

MIRROR = list(mirrored(NAMES))
COUNT = 16


@pytest.fixture(scope="module")
def body(tiny_body: BodyModel) -> BodyPoints:
    return BodyPoints.of(tiny_body, detector_anchors(tiny_body, LAYOUT))


def marked_crops(body: BodyPoints, name: str) -> PersonCrops:
    """Black crops with a white mark at one joint."""
    generator = np.random.default_rng(3)
    poses = random_poses(generator, COUNT)
    betas = torch.zeros(COUNT, body.rest_directions_m.shape[-1])
    half_field = torch.full((COUNT,), 0.5)
    root = torch.tensor([0.1, 0.1, -4.0]).expand(COUNT, 3)
    at = in_crop_units(body(poses, betas), root, half_field)[:, joint(name)]
    rgb = np.zeros((COUNT, CROP_PX, CROP_PX, 3), np.uint8)
    for picture, (x, y) in zip(rgb, ((at + 1) * CROP_PX / 2).tolist(), strict=True):
        picture[round(y) - 3 : round(y) + 3, round(x) - 3 : round(x) + 3] = 255
    return PersonCrops(
        rgb=rgb,
        half_field=half_field.numpy(),
        parent_from_joint=poses.numpy(),
        root_position_m=root.numpy().copy(),
        betas=betas.numpy(),
        visible=np.ones((COUNT, len(NAMES)), bool),
        person=np.ones(COUNT, bool),
    )


def views_of(crops: PersonCrops, body: BodyPoints, *, varied: bool, seed: int = 0) -> Views:
    return make_views(
        CropBatch.of(crops, torch.device("cpu")),
        body,
        MIRROR,
        torch.Generator().manual_seed(seed),
        size_px=224,
        varied=varied,
        landmarks_given=1.0,
    )


@pytest.mark.slow
@pytest.mark.parametrize("varied", [False, True])
def test_the_picture_moves_with_the_truth(varied: bool, body: BodyPoints, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mark drawn at a wrist is at a wrist of the view's truth: at the other one where the view is mirrored."""
    monkeypatch.setattr("motion_transfer.recovery_training.views._recoloured", lambda crops, generator: crops)
    views = views_of(marked_crops(body, "left_wrist"), body, varied=varied)
    sides = []
    for crop, points in zip(views.crops, views.points, strict=True):
        expected = points[[joint("left_wrist"), joint("right_wrist")]]
        if expected.abs().max() < 0.9:
            found = (torch.nonzero(crop.amin(0) > 0.7).float().flip(-1) + 0.5).mean(0) / 112 - 1
            distance = (expected - found).norm(dim=-1)
            assert distance.min() < 0.03
            sides.append(int(distance.argmin()))
    assert len(sides) > COUNT // 3
    assert set(sides) == ({0, 1} if varied else {0})


def test_the_truth_of_a_view_has_no_loss(body: BodyPoints) -> None:
    views = views_of(marked_crops(body, "head"), body, varied=True)
    terms = RecoveryLosses()([views.truth], views, body)
    assert {name: round(float(term), 4) for name, term in terms.items() if name != "expected_error"} == dict.fromkeys(
        ("reprojection", "rotations", "root", "points", "camera", "betas"), 0.0
    )


def test_crops_without_a_person_teach_only_that_nobody_is_there(body: BodyPoints) -> None:
    views = replace(views_of(marked_crops(body, "head"), body, varied=True), person=torch.zeros(COUNT))
    wrong = replace(views.truth, betas=views.truth.betas + 1, log_error=torch.full((COUNT,), 0.5).log())
    terms = RecoveryLosses()([wrong], views, body)
    assert {float(term) for term in terms.values()} == {0.0}


def test_landmarks_are_noisy_and_may_be_missing_altogether() -> None:
    true, visible = torch.zeros(200, len(NAMES), 2), torch.ones(200, len(NAMES), dtype=torch.bool)
    none = noisy_landmarks(true, visible, MIRROR, torch.Generator().manual_seed(0), given=0.0)
    assert none.abs().max() == 0
    seen = noisy_landmarks(true, visible, MIRROR, torch.Generator().manual_seed(0), given=1.0)
    hidden = noisy_landmarks(true, ~visible, MIRROR, torch.Generator().manual_seed(0), given=1.0)
    assert hidden[..., :2].abs().median() > 2 * seen[..., :2].abs().median() > 0
    assert hidden[..., 2].mean() < seen[..., 2].mean()


def test_the_pool_replaces_its_oldest_crops(body: BodyPoints) -> None:
    pool = CropPool(COUNT + 4, torch.device("cpu"))
    with pytest.raises(ValueError, match="expected a pool with crops"):
        pool.draw(1, torch.Generator())
    crops = marked_crops(body, "head")
    pool.add(crops)
    pool.add(crops)
    assert len(pool) == COUNT + 4
    drawn = pool.draw(50, torch.Generator().manual_seed(0))
    known = torch.from_numpy(crops.parent_from_joint)
    assert all(any(torch.equal(one, other) for other in known) for one in drawn.parent_from_joint)
