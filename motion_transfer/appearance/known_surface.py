"""Points of the body's surface with known colours, found by position."""

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial import KDTree

NEIGHBOURS = 12
SOFT_M = 0.01  # nearer ones weigh about equally

Points = Float[np.ndarray, "point 3"]
Colours = Float[np.ndarray, "point 3"]


class KnownSurface:
    """Points of the surface with known colours.

    Args:
        rgb: colours in [0, 1], or what else is known there of three channels.
        depth_weight: of the way from front to back in distances.
    """

    def __init__(self, points_m: Points, rgb: Colours, depth_weight: float) -> None:
        self.scale = np.array([1, 1, depth_weight])
        self.tree, self.rgb = KDTree(points_m * self.scale), rgb

    def colours(self, points_m: Points) -> Colours:
        """Mean colour of the nearest known points, weighted by the inverse square of their distances."""
        shape = len(points_m), min(NEIGHBOURS, len(self.rgb))  # which scipy flattens where it has one column or no row
        distance, index = self.tree.query(points_m * self.scale, k=shape[1], workers=-1)
        weight, near = 1 / (np.reshape(distance, shape) + SOFT_M) ** 2, self.rgb[np.reshape(index, shape)]
        return (near * weight[..., None]).sum(1) / weight.sum(1, keepdims=True)

    def within(self, points_m: Points, reach_m: float) -> tuple[Bool[np.ndarray, "point"], Float[np.ndarray, "near 3"]]:
        """Which points have known surface within reach, and the nearest colours of those that have."""
        distance, index = self.nearest(points_m, reach_m)
        near = np.isfinite(distance)
        return near, self.rgb[index[near]]

    def nearest(self, points_m: Points, reach_m: float) -> tuple[Float[np.ndarray, "point"], Int[np.ndarray, "point"]]:
        """Distance to the nearest known point and its index; infinity and any index beyond reach."""
        return nearest_within(self.tree, points_m * self.scale, reach_m)


def known_surface(
    points_m: Points, rgb: Colours, chosen: Bool[np.ndarray, "point"], *, depth_weight: float = 1
) -> KnownSurface | None:
    """The chosen points; None where they are too few to take colours from."""
    return KnownSurface(points_m[chosen], rgb[chosen], depth_weight) if chosen.sum() >= NEIGHBOURS else None


def nearest_within(
    tree: KDTree, points: Float[np.ndarray, "point axis"], reach: float
) -> tuple[Float[np.ndarray, "point"], Int[np.ndarray, "point"]]:
    """Distance and index of the nearest in a tree; infinity and any index beyond reach."""
    apart, nearest = tree.query(points, distance_upper_bound=reach, workers=-1)
    return np.asarray(apart), np.minimum(nearest, tree.n - 1)
