"""Reading video: exact counts and rates, upright pictures, damaged and odd files."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numbered_clips import number_of, numbered_frame, write_clip

from motion_transfer.files.video_reader import clip_range, content_digest, join_videos, open_video

REAL = sorted((Path(__file__).resolve().parents[2] / "../shared/videos").glob("*.mp4"))
ODD = Path(__file__).resolve().parents[2] / "../shared/odd_inputs/video"
NTSC = Fraction(30000, 1001)


def numbers(video: object) -> list[int]:
    return [number_of(frame) for frame in video]  # type: ignore[attr-defined]


def test_every_pass_yields_the_same_frames_in_order(tmp_path: Path) -> None:
    video = open_video(write_clip(tmp_path / "clip.mp4", count=14))
    assert numbers(video) == list(range(14))
    assert numbers(video) == list(range(14))
    assert len(video) == 14
    assert video.notes == ()
    assert video.audio_source is None


@pytest.mark.slow
@pytest.mark.parametrize("fps", [NTSC, Fraction(24000, 1001), Fraction(25), Fraction(10), Fraction(60)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_the_frame_rate_is_exact(tmp_path: Path, fps: Fraction, suffix: str) -> None:
    video = open_video(write_clip(tmp_path / f"clip{suffix}", fps=fps))
    assert video.fps == fps
    assert numbers(video) == list(range(12))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("a.avi", "mpeg4", "yuv420p"),
        ("a.avi", "mjpeg", "yuvj420p"),
        ("a.mkv", "ffv1", "yuv444p"),
        ("a.webm", "libvpx-vp9", "yuv420p"),
        ("a.mov", "libx264", "yuv422p10le"),
        ("a.mp4", "libx265", "yuv420p"),
        ("a.gif", "gif", "rgb8"),
    ],
)
def test_any_codec_is_read(tmp_path: Path, name: str, codec: str, pixels: str) -> None:
    video = open_video(write_clip(tmp_path / name, count=6, codec=codec, pixels=pixels))
    frames = list(video)
    assert len(frames) == len(video) == 6
    for number, frame in enumerate(frames):
        assert abs(float(frame[20:28, 24:40].mean()) - (20 + 4 * number)) < (20 if pixels == "rgb8" else 3)


@pytest.mark.slow
def test_colours_survive_in_small_and_in_high_definition(tmp_path: Path) -> None:
    for size in ((48, 64), (720, 1280)):
        video = open_video(write_clip(tmp_path / "c.mkv", count=1, size=size, codec="ffv1", pixels="bgr0"))
        frame = next(iter(video))
        assert frame.dtype == np.uint8
        np.testing.assert_array_equal(frame, numbered_frame(0, *size))


def test_an_odd_size_keeps_every_row_and_column(tmp_path: Path) -> None:
    video = open_video(write_clip(tmp_path / "odd.mkv", size=(47, 61), codec="ffv1", pixels="yuv444p"))
    assert (video.size.height, video.size.width) == (47, 61)
    assert {frame.shape for frame in video} == {(47, 61, 3)}


@pytest.mark.slow
@pytest.mark.parametrize("flips", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
def test_a_turned_recording_is_read_upright(tmp_path: Path, degrees: int, flips: tuple[bool, bool]) -> None:
    video = open_video(write_clip(tmp_path / "turned.mp4", count=2, turned=(degrees, *flips)))
    frame = next(iter(video))
    expected = np.rot90(numbered_frame(0), degrees // 90)  # counter-clockwise, as the file's metadata is read
    expected = expected[:, ::-1] if flips[0] else expected
    expected = expected[::-1] if flips[1] else expected
    assert frame.shape == expected.shape == (video.size.height, video.size.width, 3)
    assert np.abs(frame.astype(int) - expected).mean() < 6


def test_pixels_that_are_not_square_are_made_square(tmp_path: Path) -> None:
    video = open_video(write_clip(tmp_path / "wide.mp4", pixel_aspect=Fraction(3, 2)))
    assert (video.size.height, video.size.width) == (48, 96)
    frame = next(iter(video))
    assert np.abs(frame.astype(int) - numbered_frame(0, 48, 96)).mean() < 6
    assert any("not square" in note for note in video.notes)


def test_where_frames_were_dropped_the_one_before_is_repeated(tmp_path: Path) -> None:
    steps = [Fraction(1, 30) if i % 10 < 5 else Fraction(1, 15) for i in range(40)]
    times = [sum(steps[:i], Fraction(0)) for i in range(40)]
    video = open_video(write_clip(tmp_path / "phone.mkv", count=40, fps=Fraction(30), times=times))
    assert float(video.fps) == pytest.approx(30, rel=0.01)
    found = numbers(video)
    assert len(found) == len(video)
    assert set(found) == set(range(40))
    assert len(found) == pytest.approx(30 * float(times[-1]), abs=2)
    for index, number in enumerate(found):
        wanted = index / float(video.fps)
        assert abs(float(times[number]) - wanted) <= min(abs(float(t) - wanted) for t in times) + 4e-3
    assert any("repeated" in note for note in video.notes)


@pytest.mark.slow
@pytest.mark.parametrize("late", [29, 15, 1])
@pytest.mark.parametrize("by_s", [3600, 61200])
def test_one_late_time_changes_neither_rate_nor_length(late: int, by_s: int, tmp_path: Path) -> None:
    times = [Fraction(i, 30) + (by_s if i == late else 0) for i in range(30)]
    kept = sorted(times)  # a file keeps its frames in the order of their times
    video = open_video(write_clip(tmp_path / "late.mkv", count=30, fps=Fraction(30), times=kept))
    assert float(video.fps) == pytest.approx(30, rel=0.01)
    assert len(video) == pytest.approx(30, abs=1)
    assert any("were cut" in note for note in video.notes)


def test_a_pause_of_seconds_is_held(tmp_path: Path) -> None:
    times = [Fraction(i, 30) + (4 if i >= 10 else 0) for i in range(20)]
    video = open_video(write_clip(tmp_path / "pause.mkv", count=20, fps=Fraction(30), times=times))
    assert len(video) == pytest.approx(19 + 4 * 30 + 1, abs=2)
    assert numbers(video).count(9) == pytest.approx(121, abs=1)
    cut = open_video(tmp_path / "pause.mkv", gaps="cut")
    assert (numbers(cut), len(cut.cuts)) == (list(range(20)), 1)


@pytest.mark.slow
def test_interlaced_footage_is_deinterlaced_and_said(tmp_path: Path) -> None:
    """A bar that moves between the fields leaves a comb in every frame, of which nothing stays."""
    path = tmp_path / "camera.mts"
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_stream(
            "libx264", rate=25, options={"flags": "+ildct+ilme", "x264-params": "interlaced=1:tff=1"}
        )
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width, stream.pix_fmt = 96, 128, "yuv420p"
        for number in range(12):
            picture = np.full((96, 128, 3), 30, np.uint8)
            for field in (0, 1):
                left = 8 + 8 * number + 4 * field
                picture[field::2, left : left + 16] = 220
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    video = open_video(path)
    frames = [frame.astype(int) for frame in video]
    assert len(frames) == len(video) == 12
    assert any("deinterlaced (bwdif)" in note for note in video.notes)
    combs = [np.abs(frame[1:-1] * 2 - frame[:-2] - frame[2:]).mean() for frame in frames[2:-2]]
    assert max(combs) < 4, combs
    plain = open_video(write_clip(tmp_path / "plain.mp4"))
    assert not any("interlaced" in note for note in plain.notes)


@pytest.mark.slow
def test_clips_of_one_camera_are_one_rate_though_one_has_lost_a_frame() -> None:
    phone = ODD / "data" / "phone"
    if not phone.is_dir():
        pytest.skip("the odd inputs are not beside the project")
    joined = join_videos([open_video(phone / "a.mp4"), open_video(phone / "b.mp4")])
    assert joined.fps == 30
    assert len(list(joined)) == len(joined) == 90 + 91


def test_a_jitter_below_a_tenth_is_left_alone(tmp_path: Path) -> None:
    times = [Fraction(i, 25) + Fraction(i % 2, 800) for i in range(20)]
    video = open_video(write_clip(tmp_path / "jitter.mp4", count=20, times=times))
    assert numbers(video) == list(range(20))
    assert float(video.fps) == pytest.approx(25, rel=0.01)
    assert video.notes == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cut.mp4", "cut.mkv", "cut.avi"])
def test_a_truncated_file_gives_the_frames_before_the_cut_and_says_so(tmp_path: Path, name: str) -> None:
    options = {"movflags": "+faststart"} if name == "cut.mp4" else {}
    cut = write_clip(tmp_path / name, count=50, container_options=options)
    content = cut.read_bytes()
    cut.write_bytes(content[: int(len(content) * 0.7)])
    video = open_video(cut)
    found = numbers(video)
    assert 5 < len(found) < 50
    assert len(video) == len(found)
    assert found == list(range(len(found)))
    assert video.fps == 25
    assert any("damaged" in note and f"{len(found)} of about 50" in note for note in video.notes)


def test_a_file_damaged_in_the_middle_still_gives_a_constant_rate(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "hurt.mkv", count=40, codec="mjpeg", pixels="yuvj420p")
    content = bytearray(path.read_bytes())
    pictures = [i for i in range(len(content) - 2) if content[i : i + 3] == b"\xff\xd8\xff"]
    for start, stop in pairwise(pictures[15:19]):
        content[start : stop - 30] = bytes(stop - 30 - start)
    path.write_bytes(bytes(content))
    video = open_video(path)
    found = numbers(video)
    assert len(found) == len(video)
    assert video.fps == 25
    assert found[:14] == list(range(14))
    assert found[-1] == 39
    assert len(found) == 40
    assert any("37 of about 40" in note for note in video.notes)


def test_max_frames_stops_early_without_calling_the_file_damaged(tmp_path: Path) -> None:
    video = open_video(write_clip(tmp_path / "long.mp4", count=30), max_frames=7)
    assert numbers(video) == list(range(7))
    assert (len(video), video.fps, video.notes) == (7, 25, ())
    assert len(open_video(tmp_path / "long.mp4", max_frames=1)) == 1
    with pytest.raises(ValueError, match="max_frames"):
        open_video(tmp_path / "long.mp4", max_frames=0)


def test_a_range_is_cut_lazily(tmp_path: Path) -> None:
    whole = open_video(write_clip(tmp_path / "clip.mp4", count=20, audio="aac"))
    asked = 0

    def counted():
        nonlocal asked
        for frame in whole:
            asked += 1
            yield frame

    video = type(whole)(
        open_frames=counted, size=whole.size, fps=whole.fps, frame_count=20, audio_source=whole.audio_source
    )
    assert numbers(clip_range(video, 3, 8)) == [3, 4, 5, 6, 7]
    assert asked == 8
    assert clip_range(video, 3, 8).audio_source is None
    assert clip_range(video, 0, 8).audio_source == whole.audio_source is not None
    for start, stop in ((-1, 3), (4, 4), (0, 21)):
        with pytest.raises(ValueError, match="expected 0 <= start < stop <= 20"):
            clip_range(video, start, stop)


def test_the_digest_is_of_the_content_and_not_of_the_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"one")
    (tmp_path / "c").write_bytes(b"two")
    digests = [content_digest(tmp_path / name) for name in "abc"]
    assert digests[0] == digests[1] != digests[2]
    assert len(digests[0]) == 32


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.skipif(not REAL, reason="the real clips are not beside the project")
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_real_clips_are_read_as_opencv_reads_them(path: Path) -> None:
    video = open_video(path, max_frames=20)
    other = cv2.VideoCapture(str(path))
    assert float(video.fps) == pytest.approx(other.get(cv2.CAP_PROP_FPS), rel=1e-6)
    frames = list(video)
    for frame in frames:
        found, bgr = other.read()
        assert found
        assert np.abs(frame[..., ::-1].astype(int) - bgr).mean() < 8
    assert len(frames) == len(video) == 20
