"""The sound of one file -> the audio track of another, cut to the picture's length."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType

from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition

from motion_transfer.files.decoding import is_known, open_media

COPIED_CODECS = ("aac", "mp3", "ac3", "eac3", "alac")  # what players expect in MP4
AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
BIT_RATE = 192_000


class SoundTrack:
    """Feeds a container with the sound of `source`, always as far as the picture has come; used with `with`.

    Attributes:
        notes: what had to be changed, each in one sentence for the report.
    """

    def __init__(self, source: Path, container: OutputContainer) -> None:
        self.notes: list[str] = []
        self._source = source
        self._container = container
        self._waiting: Packet | None = None
        self._output: AudioStream | None = None

    def __enter__(self) -> "SoundTrack":
        self._input = open_media(self._source, "a file with sound")
        streams = [stream for stream in self._input.streams.audio if is_known(stream)]
        if not streams:
            self.notes.append(f"{self._source.name} has no sound that is known here, so the result is silent.")
            self._packets: Iterator[Packet] = iter(())
            return self
        self._start = self._picture_start()
        if streams[0].codec.canonical_name in COPIED_CODECS:
            self._output = self._container.add_stream_from_template(streams[0])
            self._packets = self._copied(streams[0], self._output)
        else:
            self.notes.append(f"MP4 cannot hold {streams[0].codec.canonical_name} sound; it was encoded as AAC.")
            rate = min(AAC_RATES, key=lambda rate: (abs(rate - streams[0].rate), rate))
            layout = "mono" if streams[0].channels == 1 else "stereo"
            self._output = self._container.add_stream("aac", rate=rate, layout=layout)
            self._output.bit_rate = BIT_RATE
            self._packets = self._encoded(streams[0], self._output)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._input.close()

    def copy_until(self, end_s: Fraction) -> None:
        """Hand over all sound that starts before `end_s` seconds of the new video."""
        while True:
            packet = self._waiting or next(self._packets, None)
            self._waiting = packet
            if packet is None or packet.pts is None or packet.pts * packet.time_base >= end_s:
                return
            self._waiting = None
            self._container.mux(packet)

    def _picture_start(self) -> Fraction:
        """When the picture of the source starts on the clock of its sound, in seconds."""
        for stream in self._input.streams.video:
            if not stream.disposition & Disposition.attached_pic and stream.start_time is not None:
                return stream.start_time * (stream.time_base or Fraction(1))
        return Fraction(0)

    def _copied(self, stream: AudioStream, output: AudioStream) -> Iterator[Packet]:
        base = stream.time_base or Fraction(1, stream.rate)
        shift = round(self._start / base)
        try:
            for packet in self._input.demux(stream):
                # One packet from before the picture stays: a codec such as AAC builds on the packet before.
                if packet.pts is None or packet.dts is None or packet.pts + 2 * (packet.duration or 0) <= shift:
                    continue
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = output
                yield packet
        except FFmpegError as failure:
            self.notes.append(f"The sound of {self._source.name} is damaged and ends early ({failure.strerror}).")

    def _encoded(self, stream: AudioStream, output: AudioStream) -> Iterator[Packet]:
        resampler = AudioResampler(format="fltp", layout=output.layout, rate=output.rate)
        base = Fraction(1, output.rate)
        try:
            for frame in self._input.decode(stream):
                for samples in resampler.resample(frame):
                    if samples.pts is not None and samples.time_base is not None:
                        samples.pts = round((samples.pts * samples.time_base - self._start) / base)
                        samples.time_base = base
                    yield from output.encode(samples)
        except FFmpegError as failure:
            self.notes.append(f"The sound of {self._source.name} is damaged and ends early ({failure.strerror}).")
        yield from output.encode(None)
