"""Performers keep their files and names; what comes packed from a stranger writes nowhere else."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from motion_transfer.files.reading import UnreadableFileError
from motion_transfer.jobs.gallery import Gallery, unpack


@pytest.fixture
def learned(tmp_path: Path) -> Path:
    folder = tmp_path / "learned"
    (folder / "references").mkdir(parents=True)
    for name in ("performer.npz", "references/frame_0001.png", "plate.png"):
        (folder / name).write_bytes(name.encode() * 10)
    (folder / "manifest.json").write_text(json.dumps({"files": {}}))
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_performer_is_kept_once_renamed_and_deleted(learned: Path, tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "performers")
    id = gallery.keep(learned, "Anna")
    assert gallery.keep(learned, "Anna again") == id
    assert [one.name for one in gallery.all()] == ["Anna"]
    gallery.rename(id, "Ina\n<b>")
    (kept,) = gallery.all()
    assert (kept.name, kept.size_bytes) == ("Ina <b>", sum(map(len, files(learned).values())))
    assert files(gallery.folder(id)) == files(learned)
    gallery.delete(id)
    assert gallery.all() == []
    assert list(gallery.root.iterdir()) == []
    with pytest.raises(ValueError, match="not there any more"):
        gallery.folder(id)


def test_packing_and_unpacking_gives_the_same_files(learned: Path, tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "performers")
    id = gallery.keep(learned, "Anna")
    gallery.pack(id, tmp_path / "anna.zip")
    unpack(tmp_path / "anna.zip", tmp_path / "new")
    assert files(tmp_path / "new") == files(learned)
    assert gallery.keep(tmp_path / "new", "Anna") == id


@pytest.mark.parametrize(
    "name", ["../out", "/out", "a/b/c", "references/../../out", ".hidden", "other/file", "C:\\out"]
)
def test_a_packed_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as packed:
        packed.writestr("performer.npz", b"good")
        packed.writestr(name, b"bad")
    before = set(tmp_path.rglob("*"))
    with pytest.raises(UnreadableFileError, match="other files than a performer's"):
        unpack(tmp_path / "bad.zip", tmp_path / "new")
    assert set(tmp_path.rglob("*")) == before


def test_a_bomb_that_says_less_than_it_holds_is_stopped(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("performer.npz", bytes(1 << 22))
    said = (1 << 22).to_bytes(4, "little")
    (tmp_path / "bomb.zip").write_bytes(content.getvalue().replace(said, (1000).to_bytes(4, "little")))
    with pytest.raises(UnreadableFileError, match="a performer as one file"):
        unpack(tmp_path / "bomb.zip", tmp_path / "new")
    assert sum(path.stat().st_size for path in (tmp_path / "new").rglob("*") if path.is_file()) < 2000


def test_a_text_is_no_packed_performer(tmp_path: Path) -> None:
    (tmp_path / "note.zip").write_text("no archive")
    with pytest.raises(UnreadableFileError, match="expected a performer as one file, got"):
        unpack(tmp_path / "note.zip", tmp_path / "new")
