"""Paths -> Clip, and parts of a clip."""

from dataclasses import replace
from pathlib import Path

from motion_transfer.domain.clip import Clip
from motion_transfer.files.video_reader import clip_range, content_digest, join_videos, open_video

SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v"}


def open_clip(*paths: Path) -> Clip:
    """Open one video, or several clips of one place that follow each other.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is no video, or the videos differ in size or frame rate.
    """
    videos = [open_video(path) for path in paths]
    video = videos[0] if len(videos) == 1 else join_videos(videos)
    digest = " ".join(content_digest(path) for path in paths)
    return Clip(paths=paths, first=0, stop=len(video), video=video, digest=digest)


def part_of(clip: Clip, first: int, stop: int) -> Clip:
    """Frames `first` to `stop` (not included) of a clip.

    Raises:
        ValueError: the range is empty or reaches out of the clip.
    """
    video = clip_range(clip.video, first, stop)
    whole = clip.digest.partition(":")[0]
    begin, end = clip.first + first, clip.first + stop
    return replace(clip, first=begin, stop=end, video=video, digest=f"{whole}:{begin}-{end}")


def find_clips(data: Path, dancer: str) -> list[Path]:
    """A dancer's clips in the order of their names.

    Raises:
        FileNotFoundError: there are none.
    """
    folder = data / dancer
    clips = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
    if not clips:
        known = ", ".join(sorted(path.name for path in data.glob("*") if path.is_dir())) or "none"
        raise FileNotFoundError(
            f"expected videos in {folder}, found none (dancers there: {known}); put clips into it or set data=FOLDER"
        )
    return clips
