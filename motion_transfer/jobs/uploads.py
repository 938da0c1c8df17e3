"""Files of strangers: stored under names of our own, bounded in size and number, and looked through before any use."""

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

from motion_transfer.files.replacing import remove
from motion_transfer.jobs.disk import check_free
from motion_transfer.jobs.job import ID, check_id, plain_title

ABOUT, POSTER = "upload.json", "poster.jpg"
CHECKED, CHECKING, REFUSED = "checked", "checking", "refused"
FOOTAGE, MOTION, PERFORMER = "footage", "motion", "performer"
SUFFIXES = {  # what a name of a stranger's may end with, and what the file is taken for; all others are footage
    **dict.fromkeys((".bvh", ".trc", ".glb", ".npz"), MOTION),
    **dict.fromkeys((".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v"), FOOTAGE),
    ".zip": PERFORMER,
}
LONGEST_NAME = 300
MB = 10**6


class TooLargeError(ValueError):
    """A file is larger than may be uploaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """What may be uploaded.

    Attributes:
        max_upload_mb: of a file.
        max_length_s: of a video or a motion.
        max_uploads: that are kept; the oldest that no page has open any more goes first.
        least_free_gb: of the disk.
        check_memory_mb, check_s: of the process that looks through a file.
    """

    max_upload_mb: float = 1000.0
    max_length_s: float = 600.0
    max_uploads: int = 100
    least_free_gb: float = 2.0
    check_memory_mb: float = 4000.0
    check_s: float = 120.0

    def __post_init__(self) -> None:
        positive = (self.max_upload_mb, self.max_length_s, self.max_uploads, self.check_memory_mb, self.check_s)
        if min(positive) <= 0 or self.least_free_gb < 0:
            raise ValueError(f"expected limits above 0, got {self}; leave out those that you do not need")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An uploaded file.

    Attributes:
        kind: `footage`, `motion` or `performer`.
        file: its name in its folder, which is ours.
        state: `checking`, `checked` or `refused`, then with an error in one line.
        facts: what the check found, for people.
        performer: its name in the gallery, of a performer that was checked.
    """

    id: str
    title: str
    kind: str
    file: str
    size_bytes: int
    made_s: float
    state: str = CHECKING
    error: str = ""
    facts: str = ""
    performer: str = ""


class Uploads:
    """Uploaded files, a folder each.

    Args:
        root: the folder of all.
    """

    def __init__(self, root: Path, limits: UploadLimits) -> None:
        self.root, self.limits = root, limits
        root.mkdir(parents=True, exist_ok=True)

    def begin(self, name: str, size_bytes: int | None) -> "Receiving":
        """Make room for a file.

        Args:
            name: what its sender calls it; it becomes a title, and its ending chooses how the file is read.
            size_bytes: what its sender says.

        Raises:
            TooLargeError: it says that it is too large.
            OSError: the disk has no room.
        """
        if size_bytes is not None:
            self.check_size(size_bytes)
        check_free(self.root, self.limits.least_free_gb)
        self._make_room()
        title, dot, ending = name[-LONGEST_NAME:].replace("\\", "/").rpartition("/")[2].rpartition(".")
        suffix = next((known for known in SUFFIXES if known == f".{ending.lower()}"), ".mp4")  # of ours
        id = secrets.token_hex(8)
        folder = self.root / id
        folder.mkdir()
        title = plain_title(title if dot else ending)
        made = Upload(id=id, title=title, kind=SUFFIXES[suffix], file=f"file{suffix}", size_bytes=0, made_s=time.time())
        return Receiving(uploads=self, upload=made, stream=(folder / made.file).open("wb"))

    def check_size(self, size_bytes: int) -> None:
        """Raise TooLargeError for a file that is larger than allowed."""
        if size_bytes > self.limits.max_upload_mb * MB:
            raise TooLargeError(
                f"expected a file of at most {self.limits.max_upload_mb:g} MB, got {size_bytes / MB:.0f} MB or more; "
                "cut it, or export it smaller"
            )

    def get(self, id: str) -> Upload:
        """An upload by its name.

        Raises:
            ValueError: there is none.
        """
        try:
            return Upload(**json.loads((self.root / check_id(id) / ABOUT).read_text(encoding="utf-8")))
        except (OSError, TypeError, json.JSONDecodeError) as missing:
            raise ValueError(
                f"expected an uploaded file, got {id}, which is not there any more; upload it again"
            ) from missing

    def all(self) -> Iterator[Upload]:
        """All uploads that came whole."""
        for folder in self.root.iterdir():
            if ID.fullmatch(folder.name) and (folder / ABOUT).is_file():
                yield self.get(folder.name)

    def path(self, upload: Upload) -> Path:
        """Where its file lies."""
        return self.root / upload.id / upload.file

    def poster(self, id: str) -> Path:
        """A picture of it, which need not be there."""
        return self.root / check_id(id) / POSTER

    def note(self, upload: Upload) -> None:
        """Keep what is known about an upload."""
        fresh = self.root / upload.id / f".{ABOUT}"
        fresh.write_text(json.dumps(asdict(upload)), encoding="utf-8")
        fresh.replace(self.root / upload.id / ABOUT)

    def refuse(self, id: str, error: str) -> None:
        """Note why a file cannot be used, and remove it."""
        upload = self.get(id)
        self.note(replace(upload, state=REFUSED, error=error))
        self.path(upload).unlink(missing_ok=True)

    def delete(self, id: str) -> None:
        """Remove an upload; jobs have links of their own to its file."""
        remove(self.root / check_id(id))

    def _make_room(self) -> None:
        kept = sorted(self.all(), key=lambda upload: upload.made_s)
        for upload in kept[: max(0, len(kept) + 1 - self.limits.max_uploads)]:
            self.delete(upload.id)


@dataclass(slots=True, kw_only=True)
class Receiving:
    """An upload while its bytes come in; what does not end well leaves nothing."""

    uploads: Uploads
    upload: Upload
    stream: BinaryIO
    size_bytes: int = 0

    def write(self, chunk: bytes) -> None:
        """Take more of the file.

        Raises:
            TooLargeError: it has become too large.
        """
        self.size_bytes += len(chunk)
        self.uploads.check_size(self.size_bytes)
        self.stream.write(chunk)

    def finish(self) -> Upload:
        """The upload, whose whole file is there and shall be checked."""
        self.stream.close()
        whole = replace(self.upload, size_bytes=self.size_bytes)
        self.uploads.note(whole)
        return whole

    def abort(self) -> None:
        """Remove what has come."""
        self.stream.close()
        self.uploads.delete(self.upload.id)
