"""The performers that jobs have learned, under names that people give them, each as one folder and as one file."""

import hashlib
import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from motion_transfer.files.copying import copy_folder
from motion_transfer.files.reading import reading
from motion_transfer.files.replacing import remove, replacing
from motion_transfer.jobs.job import ID, check_id, plain_title

ABOUT, POSTER = ".json", ".jpg"  # beside each folder
NAME = re.compile(r"(?:references/)?[A-Za-z0-9_][A-Za-z0-9_.-]*")  # of a file within a performer's folder
MOST_FILES, MOST_BYTES = 5000, 4 << 30
CHUNK = 1 << 20
REMEDY = "download the performer again where it was learned"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPerformer:
    """A performer in the gallery."""

    id: str
    name: str
    created_s: float
    size_bytes: int


class Gallery:
    """Performers in a folder.

    Args:
        root: the folder, which is made where it is missing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def folder(self, id: str) -> Path:
        """The folder of a performer, as `performer=DIR` takes it.

        Raises:
            ValueError: there is none of that name.
        """
        found = self.root / check_id(id)
        if not found.is_dir():
            raise ValueError(f"expected a performer, got {id}, which is not there any more; reload the list")
        return found

    def poster(self, id: str) -> Path:
        """A picture of the performer, which need not be there."""
        return self.root / f"{check_id(id)}{POSTER}"

    def all(self) -> list[KeptPerformer]:
        """All performers, the newest first."""
        found = [self._read(path) for path in self.root.iterdir() if ID.fullmatch(path.name) and path.is_dir()]
        return sorted(found, key=lambda one: -one.created_s)

    def keep(self, performer: Path, name: str, poster: Path | None = None) -> str:
        """Copy a learned performer in, if the gallery does not have it yet, and give its name there."""
        id = hashlib.sha256((performer / "manifest.json").read_bytes()).hexdigest()[:16]
        if not (self.root / id).is_dir():
            size = sum(path.stat().st_size for path in performer.rglob("*") if path.is_file())
            self._write_about(KeptPerformer(id=id, name=name, created_s=time.time(), size_bytes=size))
            if poster is not None:
                shutil.copyfile(poster, self.poster(id))
            with replacing(self.root / id) as fresh:
                copy_folder(performer, fresh)
        return id

    def rename(self, id: str, name: str) -> None:
        """Give a performer another name."""
        self._write_about(replace(self._read(self.folder(id)), name=name))

    def delete(self, id: str) -> None:
        """Remove a performer; jobs that use it have links of their own to its files."""
        gone = self.root / f".deleted-{id}"
        self.folder(id).rename(gone)
        for left in (gone, self.poster(id), self.root / f"{id}{ABOUT}"):
            remove(left)

    def pack(self, id: str, output: Path) -> None:
        """Write a performer as one file, which `unpack` reads."""
        folder = self.folder(id)
        with replacing(output) as fresh, ZipFile(fresh, "w", ZIP_STORED) as packed:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    packed.write(path, path.relative_to(folder).as_posix())

    def _read(self, folder: Path) -> KeptPerformer:
        try:
            about = json.loads((self.root / f"{folder.name}{ABOUT}").read_text(encoding="utf-8"))
            return KeptPerformer(id=folder.name, **about)
        except (OSError, ValueError, TypeError):  # lost, or of an earlier version
            return KeptPerformer(id=folder.name, name=folder.name, created_s=folder.stat().st_mtime, size_bytes=0)

    def _write_about(self, kept: KeptPerformer) -> None:
        about = {"name": plain_title(kept.name), "created_s": kept.created_s, "size_bytes": kept.size_bytes}
        with replacing(self.root / f"{check_id(kept.id)}{ABOUT}") as fresh:
            fresh.write_text(json.dumps(about), encoding="utf-8")


def unpack(packed: Path, new: Path) -> None:
    """Write the files of a packed performer into a new folder. Names and sizes are a stranger's, and checked.

    Raises:
        ValueError: it is no such file, or it holds anything beside a performer's files.
    """
    with reading("a performer as one file", packed, remedy=REMEDY, most_bytes=MOST_BYTES):
        try:
            with ZipFile(packed) as archive:
                _unpack(archive, new)
        except (BadZipFile, NotImplementedError, RuntimeError) as broken:  # damaged, of another method, or encrypted
            raise ValueError(str(broken)) from broken


def _unpack(archive: ZipFile, new: Path) -> None:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise ValueError("it holds too much")
    for entry in entries:
        if NAME.fullmatch(entry.filename) is None:
            raise ValueError("it holds other files than a performer's")
    for entry in entries:
        place = new / entry.filename
        place.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as packed, place.open("xb") as file:
            for chunk in _chunks(iter(lambda: packed.read(CHUNK), b""), entry.file_size):
                file.write(chunk)


def _chunks(chunks: Iterator[bytes], most_bytes: int) -> Iterator[bytes]:
    """The chunks, as long as they are no more than was said; a bomb says less."""
    for chunk in chunks:
        most_bytes -= len(chunk)
        if most_bytes < 0:
            raise ValueError("it holds more than it says")
        yield chunk
