"""Small clips that the tests of this folder make for themselves."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def numbered_frame(number: int, height: int = 48, width: int = 64) -> np.ndarray:
    """A picture that tells its number (grey level) and which way is up (red top left, green top right corner)."""
    frame = np.full((height, width, 3), 20 + 4 * number, np.uint8)
    frame[: height // 4, : width // 4] = (255, 0, 0)
    frame[: height // 4, -(width // 4) :] = (0, 255, 0)
    return frame


def number_of(frame: np.ndarray) -> int:
    """The number that `numbered_frame` drew."""
    height, width = frame.shape[:2]
    middle = frame[3 * height // 8 : 5 * height // 8, 3 * width // 8 : 5 * width // 8, 1]
    return round((float(np.median(middle)) - 20) / 4)


def write_clip(
    path: Path,
    *,
    count: int = 12,
    fps: Fraction = Fraction(25),
    size: tuple[int, int] = (48, 64),
    times: Sequence[Fraction] | None = None,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    turned: tuple[float, bool, bool] | None = None,
    audio: str | None = None,
    audio_s: float = 2.0,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    keyframes_every: int = 12,
    pixel_aspect: Fraction | None = None,
) -> Path:
    """Encode numbered frames, shown at `times` (seconds; default k / fps), with a tone where `audio` is given."""
    tick = Fraction(1, 90000)
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=fps, options=options or {})
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width, stream.pix_fmt = *size, pixels
        stream.gop_size, stream.bit_rate = keyframes_every, 4_000_000
        if times is not None:
            stream.codec_context.time_base = tick
        if pixel_aspect:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        if turned:
            stream.set_display_rotation(turned[0], hflip=turned[1], vflip=turned[2])
        sound = container.add_stream(audio, rate=48000, layout="mono") if audio else None
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(numbered_frame(number, *size), format="rgb24")
            frame.pts = number if times is None else round(times[number] / tick)
            frame.time_base = 1 / fps if times is None else tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            assert isinstance(sound, av.AudioStream)
            for block in range(round(audio_s * 48000 / 1024)):
                phase = (np.arange(1024) + block * 1024) * 2 * np.pi * 440 / 48000
                tone = (np.sin(phase) * 8000).astype(np.int16)[None]
                samples = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
                samples.sample_rate, samples.pts, samples.time_base = 48000, block * 1024, Fraction(1, 48000)
                container.mux(sound.encode(samples))
            container.mux(sound.encode(None))
    return path


def write_sound(path: Path) -> Path:
    """A second of silence."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        assert isinstance(stream, av.AudioStream)
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        samples.sample_rate = 8000
        container.mux(stream.encode(samples))
        container.mux(stream.encode(None))
    return path
