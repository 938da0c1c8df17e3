"""Registration reports its progress from within the plate, and ends there when it is cancelled."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from known_clips import exact_detections as detect
from known_clips import known_camera, made_up_dance
from own_parts import OneColour, Sidestep

from motion_transfer.appearance.plate import sample_count
from motion_transfer.body.model import BodyModel
from motion_transfer.domain.body_motion import Capture
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.video import Video
from motion_transfer.fitting.estimation import complete_capture
from motion_transfer.registration.appearance_fit import AppearanceFitter
from motion_transfer.registration.person_masks import person_masks
from motion_transfer.registration.registrar import CropSettings, Registrar, read_plate


class CancelledHere(BaseException):
    """As `Cancelled` is, no `Exception`."""


@pytest.fixture
def capture(tiny_body: BodyModel) -> Capture:
    motion, camera = made_up_dance(tiny_body, seconds=0.4), known_camera()
    return complete_capture(tiny_body, motion.shape, motion.pose, camera, detect(tiny_body, motion, camera))


@pytest.fixture
def video(capture: Capture) -> Video:
    size, frames = capture.camera.size, len(capture.motion)
    grey = np.full((size.height, size.width, 3), 90, np.uint8)
    return Video(open_frames=lambda: iter([grey] * frames), size=size, fps=capture.motion.fps, frame_count=frames)


@pytest.fixture
def registrar(tiny_body: BodyModel) -> Registrar:
    fit = AppearanceFitter(
        refine=Sidestep(tiny_body, 0.0), iterations=0, texture_px=64, texture_views=2, clothing_views=2
    )
    crop = CropSettings(margin=0.1, smoothing_s=0.1, max_frames=10)
    return Registrar(fit_appearance=fit, inpaint=OneColour(7), crop=crop, resolution=64)


def cancel_at(call: int) -> tuple[Callable[[], None], list[int]]:
    calls: list[int] = []

    def advance() -> None:
        calls.append(len(calls) + 1)
        if len(calls) == call:
            raise CancelledHere

    return advance, calls


@pytest.mark.slow
def test_the_plate_advances_as_often_as_it_says_and_once_more_in_this_inpainter(
    registrar: Registrar, video: Video, capture: Capture, tmp_path: Path
) -> None:
    advance, calls = cancel_at(0)
    registrar.write_plate(tmp_path, video, capture, advance)
    assert len(calls) == registrar.plate_steps(video) + 1
    assert not read_plate(tmp_path).known.all()


@pytest.mark.slow
@pytest.mark.parametrize("where", ["masks", "samples", "strips", "inpainter"])
def test_cancellation_reaches_every_part_of_the_plate(
    registrar: Registrar, video: Video, capture: Capture, tmp_path: Path, where: str
) -> None:
    last = registrar.plate_steps(video)
    call = {"masks": 2, "samples": sample_count(video) + 2, "strips": last, "inpainter": last + 1}[where]
    advance, calls = cancel_at(call)
    with pytest.raises(CancelledHere):
        registrar.write_plate(tmp_path, video, capture, advance)
    assert len(calls) == call
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_only_frames_that_are_read_have_the_body_drawn_on_their_masks(
    registrar: Registrar, video: Video, capture: Capture, tmp_path: Path
) -> None:
    """In a long clip they are few."""
    advance, calls = cancel_at(0)
    model = registrar.fit_appearance.refine.model
    nobody = np.zeros((capture.detections.masks.size.height, capture.detections.masks.size.width), np.uint8)
    blind = Masks(
        compressed=tuple(Masks.compress(nobody) for _ in range(len(capture.motion))), size=capture.detections.masks.size
    )
    unseen = replace(capture, detections=replace(capture.detections, masks=blind))
    masks = person_masks(unseen, model, [0, 3], advance)
    assert [bool(masks[frame].any()) for frame in range(5)] == [True, False, False, True, False]
    assert len(calls) == 2
    registrar.write_plate(tmp_path, video, capture, lambda: None)
    calls.clear()
    registrar.write_crops(tmp_path, video, capture, read_plate(tmp_path), advance)
    assert len(calls) == registrar.crop_steps(capture)
