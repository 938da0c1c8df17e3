"""Writing video: what is written is read back, complete or not at all, with its sound."""

import resource
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from checked_shapes import unchecked
from numbered_clips import number_of, numbered_frame, write_clip, write_sound

from motion_transfer.domain.video import ImageSize
from motion_transfer.files.sound import SoundTrack, silent_because
from motion_transfer.files.video_reader import open_video
from motion_transfer.files.video_writer import VideoWriter, check_writable

SIZE = ImageSize(height=48, width=64)
NTSC = Fraction(30000, 1001)


def write(path: Path, *, count: int = 10, fps: Fraction = Fraction(25), audio_source: Path | None = None) -> list[str]:
    with VideoWriter(path, size=SIZE, fps=fps, audio_source=audio_source, details="0.1, smpl") as writer:
        for number in range(count):
            writer.write(numbered_frame(number))
    return writer.notes


def write_frames(path: Path, frames: Iterable[np.ndarray]) -> None:
    with VideoWriter(path, size=SIZE, fps=Fraction(25)) as writer:
        for frame in frames:
            writer.write(frame)


def sound_of(path: Path) -> tuple[np.ndarray, float]:
    """The samples of the first channel from the start of the picture's clock, and the rate."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        rate = stream.rate
        samples = np.zeros(rate * 20)
        end = 0
        for frame in container.decode(stream):
            assert isinstance(frame, av.AudioFrame)
            assert frame.time is not None
            data = frame.to_ndarray()[0].astype(float)
            start = round(frame.time * rate)
            kept = data[max(-start, 0) :]
            samples[max(start, 0) : max(start, 0) + len(kept)] = kept
            end = max(start, 0) + len(kept)
    return samples[:end] / max(np.abs(samples).max(), 1e-9), rate


@contextmanager
def files_no_longer_than(byte_count: int) -> Iterator[None]:
    """Writing beyond this length fails, much as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (byte_count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.slow
@pytest.mark.parametrize("fps", [NTSC, Fraction(24), Fraction(10), Fraction(24000, 1001), Fraction(2997, 125)])
def test_what_is_written_is_read_back_at_the_same_exact_rate(tmp_path: Path, fps: Fraction) -> None:
    notes = write(tmp_path / "out.mp4", fps=fps)
    video = open_video(tmp_path / "out.mp4")
    frames = list(video)
    assert video.fps == fps
    assert [number_of(frame) for frame in frames] == list(range(10))
    assert np.abs(frames[0].astype(int) - numbered_frame(0)).mean() < 3
    assert (notes, video.notes) == ([], ())


@pytest.mark.parametrize("size", [ImageSize(height=64, width=96), ImageSize(height=720, width=1280)])
def test_colours_are_the_same_after_a_round_trip(tmp_path: Path, size: ImageSize) -> None:
    frame = np.zeros((size.height, size.width, 3), np.uint8)
    colours = [(200, 30, 40), (30, 180, 60), (40, 60, 220), (250, 250, 250), (0, 0, 0), (210, 160, 130)]
    for index, colour in enumerate(colours):
        frame[:, index * 16 : (index + 1) * 16] = colour
    with VideoWriter(tmp_path / "out.mp4", size=size, fps=Fraction(25)) as writer:
        writer.write(frame)
    found = next(iter(open_video(tmp_path / "out.mp4")))
    for index, colour in enumerate(colours):
        np.testing.assert_allclose(found[20:40, index * 16 + 8].mean(0), colour, atol=6)


def test_players_find_a_synthetic_mark_the_index_in_front_and_plain_h264(tmp_path: Path) -> None:
    write(tmp_path / "out.mp4")
    content = (tmp_path / "out.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        assert container.metadata["comment"] == "synthetic: made by motion_transfer 0.1, smpl"
        assert (stream.codec_context.name, stream.pix_fmt, stream.colorspace) == ("h264", "yuv420p", 1)
        assert stream.frames == 10


def test_an_odd_size_is_padded_by_its_edge_and_noted(tmp_path: Path) -> None:
    frame = numbered_frame(3, 47, 61)
    with VideoWriter(tmp_path / "odd.mp4", size=ImageSize(height=47, width=61), fps=Fraction(25)) as writer:
        writer.write(frame)
    found = next(iter(open_video(tmp_path / "odd.mp4")))
    assert found.shape == (48, 62, 3)
    assert np.abs(found[:47, :61].astype(int) - frame).mean() < 4
    assert np.abs(found[-1].astype(int) - found[-2]).mean() < 4
    assert "61x47 was padded to 62x48" in writer.notes[0]


def test_no_frame_and_wrong_frames_are_refused_and_leave_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        write(tmp_path / "out.mp4", count=0)
    for wrong in (np.zeros((48, 65, 3), np.uint8), np.zeros((48, 64, 3), np.float32)):
        with unchecked(), pytest.raises(ValueError, match="expected a uint8 frame"):
            write_frames(tmp_path / "out.mp4", [wrong])
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_older_file_and_no_temporary_one(tmp_path: Path) -> None:
    write(tmp_path / "out.mp4")
    before = (tmp_path / "out.mp4").read_bytes()

    def interrupted_frames() -> Iterator[np.ndarray]:
        yield numbered_frame(0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_frames(tmp_path / "out.mp4", interrupted_frames())
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]
    assert (tmp_path / "out.mp4").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("count", [3, 120])
def test_a_full_disk_is_told_in_one_line_and_leaves_no_file(tmp_path: Path, count: int) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (120, 48, 64, 3), np.uint8)
    with pytest.raises(OSError, match="expected room on the disk") as caught, files_no_longer_than(5000):
        write_frames(tmp_path / "out.mp4", noise[:count])
    assert "out.mp4" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(("codec", "suffix"), [("aac", ".mp4"), ("libmp3lame", ".mkv")])
def test_sound_that_mp4_can_hold_is_copied_bit_by_bit_and_cut(tmp_path: Path, codec: str, suffix: str) -> None:
    source = write_clip(tmp_path / f"source{suffix}", count=50, audio=codec, audio_s=2)
    notes = write(tmp_path / "out.mp4", count=25, audio_source=source)
    packets = []
    for path in (source, tmp_path / "out.mp4"):
        with av.open(str(path)) as container:
            packets.append([bytes(p) for p in container.demux(audio=0) if p.size])
    assert packets[1] == packets[0][: len(packets[1])]
    samples, rate = sound_of(tmp_path / "out.mp4")
    assert 0.97 < len(samples) / rate < 1.06
    assert notes == []
    assert len(open_video(tmp_path / "out.mp4")) == 25


@pytest.mark.slow
@pytest.mark.parametrize(("codec", "suffix"), [("pcm_s16le", ".mov"), ("flac", ".mkv"), ("libopus", ".webm")])
def test_other_sound_becomes_aac_and_stays_in_time(tmp_path: Path, codec: str, suffix: str) -> None:
    video = "libvpx-vp9" if suffix == ".webm" else "libx264"
    source = write_clip(tmp_path / f"source{suffix}", count=50, codec=video, audio=codec, audio_s=0.6)
    notes = write(tmp_path / "out.mp4", count=50, audio_source=source)
    assert any("AAC" in note for note in notes)
    samples, rate = sound_of(tmp_path / "out.mp4")
    loud = np.abs(samples) > 0.3
    assert np.flatnonzero(loud)[0] / rate < 0.01
    assert np.flatnonzero(loud)[-1] / rate == pytest.approx(round(0.6 * 48000 / 1024) * 1024 / 48000, abs=0.03)


@pytest.mark.slow
def test_copied_sound_stays_in_time_with_a_picture_that_starts_late(tmp_path: Path) -> None:
    times = [Fraction(1, 2) + Fraction(i, 25) for i in range(25)]
    source = write_clip(tmp_path / "late.mkv", count=25, times=times, audio="aac", audio_s=1)
    write(tmp_path / "out.mp4", count=25, audio_source=source)
    samples, rate = sound_of(tmp_path / "out.mp4")
    loud = np.flatnonzero(np.abs(samples) > 0.3)
    assert loud[0] / rate < 0.05
    assert loud[-1] / rate == pytest.approx(round(48000 / 1024) * 1024 / 48000 - 0.5, abs=0.05)


def joined(folder: Path) -> Path:
    """Two recordings of a stream, one behind the other as `cat` leaves them: the clock goes back."""
    part = write_clip(folder / "part.ts", count=25, audio="aac", audio_s=1).read_bytes()
    path = folder / "joined.ts"
    path.write_bytes(part + part)
    return path


@pytest.mark.slow
def test_sound_whose_clock_goes_back_costs_no_picture_and_is_heard_to_the_end(tmp_path: Path) -> None:
    source = joined(tmp_path)
    assert silent_because(source) is None
    notes = write(tmp_path / "out.mp4", count=50, audio_source=source)
    assert any("goes back" in note for note in notes)
    assert len(open_video(tmp_path / "out.mp4")) == 50
    samples, rate = sound_of(tmp_path / "out.mp4")
    loud = np.flatnonzero(np.abs(samples) > 0.3)
    assert loud[-1] / rate > 1.9
    with av.open(str(tmp_path / "out.mp4")) as container:
        times = [packet.dts for packet in container.demux(audio=0) if packet.dts is not None]
    assert times == sorted(set(times))


def test_sound_that_breaks_on_the_way_costs_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_clip(tmp_path / "source.mp4", count=50, audio="aac", audio_s=2)

    def broken(self: SoundTrack, *_: object) -> Iterator[av.Packet]:
        raise ValueError("no such layout")
        yield

    monkeypatch.setattr(SoundTrack, "_copied", broken)
    notes = write(tmp_path / "out.mp4", count=10, audio_source=source)
    assert any("is damaged and ends early (no such layout)" in note for note in notes)
    assert len(open_video(tmp_path / "out.mp4")) == 10
    assert "fits no MP4 (no such layout); the result is silent" in (silent_because(source) or "")


def test_a_name_that_is_no_utf8_is_written_like_any_other(tmp_path: Path) -> None:
    write(tmp_path / "caf\udce9.mp4", count=3)
    assert len(open_video(tmp_path / "caf\udce9.mp4")) == 3


def test_a_source_without_sound_is_noted_and_one_that_is_no_media_refused(tmp_path: Path) -> None:
    silent = write_clip(tmp_path / "silent.mp4")
    assert any("no sound" in note for note in write(tmp_path / "out.mp4", audio_source=silent))
    assert write(tmp_path / "out.mp4", audio_source=write_sound(tmp_path / "sound.wav")) != []
    (tmp_path / "text.bin").write_text("no media")
    with pytest.raises(ValueError, match="expected a file with sound"):
        write(tmp_path / "refused.mp4", audio_source=tmp_path / "text.bin")
    assert not (tmp_path / "refused.mp4").exists()


def test_places_that_cannot_be_written_to_fail_before_work(tmp_path: Path) -> None:
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "file").write_bytes(b"")
    for path, error, words in (
        (tmp_path / "out.avi", ValueError, ".mp4"),
        (tmp_path / "folder.mp4", ValueError, "folder"),
        (tmp_path / "file" / "out.mp4", ValueError, "in its way"),
        (Path("/proc/nowhere/out.mp4"), OSError, "expected a place to write to"),
    ):
        with pytest.raises(error, match=words) as caught:
            check_writable(path)
        assert "\n" not in str(caught.value)
    check_writable(tmp_path / "new" / "deep" / "out.mp4")
    assert list((tmp_path / "new" / "deep").iterdir()) == []
