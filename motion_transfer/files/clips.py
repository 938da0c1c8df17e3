"""Paths -> Clip, and parts of a clip."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from motion_transfer.domain.clip import Clip
from motion_transfer.domain.person_point import PersonPoint
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.files.frame_folders import folder_digest, is_frame_folder, open_frames
from motion_transfer.files.reading import UnreadableFileError
from motion_transfer.files.video_reader import clip_range, content_digest, join_videos, open_video

SUFFIXES = frozenset(
    (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mts", ".m2ts", ".ts", ".mpg", ".mpeg", ".vob", ".3gp", ".wmv")
    + (".flv", ".mxf", ".ogv", ".dv", ".gif", ".webp")
)
# What a digest says of what was made of the content: gaps cut, turned as asked, a person chosen, turned upright.
CUT, TURNED, PERSON, UPRIGHT = "+cut", re.compile(r"\+turned(\d+)"), re.compile(r"\+person([\d.,e-]+)"), "+upright"
MOTIONS = (".bvh", ".npz", ".pkl", ".pt", ".amc", ".trc", ".glb")  # files of motion that can be a source
OTHER_MOTIONS = frozenset(
    (".fbx", ".gltf", ".c3d", ".asf", ".npy", ".usd", ".usda", ".usdc", ".abc", ".dae", ".blend", ".vmd")
)


@value
class Reading:
    """How footage is read.

    Attributes:
        gaps: of its clock are held, or cut.
        fps: of a folder of pictures.
        rotate: degrees by which the pictures are turned clockwise, beyond what the file says itself.
        person: a point of the pictures as the file has them, that the person who is meant is at first; None for the
            largest person.

    Raises:
        ValueError: gaps are neither held nor cut, or the angle is no right one.
    """

    gaps: str = "hold"
    fps: Fraction | None = None
    rotate: float | str | None = None
    person: PersonPoint | None = None

    def __post_init__(self) -> None:
        if self.gaps not in ("hold", "cut"):
            raise ValueError(f"expected gaps=hold or gaps=cut, got gaps={self.gaps}; take one of them")
        if self.rotate not in (None, 0, 90, 180, 270):
            raise ValueError(f"expected rotate=90, 180 or 270 degrees clockwise, got rotate={self.rotate}; take one")


AS_FILMED = Reading()


def open_clip(*paths: Path, reading: Reading = AS_FILMED) -> Clip:
    """Open one video, or several clips of one place that follow each other; a folder of pictures is a video as well.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is no video, or the videos differ in size or frame rate.
    """
    videos = [_turned(_opened(path, reading), int(reading.rotate or 0)) for path in paths]
    video = videos[0] if len(videos) == 1 else join_videos(videos)
    digests = [_digest(path, one, reading) for path, one in zip(paths, videos, strict=True)]
    digest = " ".join(digests) + ("" if reading.person is None else f"+person{reading.person}")
    turning = "free" if reading.rotate is None else "as_filmed"
    person = None if reading.person is None else reading.person.turned(int(reading.rotate or 0))
    return Clip(paths=paths, first=0, stop=len(video), video=video, digest=digest, person=person, turning=turning)


def turned_upright(clip: Clip, degrees: int) -> Clip:
    """The clip turned clockwise, because the people in it stand so; its sound and digest know of it."""
    video = _turned(clip.video, degrees)
    note = (
        f"The pictures were turned by {degrees} degrees, because the person in them would stand upright then; "
        "rotate=0 leaves them as they are."
    )
    return replace(
        clip,
        video=replace(video, notes=(*clip.video.notes, note)),
        digest=f"{clip.digest}{UPRIGHT}{degrees}",
        person=None if clip.person is None else clip.person.turned(degrees),
        turning="as_filmed",
    )


def _opened(path: Path, reading: Reading) -> Video:
    if is_frame_folder(path):
        return open_frames(path, reading.fps)
    if path.suffix.lower() in MOTIONS:
        raise UnreadableFileError(
            f"expected a video, got {path}, which is a file of motion; it can be a source, and nobody is filmed in it"
        )
    if path.suffix.lower() in OTHER_MOTIONS:
        raise UnreadableFileError(
            f"expected a video or a .bvh motion, got {path}, which holds a motion or a scene of another kind; "
            "export it as .bvh, for instance from Blender"
        )
    return open_video(path, gaps="cut" if reading.gaps == "cut" else "hold")


def _turned(video: Video, degrees: int) -> Video:
    if not degrees:
        return video
    size = video.size if degrees == 180 else ImageSize(height=video.size.width, width=video.size.height)
    note = f"The pictures were turned by {degrees} degrees, as asked."
    return replace(video, open_frames=partial(_turned_frames, video, degrees), size=size, notes=(*video.notes, note))


def _turned_frames(video: Video, degrees: int) -> Iterator[np.ndarray]:
    return (np.ascontiguousarray(np.rot90(frame, -degrees // 90)) for frame in video.open_frames())


def _digest(path: Path, video: Video, reading: Reading) -> str:
    """Of the content and of what was made of it otherwise than usual."""
    content = folder_digest(path, video.fps) if is_frame_folder(path) else content_digest(path)
    turned = f"+turned{reading.rotate}" if reading.rotate else ""
    return content + (CUT if reading.gaps == "cut" and video.cuts else "") + turned


def part_of(clip: Clip, first: int, stop: int) -> Clip:
    """Frames `first` to `stop` (not included) of a clip.

    Raises:
        ValueError: the range is empty or reaches out of the clip.
    """
    video = clip_range(clip.video, first, stop)
    whole, _, frames = clip.digest.partition(":")
    begin, end = clip.first + first, clip.first + stop
    if "+" in frames:  # of these frames, some were left out: numbers of the file would say nothing
        whole = clip.digest
    return replace(clip, first=begin, stop=end, video=video, digest=f"{whole}:{begin}-{end}")


def find_clips(data: Path, dancer: str) -> list[Path]:
    """A dancer's clips in the order of their names; hidden files, as some systems leave beside each, are none.

    Raises:
        FileNotFoundError: there are none.
    """
    folder = data / dancer
    clips = sorted(path for path in _shown(folder) if path.suffix.lower() in SUFFIXES)
    if not clips:
        known = ", ".join(sorted(path.name for path in _shown(data) if path.is_dir())) or "none"
        raise FileNotFoundError(
            f"expected videos in {folder}, found none (dancers there: {known}); put clips into it or set data=FOLDER"
        )
    return clips


def _shown(folder: Path) -> Iterable[Path]:
    return (path for path in folder.glob("*") if not path.name.startswith("."))
