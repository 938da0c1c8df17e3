"""What strangers send is bounded, named by us, and looked through before anything uses it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from arm_wave import write_arm_wave
from numbered_clips import write_clip

from motion_transfer.jobs.store import Store
from motion_transfer.jobs.upload_check import check_upload
from motion_transfer.jobs.uploads import CHECKED, REFUSED, TooLargeError, Upload, UploadLimits, Uploads

LIMITS = UploadLimits(max_upload_mb=1, max_length_s=5, max_uploads=3, least_free_gb=0)


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(Store(tmp_path / "store").root / "uploads", LIMITS)


def send(uploads: Uploads, name: str, content: bytes) -> Upload:
    receiving = uploads.begin(name, len(content))
    receiving.write(content)
    return receiving.finish()


def check(uploads: Uploads, upload: Upload) -> Upload:
    return check_upload(Store(uploads.root.parent), uploads, upload.id)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("name", "file", "title"),
    [
        ("anna.MOV", "file.mov", "anna"),
        ("../../etc/passwd", "file.mp4", "passwd"),
        ("..\\..\\wave.bvh", "file.bvh", "wave"),
        ("/tmp/x.mp4/../../y.py", "file.mp4", "y"),
        ("a.mp4\x00.bvh", "file.bvh", "a.mp4"),
        ("", "file.mp4", "untitled"),
        ("<img src=x>.webm", "file.webm", "<img src=x>"),
        ("é" * 500 + ".mkv", "file.mkv", "é" * 100),
    ],
    ids=["video", "parent", "backslash", "absolute", "zero", "empty", "tags", "long"],
)
def test_a_file_is_stored_under_a_name_of_ours_whatever_its_sender_calls_it(
    uploads: Uploads, name: str, file: str, title: str
) -> None:
    upload = send(uploads, name, b"content")
    assert (upload.file, upload.title) == (file, title)
    assert files(uploads.root) == {f"{upload.id}/{file}", f"{upload.id}/upload.json"}


def test_too_large_a_file_is_refused_by_what_is_said_and_by_what_comes(uploads: Uploads) -> None:
    with pytest.raises(TooLargeError, match="at most 1 MB, got 2 MB or more"):
        uploads.begin("a.mp4", 2 * 10**6)
    receiving = uploads.begin("a.mp4", None)
    receiving.write(bytes(10**6))
    with pytest.raises(TooLargeError):
        receiving.write(b"one more")
    receiving.abort()
    assert files(uploads.root) == set()


def test_the_oldest_upload_goes_where_there_are_too_many(uploads: Uploads) -> None:
    sent = [send(uploads, f"{number}.mp4", b"content") for number in range(LIMITS.max_uploads + 1)]
    assert {upload.id for upload in uploads.all()} == {upload.id for upload in sent[1:]}
    with pytest.raises(ValueError, match="upload it again"):
        uploads.get(sent[0].id)


def test_a_full_disk_takes_no_file(uploads: Uploads) -> None:
    full = Uploads(uploads.root, replace(LIMITS, least_free_gb=1e9))
    with pytest.raises(OSError, match="GB free on the disk"):
        full.begin("a.mp4", 1)


def test_a_video_and_a_motion_are_looked_through(uploads: Uploads, tmp_path: Path) -> None:
    clip = send(uploads, "clip.mp4", write_clip(tmp_path / "clip.mp4", count=40).read_bytes())
    checked = check(uploads, clip)
    assert checked.state == CHECKED
    assert " s, " in checked.facts
    assert uploads.poster(clip.id).read_bytes()[:2] == b"\xff\xd8"
    wave = check(uploads, send(uploads, "wave.bvh", write_arm_wave(tmp_path / "wave.bvh").read_bytes()))
    assert (wave.state, wave.kind) == (CHECKED, "motion")


def test_what_is_no_video_is_refused_in_one_line_by_its_senders_name_and_removed(uploads: Uploads) -> None:
    text = check(uploads, send(uploads, "holiday.mp4", b"no video at all"))
    assert text.state == REFUSED
    assert text.error.startswith("expected a video, got holiday")
    assert str(uploads.root) not in text.error
    assert not uploads.path(text).exists()


def test_too_long_a_clip_is_refused(uploads: Uploads, tmp_path: Path) -> None:
    short = Uploads(uploads.root, replace(LIMITS, max_length_s=0.5))
    long = check(short, send(short, "clip.mp4", write_clip(tmp_path / "clip.mp4", count=40).read_bytes()))
    assert long.state == REFUSED
    assert "expected at most 0.5 s, got" in long.error


def test_a_packed_folder_that_is_no_performer_does_not_reach_the_gallery(uploads: Uploads, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "performer.npz").write_bytes(b"nothing")
    packed = Path(shutil.make_archive(str(tmp_path / "bad"), "zip", tmp_path / "bad"))
    refused = check(uploads, send(uploads, "anna.zip", packed.read_bytes()))
    assert refused.state == REFUSED
    assert "expected the folder of a performer" in refused.error
    assert Store(uploads.root.parent).gallery.all() == []
