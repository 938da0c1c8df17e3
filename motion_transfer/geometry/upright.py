"""A mesh in unknown axes and units -> one that stands upright in metres.

A person who stands with arms out is least deep, and is symmetric about the plane between left and right.
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.spatial import KDTree

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.value import value
from motion_transfer.geometry.deformation_gradients import area_vectors
from motion_transfer.geometry.surface import spread

AXES = ("x", "y", "z")
UPS = ("auto", *AXES, *(f"-{axis}" for axis in AXES))
USUAL_M = 1.7
SYMMETRIC = 0.7  # a clearly better symmetry has so much less error than the other
# Units that a person may be measured in: the least and the greatest height, and how many metres the unit is.
UNITS = {"metres": (0.5, 3.0, 1.0), "centimetres": (50.0, 300.0, 0.01), "millimetres": (500.0, 3000.0, 0.001)}
POINTS = 3000


@value
class Upright:
    """A rotation, a scale and a shift.

    Attributes:
        axes: the unit vectors of the upright axes in those of the file, as rows.
        origin: the point of the upright axes, in metres, that becomes the origin: below the middle, on the ground.
        notes: what was guessed, each in one sentence.
    """

    axes: Float[np.ndarray, "3 3"]
    scale: float
    origin: Float[np.ndarray, "3"]
    notes: tuple[str, ...]

    def apply(self, points: Float[np.ndarray, "point 3"]) -> Float[np.ndarray, "point 3"]:
        """Points of the file, upright, in metres: the lowest of the mesh at y = 0, its middle over the origin."""
        return self.scale * points @ self.axes.T - self.origin


def guess_upright(mesh: TriangleMesh, *, up: str, height_m: float | None) -> Upright:
    """How to turn and scale a mesh so that y is up, left and right lie along x, and it is as tall as a person.

    Whether it faces +z or -z stays open.

    Args:
        up: the axis of the file that points up, or `auto`.
        height_m: how tall it is; None guesses it from the file's unit.

    Raises:
        ValueError: there is no such axis, or the height is not positive.
    """
    if up not in UPS:
        raise ValueError(f"expected up to be one of {', '.join(UPS)}, got {up!r}; choose one of them")
    if height_m is not None and not height_m > 0:
        raise ValueError(f"expected a height above 0, got {height_m}; give it in metres")
    vertical, across, notes = _axes(mesh, up)
    axes = np.zeros((3, 3))
    axes[0, across] = 1
    axes[1, vertical] = -1 if up.startswith("-") else 1
    axes[2] = np.cross(axes[0], axes[1])
    tall = float(np.ptp(mesh.vertices_m[:, vertical]))
    scale, unit = _scale(tall, height_m)
    turned = scale * mesh.vertices_m @ axes.T
    low, high = turned.min(0), turned.max(0)
    origin = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    return Upright(axes=axes, scale=scale, origin=origin, notes=(*notes, unit))


def _axes(mesh: TriangleMesh, up: str) -> tuple[int, int, list[str]]:
    """The vertical axis and that from side to side."""
    extent = np.ptp(mesh.vertices_m, axis=0)
    errors = _asymmetry(mesh)
    if up != "auto":
        vertical = AXES.index(up[-1])
        level = [axis for axis in range(3) if axis != vertical]
        wider = int(np.argmax(extent[level]))
        return vertical, level[wider], []
    first, second = (axis for axis in range(3) if axis != int(extent.argmin()))
    if errors[first] < SYMMETRIC * errors[second]:
        vertical, across = second, first
    elif errors[second] < SYMMETRIC * errors[first]:
        vertical, across = first, second
    else:  # undecided: y is up in most files, then z
        vertical = next(axis for axis in (1, 2, 0) if axis in (first, second))
        across = first + second - vertical
    return vertical, across, [f"{AXES[vertical]} was taken for the axis that points up (set it by up={AXES[vertical]})"]


def _asymmetry(mesh: TriangleMesh) -> Any:
    """How far the surface is from its mirror image along each axis: mean distance of points."""
    areas = np.linalg.norm(area_vectors(mesh.vertices_m, mesh.faces), axis=1)
    points = spread(mesh.faces, areas, POINTS).on(mesh)[-POINTS:]
    tree, middle = KDTree(points), (mesh.vertices_m.max(0) + mesh.vertices_m.min(0)) / 2
    mirrored = [np.where(np.arange(3) == axis, 2 * middle - points, points) for axis in range(3)]
    return np.array([tree.query(one)[0].mean() for one in mirrored])


def _scale(tall: float, height_m: float | None) -> tuple[float, str]:
    if height_m is not None:
        return height_m / tall, f"it was scaled to the {height_m:g} m that were given"
    for unit, (least, most, metres) in UNITS.items():
        if least <= tall <= most:
            return (
                metres,
                f"its unit was taken for {unit}, so that it is {tall * metres:.2f} m tall (height_m=... sets it)",
            )
    return USUAL_M / tall, f"its {tall:.3g} units of height were taken for {USUAL_M} m (height_m=... sets it)"
