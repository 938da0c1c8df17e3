"""Which frames stand for a whole clip where not all of them are used."""

import numpy as np


def evenly_spaced(count: int, most: int) -> list[int]:
    """At most `most` indices of `count` frames, evenly spaced from the first to the last; all of a short clip."""
    return sorted(set(np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()))


def part_centres(count: int, parts: int) -> list[int]:
    """The frame in the middle of each of `parts` equal parts of a clip of `count` frames; all of a short clip."""
    parts = min(count, parts)
    return [(2 * index + 1) * count // (2 * parts) for index in range(parts)]
