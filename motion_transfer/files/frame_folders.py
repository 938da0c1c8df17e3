"""A folder of numbered pictures, or a moving WebP -> Video: what other programs take apart is read as it was."""

import hashlib
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageSequence

from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.files.reading import UnreadableFileError, reading

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")
NUMBER = re.compile(r"%0?(\d*)d")
MOST_PIXELS = 1 << 26  # twice those of 8K
REMEDY = "export it as MP4 with H.264"
FALLBACK_S = 0.1  # of a picture that names no duration, as browsers show it


def is_frame_folder(path: Path) -> bool:
    """Whether the path is a folder, a pattern of numbered pictures such as `frames/%05d.png`, or a moving WebP."""
    numbered = NUMBER.search(path.name) is not None and not path.is_file()
    return path.is_dir() or numbered or _is_moving_webp(path)


def open_frames(path: Path, fps: Fraction | None) -> Video:
    """The pictures in the order of the numbers in their names, as a video; of a moving WebP in their own order.

    Args:
        fps: of a folder of pictures, which names none itself.

    Raises:
        FileNotFoundError: there are no such pictures.
        ValueError: no rate is given, or a picture is damaged or of another size than the first.
    """
    if _is_moving_webp(path):
        return _moving_webp(path)
    files = _numbered(path)
    if len(files) < 2:
        raise FileNotFoundError(
            f"expected a video, got the folder {path}, which holds {len(files)} pictures; name a video or a fuller one"
        )
    if fps is None:
        raise ValueError(f"expected frames per second for the pictures at {path}, got none; add fps=30, or what it was")
    first = _picture(files[0])
    size = ImageSize(height=first.shape[0], width=first.shape[1])
    for file in files:  # headers alone
        _check_size(file, size)
    return Video(open_frames=partial(_frames, files), size=size, fps=fps, frame_count=len(files))


def folder_digest(path: Path, fps: Fraction) -> str:
    """Of the names and contents of the pictures and of their rate, as `content_digest` is of a file."""
    digest = hashlib.blake2b(str(fps).encode(), digest_size=16)
    for file in [path] if path.is_file() else _numbered(path):
        digest.update(file.name.encode(errors="surrogateescape") + file.read_bytes())
    return digest.hexdigest()


def _numbered(path: Path) -> list[Path]:
    """The pictures of a folder or pattern; hidden ones are left out."""
    folder, pattern = (path, None) if path.is_dir() else (path.parent, path.name)
    if pattern is None:
        found = [file for file in folder.glob("*") if file.suffix.lower() in PICTURES and file.name[0] != "."]
    else:
        before, _, after = NUMBER.split(pattern, maxsplit=1)
        named = re.compile(re.escape(before) + r"\d+" + re.escape(after))
        found = [file for file in folder.glob("*") if named.fullmatch(file.name)]
    return sorted(found, key=lambda file: ([int(part) for part in re.findall(r"\d+", file.stem)], file.name))


def _frames(files: list[Path]) -> Iterator[np.ndarray]:
    return map(_picture, files)


def _picture(path: Path) -> np.ndarray:
    with reading("a picture", path, remedy="leave it out or export it again"):
        picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            raise ValueError("it is damaged")
        return np.ascontiguousarray(picture[..., ::-1])


def _check_size(path: Path, size: ImageSize) -> None:
    with reading("a picture", path, remedy="leave it out or export it again"):
        with Image.open(path, formats=FORMATS) as header:
            width, height = header.size
        if width * height > MOST_PIXELS:
            raise ValueError(f"expected at most {MOST_PIXELS} pixels, got {width}x{height}")
    if (height, width) != (size.height, size.width):
        raise UnreadableFileError(f"expected pictures of {size}, got {path} of {width}x{height}; scale it")


def _is_moving_webp(path: Path) -> bool:
    if path.suffix.lower() != ".webp" or not path.is_file():
        return False
    with reading("a WebP", path, remedy=REMEDY), Image.open(path, formats=("WEBP",)) as moving:
        return getattr(moving, "n_frames", 1) > 1


def _moving_webp(path: Path) -> Video:
    with reading("a moving WebP", path, remedy=REMEDY), Image.open(path, formats=("WEBP",)) as moving:
        if moving.width * moving.height > MOST_PIXELS:
            raise ValueError(f"expected at most {MOST_PIXELS} pixels, got {moving.width}x{moving.height}")
        size = ImageSize(height=moving.height, width=moving.width)
        durations_s = []
        for frame in ImageSequence.Iterator(moving):
            frame.load()  # only then its duration is known
            durations_s.append(frame.info.get("duration", 0) / 1000 or FALLBACK_S)
    usual_ms = round(1000 * float(np.median(durations_s)))
    fps = Fraction(1000, usual_ms)
    shown = np.maximum(np.round(np.array(durations_s) * float(fps)), 1).astype(int)
    return Video(open_frames=partial(_webp_frames, path, shown), size=size, fps=fps, frame_count=int(shown.sum()))


def _webp_frames(path: Path, shown: np.ndarray) -> Iterator[np.ndarray]:
    with reading("a moving WebP", path, remedy=REMEDY), Image.open(path, formats=("WEBP",)) as moving:
        for frame, repeat in zip(ImageSequence.Iterator(moving), shown, strict=True):
            rgb = np.array(frame.convert("RGB"))
            for _ in range(repeat):
                yield rgb.copy()
