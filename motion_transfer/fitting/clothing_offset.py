"""Silhouettes -> the offset of clothes, shoes and hair from the body around each joint; betas must not make up for it.

Where the surface turns away from the camera, lifting it moves the outline by as much. So every point of the drawn
outline measures the offset that it lacks: its distance from the seen outline. All of them together are linear least
squares in the joints' offsets, made robust because poses err too: a limb that is drawn beside its place lacks on one
side what it has too much on the other.
"""

from collections.abc import Sequence
from functools import partial

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, clothing_offset_weights, shape_body
from motion_transfer.body.skeleton import JOINTS, mirrored
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.prefetch import thread_map
from motion_transfer.rendering.outlines import inner_rim, outward_normals
from motion_transfer.rendering.rasterizer import render_mesh

SPREADS_M = (0.05, 0.025, 0.012, 0.012)  # the last ones are for a start that is near already
REWEIGHTINGS = 8
USUAL_M = 0.03  # usual offset of clothes
CORRELATED_POINTS = 20.0  # neighbouring points of an outline err together: so many count as one
FARTHEST_M = 0.15
LIMITS_M = (-0.015, 0.08)
NORMAL_BLUR_PX = 1.5  # standard deviation, of the distances whose gradient is the outline's normal


@value
class Silhouette:
    """The person's outline in one frame; `trusted` is false where a held object or the frame's edge hides it."""

    mask: Bool[np.ndarray, "height width"]
    trusted: Bool[np.ndarray, "height width"]
    camera: Camera
    pose: BodyPose


def fit_clothing_offset(
    model: BodyModel, shape: BodyShape, silhouettes: list[Silhouette], spreads_m: Sequence[float] = SPREADS_M
) -> Float[Tensor, "joint"]:
    """Gauss-Newton on the outlines, starting from the shape's clothing offset; left and right are alike; metres.

    Args:
        spreads_m: of the errors of poses and masks at the outline, one for each iteration.
    """
    symmetry = _symmetry(model.weights)
    weights = clothing_offset_weights(model)
    offset_m = shape.clothing_offset_m.clone()
    for spread_m in spreads_m:
        body = shape_body(model, BodyShape(betas=shape.betas, clothing_offset_m=offset_m))
        points = list(thread_map(partial(_gaps, body), silhouettes))
        vertices, gaps_m = (torch.cat(parts) for parts in zip(*points, strict=True))
        wanted_m = gaps_m + weights[vertices] @ offset_m
        offset_m = (symmetry @ _robust_ridge(weights[vertices] @ symmetry, wanted_m, spread_m)).clamp(*LIMITS_M)
    return offset_m


def _symmetry(weights: Tensor) -> Float[Tensor, "joint parameter"]:
    """Joints' offsets from parameters: one for each joint in the middle, and one for each pair of joints."""
    partner = mirrored(JOINTS)
    first = [j for j in range(len(JOINTS)) if partner[j] >= j]
    symmetry = weights.new_zeros(len(JOINTS), len(first))
    for column, j in enumerate(first):
        symmetry[[j, partner[j]], column] = 1.0
    return symmetry


def _robust_ridge(
    design: Float[Tensor, "point parameter"], wanted_m: Float[Tensor, "point"], spread_m: float
) -> Float[Tensor, "parameter"]:
    """Ridge regression with Cauchy's weights, by iterative reweighting; the prior is no offset."""
    found = design.new_zeros(design.shape[1])
    weight = torch.ones_like(wanted_m)
    ridge = CORRELATED_POINTS * (SPREADS_M[-1] / USUAL_M) ** 2
    prior = ridge * torch.eye(design.shape[1], dtype=design.dtype)
    for _ in range(REWEIGHTINGS):
        found = torch.linalg.solve(design.T @ (weight[:, None] * design) + prior, design.T @ (weight * wanted_m))
        weight = 1 / (1 + ((design @ found - wanted_m) / spread_m).square())
    return found


def _gaps(body: ShapedBody, seen: Silhouette) -> tuple[Int[Tensor, "point"], Float[Tensor, "point"]]:
    """Vertices on the drawn outline, and how far outside them the seen outline lies, metres."""
    fragments = render_mesh(body.posed(seen.pose).vertices_m(), body.model.faces, seen.camera)
    drawn, inside_px = fragments.covered[0].numpy(), _inside_px(seen.mask)
    rim = inner_rim(drawn)
    rim[[0, -1]] = rim[:, [0, -1]] = False
    y, x = np.nonzero(rim & seen.trusted)
    outward, seen_outward = (outward_normals(px, NORMAL_BLUR_PX)[y, x] for px in (_inside_px(drawn), inside_px))
    gap_px = inside_px[y, x] - 0.5  # the centre of a pixel on the rim lies half a pixel inside
    to_y = np.clip(np.rint(y + gap_px * outward[:, 0]).astype(int), 0, drawn.shape[0] - 1)
    to_x = np.clip(np.rint(x + gap_px * outward[:, 1]).astype(int), 0, drawn.shape[1] - 1)
    gap_m = gap_px * fragments.depth_m[0].numpy()[y, x] / float(seen.camera.intrinsics_px[0, 0])
    good = ((outward * seen_outward).sum(1) > 0.5) & seen.trusted[to_y, to_x] & (np.abs(gap_m) < FARTHEST_M)
    row, column = torch.from_numpy(y[good]), torch.from_numpy(x[good])
    corner = fragments.barycentric[0, row, column].argmax(1)
    return body.model.faces[fragments.face[0, row, column], corner], torch.from_numpy(gap_m[good]).float()


def _inside_px(mask: Bool[np.ndarray, "height width"]) -> Float[np.ndarray, "height width"]:
    """Distance from the outline, positive inside."""
    inner, outer = (cv2.distanceTransform(m.astype(np.uint8), cv2.DIST_L2, 5) for m in (mask, ~mask))
    return np.where(mask, inner - 0.5, 0.5 - outer)
