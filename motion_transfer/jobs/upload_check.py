"""The process that looks through an uploaded file: `python -m motion_transfer.jobs.upload_check STORE UPLOAD LIMITS`.

Whatever a crafted file does to a decoder, it does here, with little memory, little time and nothing to lose. What reads
one kind of file is imported only for it, because imports take longer than the look.
"""

import json
import resource
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from motion_transfer.configuration.mistakes import USER_MISTAKES, one_line
from motion_transfer.jobs.gallery import unpack
from motion_transfer.jobs.store import Store
from motion_transfer.jobs.uploads import CHECKED, FOOTAGE, MOTION, POSTER, Upload, UploadLimits, Uploads

POSTER_PX = 240
MB = 1 << 20


def check_upload(store: Store, uploads: Uploads, id: str) -> Upload:
    """Read an uploaded file as a job would, and note what it is or why it cannot be used."""
    upload = uploads.get(id)
    path = uploads.path(upload)
    try:
        if upload.kind == FOOTAGE:
            checked = replace(upload, facts=_look_at(path, uploads.poster(id), uploads.limits))
        elif upload.kind == MOTION:
            checked = replace(upload, facts=_read(path, uploads.limits))
        else:
            checked = replace(upload, performer=_take(store, upload, path), facts="in the gallery")
    except (*USER_MISTAKES, MemoryError, RuntimeError) as mistake:
        uploads.refuse(id, one_line(mistake).replace(str(path), upload.title).replace(path.name, upload.title))
        return uploads.get(id)
    checked = replace(checked, state=CHECKED)
    uploads.note(checked)
    return checked


def _look_at(path: Path, poster: Path, limits: UploadLimits) -> str:
    from motion_transfer.files.clips import open_clip

    video = open_clip(path).video
    seconds = len(video) / float(video.fps)
    _check_length(seconds, limits)
    _draw_poster(next(iter(video)), poster)
    return f"{seconds:.1f} s, {video.size}, {float(video.fps):.4g} frames/s"


def _read(path: Path, limits: UploadLimits) -> str:
    from motion_transfer.body.tiny_body import tiny_body
    from motion_transfer.motion_files.motion_reader import MotionReader

    motion = MotionReader().open(path).on_body(tiny_body())
    seconds = len(motion) / float(motion.fps)
    _check_length(seconds, limits)
    return f"{seconds:.1f} s of motion"


def _draw_poster(rgb: np.ndarray, poster: Path) -> None:
    """Write a picture, made small, as JPEG."""
    width = max(1, round(rgb.shape[1] * POSTER_PX / rgb.shape[0]))
    small = cv2.resize(rgb, (width, POSTER_PX), interpolation=cv2.INTER_AREA)
    done, jpeg = cv2.imencode(".jpg", small[..., ::-1])
    if done:
        poster.write_bytes(jpeg.tobytes())


def _check_length(seconds: float, limits: UploadLimits) -> None:
    if seconds > limits.max_length_s:
        raise ValueError(f"expected at most {limits.max_length_s:g} s, got {seconds:.0f} s; cut the clip")


def _take(store: Store, upload: Upload, path: Path) -> str:
    """Put a packed performer into the gallery, if it loads as one of our own would."""
    from motion_transfer.performers.storage import load_performer

    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        fresh, poster = Path(folder) / "performer", Path(folder) / POSTER
        unpack(path, fresh)
        _draw_poster(load_performer(fresh).plate.rgb, poster)
        taken = store.gallery.keep(fresh, upload.title, poster)
    path.unlink()
    return taken


def main(words: list[str]) -> None:
    """Check the upload that the words name, with the limits in JSON."""
    limits = UploadLimits(**json.loads(words[2]))
    seconds = int(limits.check_s)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    most_bytes = int(limits.check_memory_mb * MB)
    resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, most_bytes))
    store = Store(Path(words[0]))
    check_upload(store, Uploads(store.root / "uploads", limits), words[1])


if __name__ == "__main__":
    main(sys.argv[1:])
