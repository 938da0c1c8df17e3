"""The official SMPL arrays -> a body model; reading them from the user's file is left to the files' side."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from scipy.sparse import issparse
from scipy.spatial import KDTree

from motion_transfer.body.charts import connected_charts
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import JOINTS, PARENTS, PART_OF_JOINT, PARTS
from motion_transfer.body.unwrapping import unwrap

BETAS = 10
KEYS = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights", "f", "kintree_table")
SMALLEST_M, LARGEST_M, MOST_FACES = 0.1, 10.0, 60_000
MOST_NUMBERS = 1 << 27
ROUNDING = 1e-3  # of rows that sum to 1
REMEDY = "give an SMPL body file (neutral, female or male; not SMPL-H, SMPL-X or a posed mesh)"


def official_body(arrays: Mapping[str, Any], name: str) -> BodyModel:
    """Make a body model of the arrays of an official SMPL file (Loper et al. 2015).

    Of more than ten shape directions the first ten are kept. The pose-dependent offsets (`posedirs`) are in every mesh
    that is posed; the fit, which sees joints and single points of the surface, goes without them. The file has no
    atlas; the model gets one of our own.

    Args:
        arrays: the keys in `KEYS`, more are ignored; J_regressor dense or a scipy sparse matrix.
        name: the name that the model goes by.

    Raises:
        ValueError: a key is missing, or has the wrong shape, skeleton or content.
    """
    missing = [key for key in KEYS if key not in arrays]
    if missing:
        raise ValueError(f"expected the arrays {', '.join(KEYS)}, got none called {', '.join(missing)}; {REMEDY}")
    template = _numbers(arrays, "v_template", (None, 3))
    vertices = len(template)
    regressor = _numbers(arrays, "J_regressor", (None, vertices))
    if len(regressor) != len(JOINTS):
        raise ValueError(f"expected {len(JOINTS)} joints in J_regressor, got {len(regressor)}; {REMEDY}")
    shapes = _numbers(arrays, "shapedirs", (vertices, 3, None))
    if shapes.shape[2] < BETAS:
        raise ValueError(f"expected at least {BETAS} shape directions, got {shapes.shape[2]}; {REMEDY}")
    offsets = _numbers(arrays, "posedirs", (vertices, 3, 9 * (len(JOINTS) - 1)))
    weights = _numbers(arrays, "weights", (vertices, len(JOINTS)))
    tree = _numbers(arrays, "kintree_table", (2, len(JOINTS)))
    faces = _numbers(arrays, "f", (None, 3)).astype(np.int64)
    if tuple(tree[0, 1:].astype(np.int64)) != PARENTS[1:]:
        raise ValueError(f"expected SMPL's skeleton in kintree_table, got parents {tree[0, 1:].tolist()}; {REMEDY}")
    for key, rows in (("weights", weights), ("J_regressor", regressor)):
        worst = np.abs(rows.sum(1) - 1).max()
        if worst > ROUNDING:
            raise ValueError(f"expected rows of {key} that sum to 1, got one that is {worst:.3g} off; {REMEDY}")
    if faces.min() < 0 or faces.max() >= vertices:
        raise ValueError(f"expected faces of {vertices} vertices, got the index {faces.max()}; {REMEDY}")

    if len(faces) > MOST_FACES or not (SMALLEST_M <= np.ptp(template, 0).max() <= LARGEST_M):
        raise ValueError(f"expected a body of {SMALLEST_M} to {LARGEST_M} m with up to {MOST_FACES} faces; {REMEDY}")
    part_weights = weights @ np.eye(len(PARTS))[list(PART_OF_JOINT)]
    uv, uv_faces = unwrap(template, faces, part_weights[faces].sum(1).argmax(1))
    return BodyModel(
        name=name,
        template_m=torch.tensor(template, dtype=torch.float32),
        shape_directions_m=torch.tensor(shapes[..., :BETAS], dtype=torch.float32),
        joint_regressor=torch.tensor(regressor, dtype=torch.float32),
        weights=torch.tensor(weights, dtype=torch.float32),
        faces=torch.tensor(faces),
        uv=torch.tensor(uv, dtype=torch.float32),
        uv_faces=torch.tensor(uv_faces),
        chart_of_face=connected_charts(torch.tensor(uv_faces)),
        mirror_vertex=torch.tensor(KDTree(template).query(template * [-1, 1, 1])[1]),
        pose_directions_m=torch.tensor(offsets, dtype=torch.float32),
    )


def _numbers(arrays: Mapping[str, Any], key: str, shape: tuple[int | None, ...]) -> np.ndarray:
    """An array as finite numbers of the expected shape; None stands for any length but 0."""
    found = arrays[key]
    if math.prod(np.shape(found)) > MOST_NUMBERS:
        raise ValueError(f"expected at most {MOST_NUMBERS} numbers in {key}, got {np.shape(found)}; {REMEDY}")
    array = np.asarray(found.toarray() if issparse(found) else found)
    expected = " x ".join("any" if length is None else str(length) for length in shape)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"expected numbers in {key}, got {array.dtype}; {REMEDY}")
    fits = array.ndim == len(shape) and all(n in (None, m) and m for n, m in zip(shape, array.shape, strict=True))
    if not fits:
        got = " x ".join(map(str, array.shape)) or "a single number"
        raise ValueError(f"expected {key} of {expected}, got {got}; {REMEDY}")
    if not np.isfinite(array).all():
        raise ValueError(f"expected finite numbers in {key}, got some that are not; the file is damaged, get it again")
    return array.astype(np.float64)
