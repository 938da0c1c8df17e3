"""Held-out frames of a known person: only their pose is estimated; body, camera, texture and plate are kept."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from motion_transfer.domain.body_motion import Capture
from motion_transfer.domain.video import Video
from motion_transfer.fitting.estimation import after_registration
from motion_transfer.registration.crops import open_crops, write_crops
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.registration.photometric import register
from motion_transfer.registration.registrar import Registrar
from motion_transfer.registration.rerender import find_trusted

ITERATIONS = 4  # times those of learning, where each iteration also renews the texture and starts from a better pose


def register_held_out(
    folder: Path,
    video: Video,
    capture: Capture,
    learned: RegisteredFootage,
    registrar: Registrar,
    advance: Callable[[], None],
) -> RegisteredFootage:
    """Register every frame of a clip of a person who was learned from other frames.

    Args:
        folder: for the crops; needed no longer when the footage has been used.
        capture: the clip's, with the body and the camera that were learned.
        learned: from the other frames.
    """
    track = registrar.track(capture, px_per_pixel=learned.crops.track.px_per_pixel)
    frames, plate = list(range(len(capture.motion))), learned.crops.plate
    write_crops(folder, video, capture.detections.masks, track, frames, plate, advance)
    mapped = open_crops(folder, track, frames, plate)
    # The mattes, by which results are scored, are fixed here, before anything is painted.
    crops = replace(mapped, rgb=np.array(mapped.rgb), matte=np.array(mapped.matte))
    iterations = ITERATIONS * registrar.fit_appearance.iterations
    registered = capture
    if iterations:
        refine = registrar.fit_appearance.refine
        found = register(refine, capture, crops, learned.texture, iterations=iterations, advance=advance)
        registered = after_registration(found, capture)
    return RegisteredFootage(
        crops=crops,
        trusted=find_trusted(crops, learned.body, registered, learned.texture),
        texture=learned.texture,
        capture=registered,
        model=learned.model,
        digest=f"{learned.digest}-held-out",
    )
