"""The sound of one file -> the audio track of another, cut to the picture's length.

Sound is never worth a picture: what of it cannot be carried over is left out and noted.
"""

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition

from motion_transfer.domain.video import Cut
from motion_transfer.files.audio_clock import AudioClock
from motion_transfer.files.decoding import is_known, open_media
from motion_transfer.files.replacing import NO_ROOM

COPIED_CODECS = ("aac", "mp3", "ac3", "eac3", "alac")  # what players expect in MP4
AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
BIT_RATE = 192_000
BROKEN = (FFmpegError, ValueError, ArithmeticError, AttributeError, TypeError)  # what libraries raise at odd streams


class SoundTrack:
    """Feeds a container with the sound of `source`, always as far as the picture has come; used with `with`.

    Args:
        cuts: stretches of the source's clock that the picture leaves out.
    """

    def __init__(self, source: Path, container: OutputContainer, cuts: tuple[Cut, ...] = ()) -> None:
        self._said: list[str] = []
        self._source = source
        self._clock = AudioClock(start_s=Fraction(0), cuts=cuts)
        self._container = container
        self._waiting: Packet | None = None
        self._packets: Iterator[Packet] = iter(())

    def __enter__(self) -> "SoundTrack":
        self._input = open_media(self._source, "a file with sound")
        streams = [stream for stream in self._input.streams.audio if is_known(stream)]
        if not streams:
            self._said.append(f"{self._source.name} has no sound that is known here, so the result is silent.")
            return self
        stream, self._clock.start_s = streams[0], self._picture_start()
        if stream.codec.canonical_name in COPIED_CODECS:
            output = self._container.add_stream_from_template(stream)
            self._packets = self._copied(stream, output)
        else:
            self._said.append(f"MP4 cannot hold {stream.codec.canonical_name} sound; it was encoded as AAC.")
            rate = min(AAC_RATES, key=lambda rate: (abs(rate - stream.rate), rate))
            layout = "mono" if stream.channels == 1 else "stereo"
            output = self._container.add_stream("aac", rate=rate, layout=layout)
            output.bit_rate = BIT_RATE
            self._packets = self._encoded(stream, output)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._input.close()

    @property
    def notes(self) -> list[str]:
        """What had to be changed so far, each in one sentence for the report."""
        return [*self._said, *self._clock.notes(self._source.name)]

    def copy_until(self, end_s: Fraction) -> None:
        """Hand over all sound that starts before `end_s` seconds of the new video."""
        while True:
            try:
                packet = self._waiting or next(self._packets, None)
                self._waiting = packet
                if packet is None or packet.pts is None or packet.pts * packet.time_base >= end_s:
                    return
                self._waiting = None
                self._container.mux(packet)
            except BROKEN as failure:
                if isinstance(failure, FFmpegError) and failure.errno in NO_ROOM:
                    raise
                self._end_early(failure)
                return

    def _end_early(self, failure: Exception) -> None:
        reason = failure.strerror if isinstance(failure, FFmpegError) else str(failure)
        self._said.append(f"The sound of {self._source.name} is damaged and ends early ({reason}).")
        self._packets, self._waiting = iter(()), None

    def _picture_start(self) -> Fraction:
        """When the picture of the source starts on the clock of its sound, in seconds."""
        for stream in self._input.streams.video:
            if not stream.disposition & Disposition.attached_pic and stream.start_time is not None:
                return stream.start_time * (stream.time_base or Fraction(1))
        return Fraction(0)

    def _copied(self, stream: AudioStream, output: AudioStream) -> Iterator[Packet]:
        base = stream.time_base or Fraction(1, stream.rate)
        for packet in self._input.demux(stream):
            if packet.pts is None or packet.dts is None:
                continue
            length = (packet.duration or 0) * base
            at = self._clock.place(packet.dts * base, length)
            # One packet from before the picture stays: a codec such as AAC builds on the packet before.
            if at is None or at + 2 * length <= 0:
                continue
            shift = round(at / base) - packet.dts
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            packet.stream = output
            yield packet

    def _encoded(self, stream: AudioStream, output: AudioStream) -> Iterator[Packet]:
        resampler = AudioResampler(format="fltp", layout=output.layout, rate=output.rate)
        base = Fraction(1, output.rate)
        try:
            for frame in self._input.decode(stream):
                for samples in resampler.resample(frame):
                    if samples.pts is not None and samples.time_base is not None:
                        at = self._clock.place(samples.pts * samples.time_base, samples.samples * base)
                        if at is None:
                            continue
                        samples.pts, samples.time_base = round(at / base), base
                    yield from output.encode(samples)
        except BROKEN as failure:
            self._end_early(failure)
        yield from output.encode(None)


def silent_because(source: Path, cuts: tuple[Cut, ...] = ()) -> str | None:
    """Why no MP4 can carry the sound of a file, in one sentence for the report; None where one can.

    All of it is written once to memory, which takes a moment, so that the picture need not wait to learn of it.
    """
    try:
        with av.open(io.BytesIO(), "w", format="mp4") as memory, SoundTrack(source, memory, cuts) as sound:
            packets = 0
            for packet in sound._packets:
                memory.mux(packet)
                packets += 1
            return None if packets else f"The sound of {source.name} is empty; the result is silent."
    except BROKEN as failure:
        reason = failure.strerror if isinstance(failure, FFmpegError) else str(failure)
        return f"The sound of {source.name} fits no MP4 ({reason}); the result is silent."
