"""Frames that a performer was not taught from, made ready to be compared: only their pose is estimated from them."""

import tempfile
from pathlib import Path

import numpy as np

from motion_transfer.datasets.footage import Footage, open_footage, write_footage
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.video import Video
from motion_transfer.fitting.estimation import KnownPerson, MotionEstimator, after_registration
from motion_transfer.performers.look import Look, find_trusted, write_mattes
from motion_transfer.performers.preparation import Preparation
from motion_transfer.performers.registration import register
from motion_transfer.performers.teaching import TrainingSet

MORE_ROUNDS = 4  # times those of learning, where every round also renews the texture and starts from a better pose


def lesson_of_unseen(
    video: Video, detections: Detections, taught: TrainingSet, estimator: MotionEstimator, prepare: Preparation
) -> TrainingSet:
    """Fit and register the pose of the clip with shape, thickness, camera, texture and plate as they were learned."""
    refine, capture = prepare.look.refine, taught.look.capture
    person = KnownPerson(shape=capture.motion.shape, camera=capture.camera)
    seen = estimator(video, detections, person=person, advance=lambda: None)
    window = prepare.window(seen, px_per_pixel=taught.footage.window.px_per_pixel)
    numbers = list(range(len(seen.motion)))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_footage(folder, video, detections.masks, window, numbers)
        mapped = open_footage(folder, window, numbers)
        write_mattes(folder / "alpha.npy", mapped, taught.plate)
        # The scoring masks are fixed here, before anything is painted.
        alpha = np.load(folder / "alpha.npy")
        footage = Footage(
            frame_indices=mapped.frame_indices, window=window, rgb=np.array(mapped.rgb), mask=np.array(mapped.mask)
        )
    rounds = MORE_ROUNDS * prepare.look.rounds
    if rounds:
        found = register(refine, seen, footage, alpha, taught.plate, taught.look.texture, rounds=rounds)
        seen = after_registration(found, seen)
    trusted = find_trusted(refine.model, seen, footage, alpha, taught.plate, taught.look.texture)
    return TrainingSet(
        footage=footage,
        alpha=alpha,
        trusted=trusted,
        plate=taught.plate,
        look=Look(capture=seen, texture=taught.look.texture),
        model=taught.model,
        condition=taught.condition,
    )
