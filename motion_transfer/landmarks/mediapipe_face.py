"""mediapipe's face detection model for short range (BlazeFace), which its wheel carries."""

import contextlib
import logging
from collections.abc import Iterator
from functools import partial
from typing import Any

from motion_transfer.domain.video import Frame
from motion_transfer.landmarks.silenced_stderr import silenced_stderr
from motion_transfer.landmarks.whole_import import import_whole

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
        logging.getLogger("absl").setLevel(logging.ERROR)
        with silenced_stderr():
            try:
                face_detection: Any = import_whole("mediapipe.python.solutions.face_detection")
            except ModuleNotFoundError as missing:
                raise ValueError(
                    "expected the package mediapipe to find faces with, but it is not installed; install it"
                ) from missing

            with face_detection.FaceDetection(
                model_selection=SHORT_RANGE, min_detection_confidence=LEAST_SCORE
            ) as model:
                yield partial(_shows_face, model)


def _shows_face(model: Any, picture: Frame) -> bool:
    return bool(model.process(picture).detections)
