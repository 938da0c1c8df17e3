"""Fitted body and detections -> how well they agree, and how smooth the motion is."""

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.body_motion import BodyPose, FitQuality
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.fitting.observations import person_frames
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.prefetch import thread_map
from motion_transfer.rendering.rasterizer import render_mesh

SCORED = tuple(
    f"{side}_{name}" for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in ("left", "right")
)
SILHOUETTES = 40  # frames whose silhouette is compared, spread over the clip
CONFIDENT = 0.5  # landmarks of less confidence are not compared


def measure_fit(body: ShapedBody, pose: BodyPose, betas: Tensor, camera: Camera, detections: Detections) -> FitQuality:
    """Compare the body with the landmarks of all frames and the masks of some."""
    posed = body.posed(pose)
    landmarks = detector_anchors(body.model, detections.layout).posed(betas, posed.world_from_rest)
    pixels, _ = camera.project(landmarks)
    chosen = [detections.layout.index(name) for name in SCORED]
    confidence = detections.landmarks_2d.confidence
    person = person_frames(detections)
    seen = (confidence[:, chosen] > CONFIDENT) & person[:, None]
    low, high = pixels.amin(1), pixels.amax(1)
    height = (high - low)[:, 1:].clamp(min=1)
    error = (pixels - detections.landmarks_2d.xy_px)[:, chosen].norm(dim=-1) / height
    inner = torch.ones(len(confidence), dtype=torch.bool)
    for start in detections.shot_starts:
        inner[max(start - 1, 0) : start + 1] = False
    inner &= person
    return FitQuality(
        reprojection_percent=float(error[seen].mean() * 100) if seen.any() else float("nan"),
        silhouette_iou=silhouette_iou(body, pose, camera, detections),
        jitter=_jitter(posed.joints_m, inner, float(detections.fps)),
        detector_jitter=_jitter(detections.landmarks_3d.xyz_m[:, chosen], inner, float(detections.fps)),
        frames_without_person=int((confidence.amax(1) == 0).sum()),
    )


def _jitter(points_m: Float[Tensor, "frame point 3"], inner: Bool[Tensor, "frame"], fps: float) -> float:
    """Mean acceleration of the points over frames whose neighbours are inner frames as well, m/s^2; 0 without any."""
    if len(points_m) < 3:
        return 0.0
    second = (points_m[2:] - 2 * points_m[1:-1] + points_m[:-2]).norm(dim=-1) * fps**2
    kept = inner[1:-1] & inner[2:] & inner[:-2]
    return float(second[kept].mean()) if kept.any() else 0.0


def silhouette_iou(body: ShapedBody, pose: BodyPose, camera: Camera, detections: Detections) -> float:
    """Mean intersection over union of the rendered body with the detector's mask over some frames of the clip."""
    small = camera.resized(detections.masks.size)
    frames = evenly_spaced(len(detections.masks), SILHOUETTES)

    def score(frame: int) -> float | None:
        mask = detections.masks[frame] > 127
        if mask.sum() < 50:
            return None
        drawn = render_mesh(body.posed(pose[frame : frame + 1]).vertices_m(), body.model.faces, small)
        covered = drawn.covered[0].numpy()
        mask = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
        return (covered & mask).sum() / max((covered | mask).sum(), 1)

    scores = [one for one in thread_map(score, frames) if one is not None]
    return float(np.mean(scores)) if scores else float("nan")
