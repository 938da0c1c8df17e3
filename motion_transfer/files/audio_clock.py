"""The clock of a file's sound -> that of the new picture, on which time never goes back."""

from dataclasses import dataclass
from fractions import Fraction

from motion_transfer.domain.video import Cut

RESTART_S = Fraction(1, 2)  # a clock that goes back by more was started again, as where parts of a stream were joined


@dataclass
class AudioClock:
    """Called with one piece of sound after the other, gives when each is heard.

    Args:
        start_s: when the picture starts.
        cuts: stretches that the picture leaves out.
    """

    start_s: Fraction
    cuts: tuple[Cut, ...] = ()
    _offset_s: Fraction = Fraction(0)
    _last_s: Fraction | None = None
    _end_s: Fraction = Fraction(0)
    _dropped: int = 0
    _restarts: int = 0

    def place(self, time_s: Fraction, length_s: Fraction) -> Fraction | None:
        """The new time of a piece, in seconds from the start of the picture; None for one that is left out.

        A clock that was started again goes on where it was; a piece that overlaps the one before is left out.
        """
        cut_s = Fraction(0)
        for cut in self.cuts:
            if time_s >= cut.stop_s:
                cut_s += cut.stop_s - cut.start_s
            elif time_s >= cut.start_s:
                return None
        at = time_s - cut_s - self.start_s + self._offset_s
        if self._last_s is not None:
            if self._end_s - at > RESTART_S:
                self._offset_s += self._end_s - at
                self._restarts += 1
                at = self._end_s
            elif self._end_s - at > length_s / 2 or at <= self._last_s:
                self._dropped += 1
                return None
        self._last_s, self._end_s = at, at + length_s
        return at

    def notes(self, name: str) -> list[str]:
        """What was changed, each in one sentence."""
        notes = []
        if self._restarts:
            notes.append(f"The clock of the sound of {name} goes back {self._restarts} times; it was made to run on.")
        if self._dropped:
            notes.append(f"{self._dropped} pieces of the sound of {name} overlap others and were left out.")
        return notes
