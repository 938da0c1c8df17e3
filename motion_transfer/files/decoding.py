"""Path -> decoded pictures in the order they are shown: PyAV, damaged parts left out, upright, square pixels, RGB."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import ArgumentError, FFmpegError
from av.filter import Graph
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from jaxtyping import UInt8

from motion_transfer.domain.video import ImageSize
from motion_transfer.files.reading import UnreadableFileError, reading

BT709 = 1
BT601 = 5
UNSPECIFIED = 2
STILL_FORMATS = ("image2", "gif", "apng", "webp", "_pipe")
# What holds all of its content. Left out are lists of other files, text that ffmpeg draws as a terminal, and devices.
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,h264,hevc,av1,obu,ivf,m4v,mjpeg"
FORMATS += ",mxf,nut,dv,rm,vc1,gif,apng,webp,wav,w64,aiff,caf,au,mp3,flac,aac,ac3,eac3,amr"
FORMATS += ",png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe"
REMEDY = "export it again as MP4 with H.264"
MOST_PIXELS = 1 << 26  # twice those of 8K
UNTIMED_FORMATS = ("avi", "h264", "hevc", "m4v", "mjpeg")  # these hold a rate and no times; ffmpeg's guesses mislead
TICK = Fraction(1, 90000)  # of the clock that frames have within a filter
FLUSH_ATTEMPTS = 64  # every decoding thread may report one failure of its own at the end


def open_media(path: Path, what: str) -> InputContainer:
    """Open a file of pictures or sound that holds all of it: a playlist would have other files opened.

    Args:
        what: what the file should be, for the error.

    Raises:
        FileNotFoundError: there is no such file.
        PermissionError: the file may not be read.
        ValueError: it has no format that is read.
    """
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    with reading(what, path, remedy=REMEDY):
        if path.stat().st_size == 0:
            raise UnreadableFileError(
                f"expected {what}, got {path}, which is empty (0 bytes); copy or download it again"
            )
        try:
            # An absolute path, because ffmpeg takes a name such as "a:b.mp4" for an address on the network.
            return av.open(str(path.absolute()), options=options)
        except PermissionError as refused:
            raise PermissionError(f"expected {what}, got no permission for {path}; change its mode") from refused
        except ArgumentError as refused:
            raise UnreadableFileError(
                f"expected {what}, got {path}, which is text, a list of other files or of a format that is not read; "
                "give an .mp4, .mov, .mkv, .webm or .avi"
            ) from refused
        except FFmpegError as broken:
            raise UnreadableFileError(
                f"expected {what}, got {path}, which has no container that ffmpeg knows (perhaps the download or the "
                f"recording was cut off); {REMEDY}"
            ) from broken


def comment_of(path: Path) -> str:
    """The comment in a video's metadata; errors as for `open_media`."""
    with open_media(path, "a video") as container:
        return container.metadata.get("comment", "")


@contextmanager
def video_stream(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open the file and find its moving picture (cover art of a sound file is none).

    Raises:
        FileNotFoundError: there is no such file.
        PermissionError: the file may not be read.
        ValueError: the file is no video, has no video track, or one of too large pictures.
    """
    with open_media(path, "a video") as container:
        moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
        if not moving:
            has = "only sound" if container.streams.audio else "no video track"
            raise UnreadableFileError(f"expected a video, got {path}, which holds {has}; give a file with a picture")
        stream = _main_track(moving)
        if not is_known(stream):
            raise UnreadableFileError(
                f"expected a video, got {path}, for whose picture there is no decoder here (encrypted, or of an "
                f"unknown codec); {REMEDY}, from a copy that is not protected"
            )
        _limit_pixels(stream, path)
        stream.thread_type = "SLICE"  # threads that decode whole frames drop other ones of a damaged file each time
        yield container, stream


def _main_track(tracks: list[VideoStream]) -> VideoStream:
    """Of several tracks the one that the file marks as its default, among several of these the largest."""
    known = [track for track in tracks if is_known(track)]
    marked = [track for track in known if track.disposition & Disposition.default]
    sized = marked if len(marked) == 1 else marked or known or tracks
    return max(sized, key=lambda track: track.width * track.height if is_known(track) else 0)


def track_notes(container: InputContainer, taken: VideoStream) -> list[str]:
    """That a file has several pictures, in one sentence."""
    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if len(moving) < 2:
        return []
    size = f"{taken.width}x{taken.height}"
    return [f"The file has {len(moving)} video tracks; track {moving.index(taken) + 1} ({size}) is used."]


def _limit_pixels(stream: VideoStream, path: Path) -> None:
    """Refuse large pictures before memory is taken for one, also where the size changes on the way."""
    context = stream.codec_context
    width, height = context.width, context.height  # 0 where the file does not say before the first frame
    if width * height > MOST_PIXELS:
        raise UnreadableFileError(
            f"expected a video of at most {MOST_PIXELS} pixels, got {path} of {width}x{height}; scale it down"
        )
    context.options = {**context.options, "max_pixels": str(MOST_PIXELS)}


@dataclass
class Damage:
    """What could not be decoded so far."""

    failures: int = 0


def decoded(container: InputContainer, stream: VideoStream, damage: Damage) -> Iterator[VideoFrame]:
    """All frames that decode, in the order they are shown; failures are counted in `damage`, never raised."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except FFmpegError:
            damage.failures += 1
            return
        for _ in range(FLUSH_ATTEMPTS if packet.size == 0 else 1):
            try:
                frames = packet.decode()
            except EOFError:
                break
            except FFmpegError:
                damage.failures += 1
                continue
            for frame in frames:
                if frame.is_corrupt:
                    damage.failures += 1
                else:
                    yield frame  # pyright: ignore[reportReturnType] - a video packet decodes to video frames
            break


def deinterlaced(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    """Interlaced frames as whole pictures, one for each (Bob Weaver deinterlacing, ffmpeg's bwdif); others stay."""
    graph: Graph | None = None
    for frame in frames:
        if graph is None:
            graph = Graph()
            graph.link_nodes(
                graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=TICK),
                graph.add("bwdif", "mode=send_frame:deint=interlaced"),
                graph.add("buffersink"),
            ).configure()
        frame.pts, frame.time_base = None, TICK
        graph.push(frame)
        yield from _pulled(graph)
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[VideoFrame]:
    """The frames that a graph has ready."""
    while True:
        try:
            yield graph.pull()  # pyright: ignore[reportReturnType] - of a graph of pictures
        except (BlockingIOError, EOFError):
            return


def is_known(stream: AudioStream | VideoStream) -> bool:
    """Whether the stream's codec is one that can be decoded here."""
    return getattr(stream, "codec_context", None) is not None


def is_still(container: InputContainer) -> bool:
    """Whether the file's format is one of pictures (a moving GIF counts too: its frames have to be counted)."""
    return any(container.format.name.endswith(ending) for ending in STILL_FORMATS)


def pixel_aspect(stream: VideoStream) -> float:
    """Width of a pixel over its height; 1 where the file says nothing."""
    aspect = stream.sample_aspect_ratio
    return float(aspect) if aspect else 1.0


def time_s(container: InputContainer, frame: VideoFrame) -> float:
    """When the frame is to be shown, in seconds; NaN where the file does not say."""
    untimed = frame.time is None or container.format.name in UNTIMED_FORMATS
    return float("nan") if untimed else frame.time


def declared_duration_s(stream: VideoStream) -> float | None:
    """How long the picture lasts according to the file's header; None where it does not say."""
    if stream.container.format.name == "avi" and stream.frames and stream.average_rate:
        return float(stream.frames / stream.average_rate)  # its duration is guessed from the length of the file
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    match = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d+)?)", stream.metadata.get("DURATION", ""))  # Matroska's tag
    if match is None:
        return None
    hours, minutes, seconds = (float(part) for part in match.groups())
    late_s = float((stream.start_time or 0) * (stream.time_base or 0))  # the tag says when the picture ends
    return hours * 3600 + minutes * 60 + seconds - max(late_s, 0.0)


def upright_rgb(frame: VideoFrame, coded_size: ImageSize, matrix: np.ndarray) -> UInt8[np.ndarray, "height width 3"]:
    """The frame in RGB at `coded_size` (where the size changes on the way or pixels are not square), then upright."""
    # Untagged video: players take BT.709 for high definition and BT.601 below, and so do cameras.
    tagged = frame.colorspace not in (0, UNSPECIFIED)
    high_definition = frame.width >= 1280 or frame.height > 576
    rgb = frame.reformat(
        width=coded_size.width,
        height=coded_size.height,
        format="rgb24",
        src_colorspace=None if tagged else (BT709 if high_definition else BT601),
    ).to_ndarray()
    return upright(rgb, matrix)


def display_matrix(frame: VideoFrame) -> np.ndarray:
    """How the picture is to be turned: [[a, c], [b, d]] with shown (x, y) = matrix @ coded (x, y), entries -1, 0, 1.

    Angles between the right ones are taken to the nearest right angle.
    """
    side_data = frame.side_data.get("DISPLAYMATRIX")
    if side_data is not None:
        a, b, _, c, d = np.frombuffer(bytes(side_data), np.int32)[:5].tolist()
        if abs(a) + abs(d) >= abs(b) + abs(c):
            return np.array([[1 if a >= 0 else -1, 0], [0, 1 if d >= 0 else -1]])
        return np.array([[0, 1 if c >= 0 else -1], [1 if b >= 0 else -1, 0]])
    return np.eye(2, dtype=int)


def upright(rgb: UInt8[np.ndarray, "height width 3"], matrix: np.ndarray) -> UInt8[np.ndarray, "shown_h shown_w 3"]:
    """Turn and mirror a coded picture as `display_matrix` says."""
    turned = rgb if matrix[0, 0] else rgb.transpose(1, 0, 2)
    mirrored_x, mirrored_y = matrix.sum(1) < 0
    if mirrored_x:
        turned = turned[:, ::-1]
    if mirrored_y:
        turned = turned[::-1]
    return np.ascontiguousarray(turned)
