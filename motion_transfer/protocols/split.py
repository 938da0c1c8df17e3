"""A clip's training part and its test part: contiguous, because neighbours in time are nearly the same frame."""

from dataclasses import dataclass

FEWEST_TESTED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Frames `first` to `split` are learned from, `split` to `stop` (not included) are tested on."""

    first: int
    split: int
    stop: int

    def among(self, frames: int) -> "Split":
        """The same proportion of these frames, counted from the first of them, of which only so many are left.

        Raises:
            ValueError: a part is empty or too short.
        """
        trained = (self.split - self.first) / (self.stop - self.first)
        split = round(trained * frames)
        if not 0 < split <= frames - FEWEST_TESTED:
            raise ValueError(
                f"expected frames to learn from and at least {FEWEST_TESTED} to be measured on, got {frames} frames "
                "that show the person's scene; use a longer clip"
            )
        return Split(first=0, split=split, stop=frames)


def split_frames(frames: int, *, start: int, stop: int | str | None, train_fraction: float) -> Split:
    """Split a range of a clip.

    Args:
        frames: of the clip.
        start: frames before this one are left out.
        stop: and those from this one on; None for the clip's end.

    Raises:
        ValueError: a part is empty or too short, or `stop` is no number.
    """
    asked = frames if stop is None else stop
    if not isinstance(asked, int):
        raise ValueError(f"expected the number of a frame for stop, got stop={asked}; leave it out for the last one")
    last = min(asked, frames)
    split = start + int(train_fraction * (last - start))
    if not 0 <= start < split <= last - FEWEST_TESTED:
        raise ValueError(
            f"expected frames to learn from and at least {FEWEST_TESTED} to be measured on, got start={start}, "
            f"stop={last} and train_fraction={train_fraction} of {frames} frames; widen the range"
        )
    return Split(first=start, split=split, stop=last)
