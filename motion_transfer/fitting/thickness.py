"""How far clothes, shoes and hair stand off each body part, from masks; betas must not make up for it."""

import numpy as np
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import PARTS, mirrored
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.rasterizer import render_mesh

STEPS_M = (0.016, 0.008, 0.004)
LIMITS_M = (-0.015, 0.08)
PREFERENCE = 0.02  # loss of overlap that a thickness of 5 cm must be worth


@value
class Silhouette:
    """The person's outline in one frame; `trusted` is false where a held object or the frame's edge hides it."""

    mask: Bool[np.ndarray, "height width"]
    trusted: Bool[np.ndarray, "height width"]
    camera: Camera
    pose: BodyPose


def halved(seen: Silhouette) -> Silhouette:
    """The silhouette at half the size: a fit to many of them is a mean over outlines and loses nothing."""
    size = ImageSize(height=seen.camera.size.height // 2, width=seen.camera.size.width // 2)
    return Silhouette(
        mask=seen.mask[: 2 * size.height : 2, : 2 * size.width : 2],
        trusted=seen.trusted[: 2 * size.height : 2, : 2 * size.width : 2],
        camera=seen.camera.resized(size),
        pose=seen.pose,
    )


def fit_thickness(model: BodyModel, shape: BodyShape, silhouettes: list[Silhouette]) -> Float[Tensor, "part"]:
    """Coordinate descent on the overlap of rendered and seen silhouettes; left and right are alike."""
    thickness = shape.thickness_m.clone()
    best = _cost(model, shape.betas, thickness, silhouettes)
    partner = mirrored(PARTS)
    for step in STEPS_M:
        for part in range(len(PARTS)):
            if partner[part] < part:
                continue
            for change in (step, -step):
                while True:
                    tried = thickness.clone()
                    tried[[part, partner[part]]] = (tried[part] + change).clamp(*LIMITS_M)
                    cost = _cost(model, shape.betas, tried, silhouettes)
                    if cost >= best - 1e-5:
                        break
                    best, thickness = cost, tried
    return thickness


def _cost(model: BodyModel, betas: Tensor, thickness: Tensor, silhouettes: list[Silhouette]) -> float:
    body = shape_body(model, BodyShape(betas=betas, thickness_m=thickness))
    overlap = [_iou(body.posed(s.pose).vertices_m(), model.faces, s) for s in silhouettes]
    return 1 - float(np.mean(overlap)) + PREFERENCE * float((thickness / 0.05).square().mean())


def _iou(vertices_m: Tensor, faces: Tensor, seen: Silhouette) -> float:
    drawn = render_mesh(vertices_m, faces, seen.camera).covered[0].numpy() & seen.trusted
    mask = seen.mask & seen.trusted
    return float((drawn & mask).sum() / max((drawn | mask).sum(), 1))
