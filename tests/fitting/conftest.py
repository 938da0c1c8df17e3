"""A made-up dance of the capsule body, and what a perfect detector sees of it."""

import pytest
from known_clips import exact_detections, known_camera, made_up_dance

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.landmarks import Detections


@pytest.fixture(scope="session")
def truth(tiny_body: BodyModel) -> BodyMotion:
    return made_up_dance(tiny_body)


@pytest.fixture(scope="session")
def detections(tiny_body: BodyModel, truth: BodyMotion) -> Detections:
    return exact_detections(tiny_body, truth, known_camera())
