"""Deformation features of shapes, and back."""

import numpy as np
import pytest
from drawn_shapes import closed_tube, tube_shapes, twisted
from scipy.spatial.transform import Rotation

from motion_transfer.retargeting.unpaired.features import DeformationFeatures, FeatureRange, polar


@pytest.mark.slow
def test_features_of_turns_beyond_half_a_turn_give_the_shapes_again() -> None:
    mesh = closed_tube(30)
    shapes = np.stack([twisted(mesh, turn, bend) for turn, bend in ((5.5, 0.0), (4.0, 1.5), (-5.0, 0.5))])
    features = DeformationFeatures(mesh)
    found = features(shapes)
    assert np.linalg.norm(found[..., :3], axis=-1).max() > np.pi
    ranges = FeatureRange.of(found)
    back = features.vertices(ranges.unscaled(ranges.scaled(found)), exact=True)
    assert np.abs(back - (shapes - shapes.mean(1, keepdims=True))).max() < 1e-5 * mesh.size_m


@pytest.mark.slow
def test_a_twist_is_a_rotation_that_grows_along_the_tube() -> None:
    mesh = closed_tube(30)
    found = DeformationFeatures(mesh)(twisted(mesh, 5.5)[None])[0, :, 1]
    inner = (mesh.vertices_m[:, 1] > 0.2) & (mesh.vertices_m[:, 1] < 1.4)
    slope = np.polyfit(mesh.vertices_m[inner, 1], found[inner], 1)[0]
    assert abs(slope * np.ptp(mesh.vertices_m[:, 1]) / 5.5 - 1) < 0.03


def test_the_reference_has_no_rotation_and_unit_stretch() -> None:
    mesh = closed_tube()
    found = DeformationFeatures(mesh)(mesh.vertices_m[None])[0]
    np.testing.assert_allclose(found, np.tile([0, 0, 0, 1, 0, 0, 1, 0, 1], (len(found), 1)), atol=1e-7)


def test_features_lie_in_their_range_and_touch_its_ends() -> None:
    mesh = closed_tube()
    found = DeformationFeatures(mesh)(tube_shapes(mesh, 6, 0))
    ranges = FeatureRange.of(found)
    scaled = ranges.scaled(found)
    for kind in (slice(0, 3), slice(3, 9)):
        np.testing.assert_allclose([scaled[..., kind].min(), scaled[..., kind].max()], [-0.95, 0.95])


def test_polar_factors_are_a_rotation_and_a_symmetric_matrix() -> None:
    gradients = np.random.default_rng(0).normal(size=(4, 5, 3, 3))  # half of them turned over
    rotations, stretches = polar(gradients)
    np.testing.assert_allclose(rotations @ stretches, gradients, atol=1e-12)
    np.testing.assert_allclose(stretches, stretches.swapaxes(-1, -2), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(rotations), 1)
    turned = Rotation.from_rotvec([0.1, 2.0, 0.3]).as_matrix()
    np.testing.assert_allclose(polar(turned @ gradients)[1], stretches, atol=1e-12)
