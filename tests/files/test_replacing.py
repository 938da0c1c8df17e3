"""What is replaced is replaced whole, and what fails leaves the older one."""

from pathlib import Path

import pytest

from motion_transfer.files.replacing import replacing


def write(folder: Path, content: str) -> None:
    folder.mkdir()
    (folder / "content").write_text(content)


def test_a_folder_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    write(tmp_path / "anna.v2", "older")
    with replacing(tmp_path / "anna.v2") as fresh:
        write(fresh, "newer")
        assert (tmp_path / "anna.v2" / "content").read_text() == "older"
    assert (tmp_path / "anna.v2" / "content").read_text() == "newer"
    assert [path.name for path in tmp_path.iterdir()] == ["anna.v2"]


def test_after_a_failure_the_older_one_stays(tmp_path: Path) -> None:
    write(tmp_path / "anna", "older")
    with pytest.raises(FileExistsError), replacing(tmp_path / "anna") as fresh:
        [write(fresh, content) for content in ("newer", "newest")]  # the second time it is there
    assert (tmp_path / "anna" / "content").read_text() == "older"
    assert [path.name for path in tmp_path.iterdir()] == ["anna"]
