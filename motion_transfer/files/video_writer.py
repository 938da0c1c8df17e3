"""Frames -> MP4 with H.264 that any player shows, with the sound of another file.

A video appears under its name only when it is complete.
"""

import errno
import logging
import os
import secrets
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream
from jaxtyping import UInt8

from motion_transfer.domain.video import Cut, ImageSize
from motion_transfer.files.decoding import BT709
from motion_transfer.files.replacing import NO_ROOM, replacing
from motion_transfer.files.sound import SoundTrack

ORIGIN = "synthetic: made by motion_transfer"
CRF = 15  # visually lossless
LIMITED_RANGE = 1
LONGEST_ENDING = ".report.json"
PRESET = "veryfast"  # half the time of "fast"; the loss stays near 46 dB

log = logging.getLogger(__name__)


class VideoWriter:
    """Writes frames to an MP4 file; used with `with`.

    H.264, 4:2:0, BT.709, index in front so that it plays while it loads, the exact frame rate, and a comment in the
    metadata that says that the video is synthetic. Odd sizes, which 4:2:0 cannot hold, get one more column or row
    that repeats the edge. The sound is copied packet by packet where MP4 holds its codec, else made AAC; it ends with
    the picture. If the block raises, nothing is left and an older file of that name stays.

    Attributes:
        notes: what had to be changed, each in one sentence for the report.
    """

    def __init__(
        self,
        path: Path,
        *,
        size: ImageSize,
        fps: Fraction,
        audio_source: Path | None = None,
        cuts: tuple[Cut, ...] = (),
        details: str = "",
    ) -> None:
        check_writable(path)
        if fps <= 0 or size.height < 1 or size.width < 1:
            raise ValueError(f"expected a positive size and frame rate, got {size} at {fps}; give those of the video")
        self.path = path
        self.notes: list[str] = []
        self._size = size
        self._fps = fps
        self._audio_source, self._cuts = audio_source, cuts
        self._comment = f"{ORIGIN} {details}".strip()
        self._padding = (size.height % 2, size.width % 2)
        self._count = 0
        self._stack = ExitStack()

    def __enter__(self) -> "VideoWriter":
        with ExitStack() as stack:  # undone if anything here fails
            temporary = stack.enter_context(replacing(self.path))
            self._container = av.open(str(temporary.absolute()), "w", format="mp4", options={"movflags": "+faststart"})
            stack.push(self._close_after_failure)
            self._container.metadata["comment"] = self._comment
            self._stream = self._video_stream()
            self._sound = None
            if self._audio_source is not None:
                self._sound = stack.enter_context(SoundTrack(self._audio_source, self._container, self._cuts))
            self._stack = stack.pop_all()
        if any(self._padding):
            padded = f"{self._stream.width}x{self._stream.height}"
            self.notes.append(f"H.264 needs even sizes; {self._size} was padded to {padded}.")
        return self

    def write(self, frame: UInt8[np.ndarray, "height width 3"]) -> None:
        """Append one RGB frame.

        Raises:
            ValueError: the frame has another size or type than announced.
            OSError: the disk is full.
        """
        expected = (self._size.height, self._size.width, 3)
        if frame.shape != expected or frame.dtype != np.uint8:
            raise ValueError(
                f"expected a uint8 frame of shape {expected}, got {frame.dtype} {frame.shape}; resize it before writing"
            )
        below, right = self._padding
        if below or right:
            frame = np.pad(frame, ((0, below), (0, right), (0, 0)), mode="edge")
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
        coded = picture.reformat(format="yuv420p", dst_colorspace=BT709, interpolation=Interpolation.AREA)
        coded.pts, coded.time_base = self._count, 1 / self._fps
        self._count += 1
        try:
            self._container.mux(self._stream.encode(coded))
            if self._sound is not None:
                self._sound.copy_until(self._count / self._fps)
        except FFmpegError as failure:
            raise _as_os_error(failure, self.path) from failure

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._stack.__exit__(kind, error, trace)
            return
        with self._stack:
            self._finish()

    def _finish(self) -> None:
        if self._count == 0:
            raise ValueError(f"expected at least one frame for {self.path}, got none; write frames before closing")
        try:
            self._container.mux(self._stream.encode(None))
            if self._sound is not None:
                self.notes.extend(self._sound.notes)
            self._container.close()
        except FFmpegError as failure:
            raise _as_os_error(failure, self.path) from failure

    def _close_after_failure(self, kind: type[BaseException] | None, *_: object) -> None:
        """Closing a broken file may fail too, which must not hide why it broke."""
        try:
            self._container.close()
        except FFmpegError as failure:
            if kind is None:
                raise _as_os_error(failure, self.path) from failure
            log.debug("closing the unfinished %s failed: %s", self.path, failure)

    def _video_stream(self) -> VideoStream:
        options = {"crf": str(CRF), "preset": PRESET}
        stream = self._container.add_stream("libx264", rate=self._fps, options=options)
        stream.height = self._size.height + self._padding[0]
        stream.width = self._size.width + self._padding[1]
        stream.pix_fmt = "yuv420p"
        stream.time_base = 1 / self._fps
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED_RANGE
        return stream


def check_writable(path: Path, *, suffix: str = ".mp4") -> None:
    """Fail now rather than after hours of work if a result cannot be written at `path`; makes the folder.

    Raises:
        ValueError: the suffix is another one, or a folder has that name.
        OSError: the folder cannot be made or written to.
    """
    if path.suffix.lower() != suffix:
        raise ValueError(f"expected an output file that ends in {suffix}, got {path}; change its suffix")
    if path.is_dir():
        raise ValueError(f"expected an output file, got the folder {path}; name a file in it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as failure:
        raise ValueError(f"expected a folder for {path}, got a file in its way; choose another place") from failure
    except OSError as failure:
        raise _not_writable(path.parent, failure) from failure
    if not os.access(path.parent, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise _not_writable(path, PermissionError(errno.EACCES, "permission denied"))
    _probe(path)


def _probe(path: Path) -> None:
    """Write a byte beside the path: permissions alone do not tell, as the disk may be full or mounted read-only."""
    # As long as the longest name beside the result, that of its report: names on the way are shorter.
    # No file or link is written through.
    longest = len(os.fsencode(f"{path.stem}{LONGEST_ENDING}"))
    probe = path.with_name(f".probe-{secrets.token_hex(16)}".ljust(longest, "-"))
    try:
        file = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as failure:
        raise _not_writable(path if failure.errno == errno.ENAMETOOLONG else path.parent, failure) from failure
    try:
        os.write(file, b"\0")
    except OSError as failure:
        raise _not_writable(path.parent, failure) from failure
    finally:
        os.close(file)
        probe.unlink(missing_ok=True)


def _not_writable(path: Path, failure: OSError) -> OSError:
    reason = (failure.strerror or "unknown reason").lower()
    return type(failure)(failure.errno, f"expected a place to write to, got {path} ({reason}); choose another place")


def _as_os_error(failure: FFmpegError, path: Path) -> OSError:
    if failure.errno in NO_ROOM:
        return OSError(failure.errno, os.strerror(failure.errno))  # `replacing` says the rest
    return OSError(failure.errno or errno.EIO, f"expected to write {path}, got {failure.strerror}; check the disk")
