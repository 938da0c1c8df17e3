"""How far a result's pose is from the one that was asked for, by the landmarks that a detector finds in the result."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections, LandmarkLayout, Landmarks2D
from motion_transfer.domain.value import value
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.fitting.quality import CONFIDENT, SCORED


@value
class AskedPose:
    """Where a detector should find the landmarks.

    Attributes:
        height_px: of the person standing upright at the place of each frame.
    """

    landmarks: Landmarks2D
    height_px: Float[Tensor, "frame"]


def driven_pose(body: ShapedBody, motion: BodyMotion, camera: Camera, layout: LandmarkLayout) -> AskedPose:
    """The landmarks of a driven body as this detector sees them, each with full confidence.

    Raises:
        ValueError: a landmark of the layout has no place on the body.
    """
    posed = body.posed(motion.pose)
    points = detector_anchors(body.model, layout).posed(motion.shape.betas, posed.world_from_rest)
    xy_px, _ = camera.project(points)
    return AskedPose(
        landmarks=Landmarks2D(xy_px=xy_px, confidence=torch.ones(xy_px.shape[:2])),
        height_px=standing_height_px(body, motion, camera),
    )


def filmed_pose(detections: Detections, body: ShapedBody, motion: BodyMotion, camera: Camera) -> AskedPose:
    """The landmarks that were detected in the true frames."""
    return AskedPose(landmarks=detections.landmarks_2d, height_px=standing_height_px(body, motion, camera))


def standing_height_px(body: ShapedBody, motion: BodyMotion, camera: Camera) -> Float[Tensor, "frame"]:
    """Pixels from sole to crown of the upright body, whose middle is at the root; a squat does not shrink it."""
    half = torch.tensor([0.0, body.height_m / 2, 0.0])
    root = motion.pose.root_position_m
    top, _ = camera.project(root + half)
    bottom, _ = camera.project(root - half)
    return (top - bottom).norm(dim=-1)


def pose_scores(found: Detections, asked: AskedPose) -> dict[str, float]:
    """Compare what was found in the result with what was asked for.

    Returns:
        `pose_error`: mean distance of shoulders, elbows, wrists, hips, knees and ankles in per cent of the body's
        height, over those of which detector and request are confident; NaN without any. `nobody_found`: share of the
        frames in which the detector finds nobody.

    Raises:
        ValueError: the numbers of frames or the layouts differ, or a landmark is missing.
    """
    if found.landmarks_2d.xy_px.shape != asked.landmarks.xy_px.shape:
        raise ValueError(
            f"expected landmarks of {tuple(asked.landmarks.xy_px.shape[:2])} (frames, landmarks), "
            f"got {tuple(found.landmarks_2d.xy_px.shape[:2])}; detect all frames with the same detector"
        )
    found.layout.require(SCORED, "the error of the pose")
    rows = [found.layout.index(name) for name in SCORED]
    confidence = torch.minimum(found.landmarks_2d.confidence, asked.landmarks.confidence)
    seen = confidence[:, rows] > CONFIDENT
    distance = (found.landmarks_2d.xy_px - asked.landmarks.xy_px)[:, rows].norm(dim=-1) / asked.height_px[:, None]
    return {
        "pose_error": 100 * float(distance[seen].mean()) if seen.any() else float("nan"),
        "nobody_found": float((found.landmarks_2d.confidence.amax(1) == 0).float().mean()),
    }
