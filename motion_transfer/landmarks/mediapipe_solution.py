"""mediapipe's solutions, loaded when they are first needed, and told in one line where they are missing."""

import logging
from typing import Any

from motion_transfer.landmarks.whole_import import import_whole


def mediapipe_solution(name: str, purpose: str) -> Any:
    """Import one of mediapipe's solutions.

    Args:
        name: such as `pose`.
        purpose: what it is needed for, for the error.

    Raises:
        ValueError: mediapipe is not installed.
    """
    logging.getLogger("absl").setLevel(logging.ERROR)
    try:
        return import_whole(f"mediapipe.python.solutions.{name}")
    except ModuleNotFoundError as missing:
        raise ValueError(
            f"expected the package mediapipe to find {purpose} with, but it is not installed; install it, "
            "or run `prepare` on a machine that has it and take its folder along"
        ) from missing
