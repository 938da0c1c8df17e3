"""How far a result's pose is from the one that was asked for, by the landmarks that a detector finds in the result."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import mirrored
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.face_and_hands import FaceAndHands
from motion_transfer.domain.landmarks import Detections, LandmarkLayout, Landmarks2D
from motion_transfer.domain.value import value
from motion_transfer.evaluation.part_error import part_scores
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.fitting.quality import CONFIDENT, SCORED

BETTER = 0.5  # exchanged sides fit far better where they leave less than so much of the error
NOTABLE_PERCENT = 2.0  # of the height: smaller errors say nothing of sides


@value
class AskedPose:
    """Where a detector should find the landmarks.

    Attributes:
        height_px: of the person standing upright at the place of each frame.
        parts: face mesh and hand landmarks of the true frames; None where they are not known.
    """

    landmarks: Landmarks2D
    height_px: Float[Tensor, "frame"]
    parts: FaceAndHands | None = None


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
    return AskedPose(
        landmarks=detections.landmarks_2d,
        height_px=standing_height_px(body, motion, camera),
        parts=detections.parts,
    )


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
        height, over those of which detector and request are confident; NaN without any. `sides_exchanged`: share of
        the frames whose landmarks fit far better with left and right exchanged, as where a detector takes a back for a
        front. `pose_error_either_side`: the error when the labels of those frames are exchanged. `nobody_found`: share
        of the frames in which the detector finds nobody. And those of `part_scores`, where face and hands were looked
        for in both.

    Raises:
        ValueError: the numbers of frames or the layouts differ, or a landmark is missing.
    """
    rows = _scored_rows(found, asked)
    partners = [rows[index] for index in mirrored(SCORED)]
    distance, exchanged = _percent(found, asked, rows, rows), _percent(found, asked, partners, rows)
    by_frame, by_frame_exchanged = distance.nanmean(1), exchanged.nanmean(1)
    fits_exchanged = (by_frame_exchanged < BETTER * by_frame) & (by_frame > NOTABLE_PERCENT)
    return {
        "pose_error": float(distance.nanmean()),
        "pose_error_either_side": float(torch.where(fits_exchanged[:, None], exchanged, distance).nanmean()),
        "sides_exchanged": float(fits_exchanged.float().mean()),
        "nobody_found": float((found.landmarks_2d.confidence.amax(1) == 0).float().mean()),
        **(part_scores(found.parts, asked.parts) if found.parts is not None and asked.parts is not None else {}),
    }


def error_by_frame(found: Detections, asked: AskedPose) -> Float[np.ndarray, "frame"]:
    """`pose_error` of each frame, in per cent of the body's height; NaN where nothing is sure. Errors as above."""
    rows = _scored_rows(found, asked)
    return _percent(found, asked, rows, rows).nanmean(1).numpy()


def _scored_rows(found: Detections, asked: AskedPose) -> list[int]:
    if found.landmarks_2d.xy_px.shape != asked.landmarks.xy_px.shape:
        raise ValueError(
            f"expected landmarks of {tuple(asked.landmarks.xy_px.shape[:2])} (frames, landmarks), "
            f"got {tuple(found.landmarks_2d.xy_px.shape[:2])}; detect all frames with the same detector"
        )
    found.layout.require(SCORED, "the error of the pose")
    return [found.layout.index(name) for name in SCORED]


def _percent(
    found: Detections, asked: AskedPose, found_rows: list[int], asked_rows: list[int]
) -> Float[Tensor, "frame scored"]:
    """Distances in per cent of the height; NaN where detector or request is not confident."""
    apart = found.landmarks_2d.xy_px[:, found_rows] - asked.landmarks.xy_px[:, asked_rows]
    sure = torch.minimum(found.landmarks_2d.confidence[:, found_rows], asked.landmarks.confidence[:, asked_rows])
    distance = 100 * apart.norm(dim=-1) / asked.height_px[:, None]
    return distance.masked_fill(sure <= CONFIDENT, torch.nan)
