"""The frames of a clip that show the person's scene: title cards, fades, inserts and other shots are none of it.

Notation: M is the median of the small frames of the shot that shows the person longest. A frame agrees with the scene
where most of its pixels are near those of M, and most of M's edges run in it as they do in M: the person covers some of
them, a card or another place nearly all. A card in the room's own colours, a close-up and a blurred insert have its
colours, but not its edges.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, UInt8

from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame, ImageSize, Video
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.landmarks.resizing import downscaled
from motion_transfer.landmarks.shots import CutDetector

SMALL = ImageSize(height=32, width=32)
NEAR = 40  # levels of every channel
AGREEING = 0.6  # of the share of pixels that agree in the usual frame of the person's own shot
EDGES, FAINT, FEWEST = 0.75, 2.0, 30  # steeper than so many pixels of M, levels per pixel, and how many say something
ALONG, STEEPER = 0.8, 3.0  # cosine of two gradients, and quotient of their lengths, that are alike
FOLLOWING = 0.4  # of the share of edges that a usual frame of the person's own shot follows
STANDING = 0.5  # a share of edges below which the camera does not stand, so that none can be missed
LOOKED_AT = 24  # frames in which the person is searched
REFERENCE_FRAMES = 101  # that M is the median of
FADED = 0.2  # of the usual brightness
FADE_FRAMES = 2  # beside what was trimmed, which may still be part of a fade
SHOWN_RANGES = 5

Range = tuple[int, int]
SmallFrames = UInt8[np.ndarray, "frame height width 3"]


@value
class Scene:
    """Frames of a clip, as ranges whose ends are not included; `frames` of the clip in all."""

    ranges: tuple[Range, ...]
    frames: int

    @property
    def is_whole(self) -> bool:
        """Whether no frame is left out."""
        return self.ranges == ((0, self.frames),)

    @property
    def note(self) -> str:
        """What is left out, in one sentence."""
        edges = [0, *(edge for kept in self.ranges for edge in kept), self.frames]
        gaps = [(edges[i], edges[i + 1] - 1) for i in range(0, len(edges), 2) if edges[i] < edges[i + 1]]
        more = f" and {len(gaps) - SHOWN_RANGES} more stretches" if len(gaps) > SHOWN_RANGES else ""
        named = ", ".join(f"{first} to {last}" for first, last in gaps[:SHOWN_RANGES])
        return f"Frames {named}{more} do not show the scene that the person is in, and were left out."


def find_scene(video: Video, shows_person: Callable[[Sequence[int]], Bool[np.ndarray, "looked_at"] | None]) -> Scene:
    """Find the frames of the person's scene.

    Args:
        shows_person: whether each of some frames shows anybody; None where that cannot be told. It is asked only where
            the frames are not all of one scene.
    """
    cuts = CutDetector()
    small = np.empty((len(video), SMALL.height, SMALL.width, 3), np.uint8)
    for index, frame in enumerate(video.open_frames()):
        cuts.add(frame)
        small[index] = downscaled(frame, SMALL)
    starts = tuple(sorted({*cuts.shot_starts(), *_jumps(small)}))
    whole = Scene(ranges=((0, len(video)),), frames=len(video))
    if len(starts) == 1 and agreeing(small, small).all():
        return whole
    wanted = evenly_spaced(len(video), LOOKED_AT)
    shown = shows_person(wanted)
    if shown is None or not shown.any():
        return whole
    ranges = kept_ranges(small, starts, [index for index, seen in zip(wanted, shown, strict=True) if seen])
    return Scene(ranges=ranges, frames=len(video))


def kept_ranges(small: SmallFrames, starts: tuple[int, ...], with_person: list[int]) -> tuple[Range, ...]:
    """The ranges of frames of the person's scene: of each shot, what agrees with it, without fades at its ends.

    Args:
        starts: the first frame of every shot.
        with_person: some frames that show the person.
    """
    shots = list(zip(starts, (*starts[1:], len(small)), strict=True))
    counts = [sum(start <= index < stop for index in with_person) for start, stop in shots]
    start, stop = shots[int(np.argmax(counts))]
    own = [index for index in with_person if start <= index < stop]
    scene = small[own[0] : own[-1] + 1]
    agrees, levels = agreeing(small, scene), small.mean((1, 2, 3))
    usual = float(np.median(levels[own[0] : own[-1] + 1]))
    # Where a camera pans, the person's own shot agrees with itself nowhere: it is kept but for fades. Where it stands,
    # a place whose edges are others has come by a crossfade.
    shown = np.abs(levels - usual) < FADED * usual
    agrees[own[0] : own[-1] + 1] |= (shown & _standing(small, scene))[own[0] : own[-1] + 1]
    kept: list[Range] = []
    for first, after in shots:
        inside = first + np.flatnonzero(agrees[first:after])
        if 2 * len(inside) <= after - first and first != start:
            continue
        begin = first if inside[0] == first else int(inside[0]) + FADE_FRAMES
        end = after if inside[-1] == after - 1 else int(inside[-1]) + 1 - FADE_FRAMES
        if begin < end:
            kept = [*kept[:-1], (kept[-1][0], end)] if kept and kept[-1][1] == begin else [*kept, (begin, end)]
    return tuple(kept) or ((start, stop),)


def agreeing(small: SmallFrames, scene: UInt8[np.ndarray, "other height width 3"]) -> Bool[np.ndarray, "frame"]:
    """Which frames agree with the median of others as well as those do themselves, or nearly."""
    some = scene[evenly_spaced(len(scene), REFERENCE_FRAMES)]
    reference = np.median(some, axis=0)
    usual = float(np.median(_shares(some, reference)))
    return (_shares(small, reference) >= AGREEING * usual) & _standing(small, scene)


def _standing(small: SmallFrames, scene: UInt8[np.ndarray, "other height width 3"]) -> Bool[np.ndarray, "frame"]:
    """Which frames have the edges of a scene; all of them where the camera does not stand."""
    some = scene[evenly_spaced(len(scene), REFERENCE_FRAMES)]
    reference = np.median(some, axis=0)
    usual = float(np.median(_followed(some, reference)))
    return _followed(small, reference) >= FOLLOWING * usual if usual >= STANDING else np.ones(len(small), bool)


def _jumps(small: SmallFrames) -> list[int]:
    """Where an insert begins or ends that has the scene's colours: the room's edges go or come within a frame."""
    some = small[evenly_spaced(len(small), REFERENCE_FRAMES)]
    reference = np.median(some, axis=0)
    usual = float(np.median(_followed(some, reference)))
    if usual < STANDING:
        return []
    return [
        int(index) + 1 for index in np.flatnonzero(np.abs(np.diff(_followed(small, reference))) > FOLLOWING * usual)
    ]


def _shares(small: SmallFrames, reference: np.ndarray) -> np.ndarray:
    """Of the pixels that are near the reference's."""
    return np.array([(np.abs(frame - reference).max(-1) < NEAR).mean() for frame in small])


def _followed(small: SmallFrames, reference: np.ndarray) -> np.ndarray:
    """The share of the reference's edges that run in each frame as well; 1 where it has hardly any."""
    edge, steep = _gradients(reference), np.linalg.norm(_gradients(reference), axis=-1)
    chosen = (steep >= np.quantile(steep, EDGES)) & (steep > FAINT)
    if chosen.sum() < FEWEST:
        return np.ones(len(small))
    edge, steep = edge[chosen], steep[chosen]
    shares = []
    for frame in small:
        found = _gradients(frame)[chosen]
        length = np.linalg.norm(found, axis=-1)
        alike = (found * edge).sum(-1) > ALONG * length * steep
        shares.append((alike & (length * STEEPER > steep) & (length < STEEPER * steep)).mean())
    return np.array(shares)


def _gradients(picture: np.ndarray) -> np.ndarray:
    """Of the brightness, downwards and to the right, in levels per pixel."""
    return np.stack(np.gradient(picture.astype(np.float32).mean(-1)), -1)


def of_ranges(video: Video, scene: Scene) -> Video:
    """The frames of the scene alone, without sound."""

    def frames() -> Iterator[Frame]:
        chosen = [index for start, stop in scene.ranges for index in range(start, stop)]
        return (frame for _, frame in video.pick(chosen))

    count = sum(stop - start for start, stop in scene.ranges)
    return replace(video, open_frames=frames, frame_count=count, audio_source=None, notes=(*video.notes, scene.note))
