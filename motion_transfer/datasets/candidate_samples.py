"""Candidates of a training sample: other frames of the footage, warped to the sample's pose in its window."""

from functools import cache

import numpy as np
import torch
from torch import Tensor

from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.video import ImageSize
from motion_transfer.references.collection import sharpness
from motion_transfer.references.driven_frames import driven_frame, surface_parts
from motion_transfer.references.frames import ReferencePicture, foreground_colours
from motion_transfer.references.selection import coverage, greedy_cover, surface_views
from motion_transfer.references.settings import ReferenceSettings
from motion_transfer.references.similarity import joint_angles_deg
from motion_transfer.references.views import ReferenceView, reference_view
from motion_transfer.references.warped_pictures import warped_pictures
from motion_transfer.references.warping import warp
from motion_transfer.registration.footage import RegisteredFootage, posed_in

COUNT = 6  # candidates of a sample: fewer than in use, so that learning is fast
FAR_PROBABILITY = 0.5  # of samples that are painted from far poses only, as in use
FAR_DEG = 8.0, 35.0  # how far


class CandidateSampler:
    """Warps crops of registered footage to other poses.

    Args:
        crops: indices of those that may be references.
    """

    def __init__(self, footage: RegisteredFootage, crops: list[int], settings: ReferenceSettings) -> None:
        self.footage, self.crops, self.settings = footage, crops, settings
        self.sharpness = torch.from_numpy(sharpness(footage, crops))
        self.numbers = np.array([footage.crops.frames[index] for index in crops])
        self.body, self.parts = footage.body, surface_parts(footage.model)
        self.views = surface_views(self.body, footage.motion_at(crops).pose, footage.capture.camera)
        self.view, self.picture = cache(self._view), cache(self._picture)

    def __call__(
        self,
        pose: BodyPose,
        number: int,
        window_from_frame: np.ndarray,
        size: ImageSize,
        draw: np.random.Generator | None,
    ) -> dict[str, Tensor]:
        """Warp a few references to a pose; neither the frame of this number nor its neighbours in time.

        Args:
            pose: of one frame.
            draw: decides whether only far poses may be used; None takes the best ones.
        """
        footage, camera = self.footage, self.footage.capture.camera
        rows = self._allowed(pose, number, draw)
        rgb = torch.zeros(COUNT, 3, size.height, size.width)
        alpha, confidence = torch.zeros(2, COUNT, size.height, size.width).unbind()
        if not rows:
            return {"candidate_rgb": rgb, "candidate_alpha": alpha, "candidate_confidence": confidence}
        body = self.body.posed(pose, fingers=False)
        driven = driven_frame(
            body, camera, window_from_frame, size, self.settings.reach * footage.crops.track.size.height, self.parts
        )
        views = [self.view(row) for row in rows]
        found = warp(
            driven,
            views,
            footage.model.weights,
            tolerance_deg=self.settings.tolerance_deg,
            sharpness=self.sharpness[rows],
            softness=1,
        )
        affines = [footage.crops.track.window_from_frame(self.crops[row]) for row in rows]
        seen = warped_pictures(found, [self.picture(row) for row in rows], affines, cells=1)
        count = len(rows)
        rgb[:count], alpha[:count] = torch.from_numpy(seen.rgb), torch.from_numpy(seen.alpha)
        confidence[:count] = torch.from_numpy(seen.confidence)
        return {"candidate_rgb": rgb, "candidate_alpha": alpha, "candidate_confidence": confidence}

    def _allowed(self, pose: BodyPose, number: int, draw: np.random.Generator | None) -> list[int]:
        """Rows of the references that together show the pose best, among those that may be used."""
        apart = self.settings.apart_s * float(self.footage.capture.motion.fps)
        free = np.abs(self.numbers - number) > apart
        driven = surface_views(self.body, pose, self.footage.capture.camera)
        if draw is not None and draw.random() < FAR_PROBABILITY:
            angles = joint_angles_deg(driven.turned.expand_as(self.views.turned), self.views.turned).mean(1).numpy()
            far = free & (angles > draw.uniform(*FAR_DEG))
            free = far if far.sum() >= COUNT else free
        rows = np.flatnonzero(free)
        if not len(rows):
            return []
        worth = coverage(
            driven, self.views.at(rows.tolist()), self.sharpness[rows][:, None], self.body, self.settings.tolerance_deg
        )
        return [int(rows[row]) for row in greedy_cover(worth, COUNT)]

    def _view(self, row: int) -> ReferenceView:
        index, track = self.crops[row], self.footage.crops.track
        left, top = track.top_left_px[index].tolist()
        body = posed_in(self.footage.capture, self.body, self.footage.crops.frames[index])
        scale, picture = track.px_per_pixel, self.picture(row)
        return reference_view(
            body, self.footage.capture.camera, (left, top), picture, scale, scale, self.parts.part_of_face
        )

    def _picture(self, row: int) -> ReferencePicture:
        crops, index = self.footage.crops, self.crops[row]
        rgb, alpha = np.asarray(crops.rgb[index]), crops.alpha(index)
        return ReferencePicture(
            foreground=foreground_colours(rgb, alpha, crops.crop(index, crops.plate.rgb)),
            matte=np.asarray(crops.matte[index]),
            trusted=np.asarray(self.footage.trusted[index]),
        )
