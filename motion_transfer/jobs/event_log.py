"""A listener that writes a run's events into a job's folder: JSON lines with times, and the newest preview."""

import json
import time
from pathlib import Path

import cv2
import numpy as np

from motion_transfer.domain.events import Event, PreviewPicture, StageAdvanced
from motion_transfer.jobs.progress import ATTEMPT
from motion_transfer.jobs.store import EVENTS, PREVIEW
from motion_transfer.progress import as_json

EVERY_S = 0.5  # at most so often it is noted that a stage has advanced
JPEG_QUALITY = 85


class EventLog:
    """Writes the events of one attempt at a job, behind those of attempts before.

    Args:
        folder: of the job.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        path = folder / EVENTS
        torn = path.exists() and not path.read_bytes().endswith(b"\n")  # by a kill in the middle of a line
        self._file = path.open("a", encoding="utf-8")
        self._advanced_s, self._previews = 0.0, 0
        if torn:
            self._file.write("\n")
        self._write({"event": ATTEMPT})

    def __call__(self, event: Event) -> None:
        if isinstance(event, StageAdvanced):
            now = time.monotonic()
            if event.fraction is None or (now - self._advanced_s < EVERY_S and event.fraction < 1):
                return
            self._advanced_s = now
        line = as_json(event)
        if isinstance(event, PreviewPicture):
            self._previews += 1
            _write_jpeg(self._folder / PREVIEW, event.rgb)
            line["number"] = self._previews
        self._write(line)

    def _write(self, line: dict[str, object]) -> None:
        self._file.write(json.dumps({"time_s": round(time.time(), 3), **line}) + "\n")
        self._file.flush()


def _write_jpeg(path: Path, rgb: np.ndarray) -> None:
    done, jpeg = cv2.imencode(".jpg", np.ascontiguousarray(rgb[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if done:
        fresh = path.with_name(f".{path.name}")
        fresh.write_bytes(jpeg.tobytes())
        fresh.replace(path)
