"""mediapipe's face detection model for short range (BlazeFace), which its wheel carries."""

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from motion_transfer.domain.video import Frame
from motion_transfer.landmarks.mediapipe_solution import mediapipe_solution
from motion_transfer.landmarks.silenced_stderr import silenced_stderr

LEAST_SCORE = 0.5
SHORT_RANGE = 0  # a face that fills a large part of the picture


class MediapipeFace:
    """Says whether a picture shows a face; made for pictures of one head each."""

    @contextlib.contextmanager
    def open(self) -> Iterator[partial[bool]]:
        """Open a session, as `FaceDetector` describes.

        Raises:
            ValueError: mediapipe is not installed.
        """
        with silenced_stderr():
            face_detection = mediapipe_solution("face_detection", "faces")
            with face_detection.FaceDetection(
                model_selection=SHORT_RANGE, min_detection_confidence=LEAST_SCORE
            ) as model:
                yield partial(_shows_face, model)


def _shows_face(model: Any, picture: Frame) -> bool:
    return bool(model.process(picture).detections)
