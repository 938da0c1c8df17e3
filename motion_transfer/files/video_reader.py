"""Path -> Video: frames streamed from disk in RGB, upright, at a constant rate; nothing is held in memory."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from jaxtyping import Float

from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.files.decoding import (
    REMEDY,
    Damage,
    declared_duration_s,
    decoded,
    deinterlaced,
    display_matrix,
    is_known,
    is_still,
    pixel_aspect,
    time_s,
    track_notes,
    upright_rgb,
    video_stream,
)
from motion_transfer.files.reading import UnreadableFileError, reading
from motion_transfer.files.timing import Gaps, Timing, constant_rate

NOT_SQUARE = 0.01  # by which the sides of a pixel differ
HDR_TRANSFERS = (16, 18)  # SMPTE 2084 and ARIB STD-B67
NEARLY_ALL = 95  # per cent
ONE_RATE = 0.02  # by which rates of clips of one camera may differ
DIGEST_BYTES = 16


@dataclass(frozen=True)
class _Survey:
    """What one pass over the file found. Times in seconds; NaN where a frame carries none."""

    coded_size: ImageSize
    matrix: np.ndarray
    times_s: Float[np.ndarray, "decoded"]
    tick_s: float
    declared_fps: Fraction | None
    declared_duration_s: float | None
    failures: int
    stopped_early: bool
    has_audio: bool
    interlaced: bool
    notes: tuple[str, ...]


def open_video(path: Path, *, max_frames: int | None = None, gaps: Gaps = "hold") -> Video:
    """Read what a video file holds and return its frames as a stream.

    The file is decoded once here, so that the number of frames is exact whatever the container announces. Frames that
    do not decode are left out and noted. The rate is the usual one between two frames; where the file has none for a
    time, the frame before is repeated or, with `gaps="cut"`, that time is left out. Interlaced footage is deinterlaced.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a folder, no video, sound only, a still picture, or nothing in it decodes.
    """
    if max_frames is not None and max_frames < 1:
        raise ValueError(f"expected max_frames of 1 or more, got {max_frames}; leave it out to read the whole video")
    with reading("a video", path, remedy=REMEDY):
        survey = _survey(path, max_frames)
        timing = constant_rate(survey.times_s, survey.tick_s, survey.declared_fps, gaps)
    picks = timing.picks[:max_frames]
    coded = survey.coded_size
    turned = not survey.matrix[0, 0]
    size = ImageSize(height=coded.width, width=coded.height) if turned else coded
    return Video(
        open_frames=partial(_stream, path, survey, picks),
        size=size,
        fps=timing.fps,
        frame_count=len(picks),
        audio_source=path if survey.has_audio else None,
        notes=(*survey.notes, *_damage_notes(survey, timing), *timing.notes),
        cuts=timing.cuts,
    )


def clip_range(video: Video, start: int, stop: int) -> Video:
    """Frames `start` to `stop` (not included) of a video, lazily: nothing after `stop` is decoded.

    The sound stays only with a range that starts at the first frame, because it is stored by file, not by time.

    Raises:
        ValueError: the range is empty or reaches out of the video.
    """
    if not 0 <= start < stop <= video.frame_count:
        raise ValueError(f"expected 0 <= start < stop <= {video.frame_count} frames, got {start} and {stop}; mend them")
    return replace(
        video,
        open_frames=partial(_slice, video, start, stop),
        frame_count=stop - start,
        audio_source=video.audio_source if start == 0 else None,
    )


def content_digest(path: Path) -> str:
    """BLAKE2b digest of the file's bytes, 32 hexadecimal digits: the same for a copy under another name."""
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _slice(video: Video, start: int, stop: int) -> Iterator[np.ndarray]:
    return islice(iter(video), start, stop)


def _survey(path: Path, max_frames: int | None) -> _Survey:
    damage = Damage()
    times, notes = [], []
    with video_stream(path) as (container, stream):
        notes += track_notes(container, stream)
        still = is_still(container)
        aspect = pixel_aspect(stream)
        first = None
        sizes, interlaced = set(), 0
        # Two at least, which tells a still picture from a video.
        for frame in islice(decoded(container, stream, damage), max_frames and max(max_frames, 2)):
            first = first or frame
            sizes.add((frame.width, frame.height))
            times.append(time_s(container, frame))
            interlaced += frame.interlaced_frame
        if first is None:
            raise UnreadableFileError(
                f"expected a video, got {path}, of which no frame decodes ({stream.codec_context.name}, "
                f"{damage.failures} failures); export it again as MP4 with H.264"
            )
        if still and len(times) == 1:
            raise UnreadableFileError(
                f"expected a video, got {path}, which is a still picture: it shows no motion, and of a "
                "person too little to learn from; film a clip, or give a folder of pictures with fps=25"
            )
        coded = ImageSize(height=first.height, width=first.width)
        if abs(aspect - 1) > NOT_SQUARE:
            coded = ImageSize(height=first.height, width=max(round(first.width * aspect), 1))
            notes.append(f"The pixels are not square ({aspect:.3f}); frames were widened to {coded}.")
        if len(sizes) > 1:
            notes.append(f"The size changes on the way; all frames were scaled to {coded}.")
        if first.color_trc in HDR_TRANSFERS:
            notes.append("The video is HDR; its colours were not mapped to standard range and may look pale.")
        combed = 2 * interlaced > len(times)
        if combed:
            notes.append("The footage is interlaced; it was deinterlaced (bwdif).")
        sound = container.streams.audio
        heard = any(map(is_known, sound))
        if sound and not heard:
            notes.append("The sound is of a codec that is not known here; results will be silent.")
        tick = float(stream.time_base or 0)
        return _Survey(
            coded_size=coded,
            matrix=display_matrix(first),
            times_s=np.array(times),
            tick_s=tick,
            declared_fps=stream.average_rate or stream.guessed_rate,
            declared_duration_s=declared_duration_s(stream),
            failures=damage.failures,
            stopped_early=max_frames is not None and len(times) >= max_frames,
            interlaced=combed,
            has_audio=heard,
            notes=tuple(notes),
        )


def _damage_notes(survey: _Survey, timing: Timing) -> tuple[str, ...]:
    """What did not decode, by the failures and by the length that the file announces."""
    shown = count = len(survey.times_s)
    if survey.stopped_early or timing.cuts:
        expected = count + survey.failures
    elif survey.declared_duration_s is not None:
        expected, shown = round(survey.declared_duration_s * float(timing.fps)), len(timing.picks)
    else:
        expected = count
    # The duration of the last frame is often left out: as long as nearly all others last at the most.
    last = int(np.percentile(np.bincount(timing.picks), NEARLY_ALL))
    if survey.failures == 0 and expected <= shown + max(last, 1):
        return ()
    return (f"The file is damaged: {count} of about {max(expected, count)} frames decode and are used.",)


def _stream(path: Path, survey: _Survey, picks: np.ndarray) -> Iterator[np.ndarray]:
    """Decode again from the start and yield frame `picks[i]` of those that decode, for every i."""
    repeats = np.bincount(picks)
    produced = 0
    with reading("a video", path, remedy=REMEDY), video_stream(path) as (container, stream):
        frames = decoded(container, stream, Damage())
        frames = deinterlaced(frames) if survey.interlaced else frames
        for repeat, frame in zip(repeats, frames, strict=False):  # this order, to decode none too many
            if repeat:
                rgb = upright_rgb(frame, survey.coded_size, survey.matrix)
                for again in range(repeat):
                    produced += 1
                    yield rgb if again == repeat - 1 else rgb.copy()
    if produced != len(picks):
        raise ValueError(
            f"expected {len(picks)} frames as on the first pass, got {produced} from {path}; the file has changed "
            f"or its disk fails: start again"
        )


def join_videos(videos: list[Video]) -> Video:
    """Several clips of one place, one after the other.

    Raises:
        ValueError: they differ in size, or in frame rate by more than 2 %, or there are none.
    """
    if not videos:
        raise ValueError("expected at least one video, got none; name some")
    first = videos[0]
    for video in videos[1:]:
        if str(video.size) != str(first.size) or abs(float(video.fps / first.fps) - 1) > ONE_RATE:
            raise ValueError(
                f"expected clips of one size and rate, got {first.size} at {float(first.fps):g} and {video.size} at "
                f"{float(video.fps):g} frames/s; convert them or learn from one of them"
            )

    def frames() -> Iterator[np.ndarray]:
        for video in videos:
            yield from video.open_frames()

    return Video(
        open_frames=frames,
        size=first.size,
        fps=first.fps,
        frame_count=sum(len(video) for video in videos),
        audio_source=None,
        notes=tuple(note for video in videos for note in video.notes),
    )
