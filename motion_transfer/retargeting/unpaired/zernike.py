"""Zernike moments of a silhouette: its projections on polynomials that are orthogonal over the unit disc.

Notation (Khotanzad and Hong 1990): V_nm(r, a) = R_nm(r) exp(i m a) for 0 <= m <= n with n - m even, where R_nm is the
radial polynomial sum_s (-1)^s (n - s)! / (s! ((n + m)/2 - s)! ((n - m)/2 - s)!) r^(n - 2s), and the moment is
A_nm = (n + 1)/pi sum over pixels of f conj(V_nm), times the area of a pixel.
"""

from math import factorial

import numpy as np
from jaxtyping import Complex, Float


def orders(highest: int) -> list[tuple[int, int]]:
    """All (n, m) with m >= 0 up to an order; that of the mean, (0, 0), is among them."""
    return [(n, m) for n in range(highest + 1) for m in range(n % 2, n + 1, 2)]


def radial_polynomial(n: int, m: int, radius: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """R_nm."""
    found = np.zeros_like(radius)
    for s in range((n - m) // 2 + 1):
        scale = factorial(s) * factorial((n + m) // 2 - s) * factorial((n - m) // 2 - s)
        found += (-1) ** s * factorial(n - s) / scale * radius ** (n - 2 * s)
    return found


def zernike_basis(side_px: int, highest: int) -> Complex[np.ndarray, "moment pixel"]:
    """What a square picture's pixels are multiplied with for its moments; pixels beyond the disc count nothing."""
    step = 2 / side_px
    axis = (np.arange(side_px) + 0.5) * step - 1
    x, y = np.meshgrid(axis, -axis)  # y points up
    radius, angle = np.hypot(x, y).ravel(), np.arctan2(y, x).ravel()
    inside = radius <= 1
    rows = [
        (n + 1) / np.pi * radial_polynomial(n, m, radius) * np.exp(-1j * m * angle) * inside * step**2
        for n, m in orders(highest)
    ]
    return np.stack(rows)
