"""Zernike moments, Fourier descriptors, and light fields."""

import math

import numpy as np
import pytest
from drawn_shapes import closed_tube, twisted
from scipy.integrate import dblquad

from motion_transfer.retargeting.unpaired.light_field import LightField, fourier_descriptor
from motion_transfer.retargeting.unpaired.zernike import orders, radial_polynomial, zernike_basis


def test_radial_polynomials_are_those_of_the_tables() -> None:
    r = np.linspace(0, 1, 7)
    known = {(1, 1): r, (2, 0): 2 * r**2 - 1, (3, 1): 3 * r**3 - 2 * r, (4, 2): 4 * r**4 - 3 * r**2}
    for (n, m), values in known.items():
        np.testing.assert_allclose(radial_polynomial(n, m, r), values, atol=1e-12)


def test_radial_polynomials_of_equal_m_are_orthogonal() -> None:
    for n, other in ((4, 2), (6, 2), (4, 4)):
        found, _ = dblquad(
            lambda r, _, n=n, other=other: float(
                radial_polynomial(n, 2, np.array(r)) * radial_polynomial(other, 2, np.array(r)) * r
            ),
            0,
            1,
            0,
            1,
        )
        assert found == pytest.approx(1 / (2 * n + 2) if n == other else 0, abs=1e-9)


def test_moments_give_the_picture_again() -> None:
    side, highest = 96, 20
    axis = (np.arange(side) + 0.5) * 2 / side - 1
    x, y = np.meshgrid(axis, -axis)
    inside = np.hypot(x, y) <= 1
    picture = np.exp(-6 * ((x - 0.2) ** 2 + (y + 0.1) ** 2)) * inside
    moments = zernike_basis(side, highest) @ picture.ravel()
    again = np.zeros((side, side))
    for (n, m), moment in zip(orders(highest), moments, strict=True):
        wave = radial_polynomial(n, m, np.hypot(x, y)) * np.exp(1j * m * np.arctan2(y, x))
        again += (moment * wave).real * (1 if m == 0 else 2)
    assert np.abs(again - picture)[np.hypot(x, y) < 0.9].max() < 0.02


def test_magnitudes_do_not_change_with_a_quarter_turn_and_phases_do() -> None:
    picture = np.zeros((64, 64))
    picture[20:30, 34:50] = 1
    basis = zernike_basis(64, 8)
    before, after = basis @ picture.ravel(), basis @ np.rot90(picture).ravel()
    np.testing.assert_allclose(np.abs(after), np.abs(before), atol=1e-9)
    turned = np.exp(-1j * np.array([m for _, m in orders(8)]) * np.pi / 2)
    np.testing.assert_allclose(after, before * turned, atol=1e-9)


def test_the_fourier_descriptor_of_a_lobed_outline_is_its_wave() -> None:
    y, x = np.mgrid[:200, :200] - 99.5
    angle, radius = np.arctan2(-y, x), np.hypot(x, y)
    found = fourier_descriptor(radius < 60 * (1 + 0.2 * np.cos(3 * angle)), 8)
    assert np.abs(found).argmax() == 2  # the third harmonic
    assert abs(found[2]) == pytest.approx(0.1, abs=0.02)  # cos = (exp + exp) / 2


def test_a_silhouette_covers_the_area_of_its_shape() -> None:
    mesh = closed_tube(around=24)
    centred = mesh.vertices_m - mesh.vertices_m.mean(0)
    (pictures,) = LightField(views=3, above=False, side_px=128)._silhouettes(centred[None], mesh.faces, 1.0)
    expected = 0.3 * 1.5  # the tube's width times its length, ends left out
    np.testing.assert_allclose(pictures.mean((1, 2)) * 4, expected, rtol=0.12)


@pytest.mark.parametrize("phase", [True, False])
def test_light_fields_tell_left_from_right_by_their_phase_alone(phase: bool) -> None:
    mesh = closed_tube()
    bent = mesh.at(twisted(mesh, 0.0, 1.2))
    flipped = bent.vertices_m * [-1, 1, 1]
    shapes = np.stack([bent.vertices_m, flipped, mesh.vertices_m])
    found = LightField(views=1, above=False, side_px=96, phase=phase).describe(
        shapes - shapes.mean(1, keepdims=True), mesh.faces, 1.0
    )
    to_mirrored, to_straight = (np.linalg.norm(found[0] - found[one]) for one in (1, 2))
    assert (to_mirrored > to_straight) == phase


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="1 or more views"):
        LightField(views=0)


def test_views_lie_on_half_a_circle() -> None:
    mesh = closed_tube()
    wide = (mesh.vertices_m - mesh.vertices_m.mean(0)) * [4, 1, 1]  # broad seen from the front, narrow from the side
    (pictures,) = LightField(views=4, above=False)._silhouettes(wide[None], mesh.faces, 1.2)
    areas = pictures.mean((1, 2))
    assert areas[0] == areas.max()
    assert areas[2] == areas.min()
    assert math.isclose(areas[1], areas[3], rel_tol=0.1)


def test_the_view_from_above_has_x_to_the_right_and_z_down() -> None:
    mesh = closed_tube()
    thin = (mesh.vertices_m - mesh.vertices_m.mean(0)) * 0.2 + [0.5, 0.0, 0.25]
    (pictures,) = LightField(views=1, above=True)._silhouettes(thin[None], mesh.faces, 1.0)
    from_front, from_above = (np.argwhere(one).mean(0) / 32 - 1 for one in pictures)  # row and column, from the middle
    np.testing.assert_allclose(from_front, [0.0, 0.5], atol=0.05)
    np.testing.assert_allclose(from_above, [0.25, 0.5], atol=0.05)


def test_a_view_more_weighs_every_view_less() -> None:
    mesh = closed_tube()
    shapes = np.stack([mesh.vertices_m, mesh.at(twisted(mesh, 0.0, 1.2)).vertices_m])
    shapes -= shapes.mean(1, keepdims=True)
    around, with_above = (LightField(views=3, above=above).describe(shapes, mesh.faces, 1.0) for above in (False, True))
    width = around.shape[1]
    np.testing.assert_allclose(with_above[:, :width] * np.sqrt(4), around * np.sqrt(3), atol=1e-9)
    assert with_above.shape[1] == width * 4 // 3
