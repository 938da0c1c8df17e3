"""The frame rate that a user asks for."""

from fractions import Fraction


def frame_rate(fps: float | str | None) -> Fraction | None:
    """A number, or an exact fraction such as 30000/1001.

    Raises:
        ValueError: it is neither, or not above 0.
    """
    try:
        asked = None if fps is None else Fraction(str(fps))
    except (ValueError, ZeroDivisionError):
        asked = Fraction(0)
    if asked is not None and asked <= 0:
        raise ValueError(f"expected frames per second above 0, got fps={fps}; try fps=25 or fps=30000/1001")
    return asked
