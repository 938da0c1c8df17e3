"""Whether a result shows a whole person who stands in the picture as the source did, and if not, why.

Scores compare colours; a person who is painted well, but head down below the picture's edge, would pass them all.
"""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.body.skeleton import joint
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.value import value

MOST_OUTSIDE = 0.25  # of a frame's joints: farther out of the picture the person is cut
HIGHEST_M, DEEPEST_M = 0.35, 0.2  # of the lowest joint over and under the ground; a standing ankle lies 0.1 m over it
MOST_ODD = 0.2  # of the frames: fewer may be a jump, a handstand or a step out of the picture
MIN_SEEN = 0.3  # confidence of a landmark that was seen
LEGS = ("knee", "ankle")
SHOWN_RANGES = 5


@value
class Sanity:
    """How sane a result is.

    Attributes:
        score: the smallest fraction of frames that passes any one check, in [0, 1].
        reasons: what speaks against it, each in one sentence; empty for a sane result.
    """

    score: float
    reasons: tuple[str, ...]


def check_result(
    joints_m: Float[Tensor, "frame joint 3"], camera: Camera, shown: Float[np.ndarray, "frame"], seen: Detections | None
) -> Sanity:
    """Check where the body of a result is, whether it was painted, and what of the source's person was seen.

    Args:
        joints_m: of the body in the target's world, whose ground is y = 0.
        shown: the fraction of each frame's body that came out transparent; NaN where no body was in the picture.
        seen: in a source that is a video.
    """
    checks = [*_of_body(joints_m, camera), _painted(shown), *([] if seen is None else _of_source(seen))]
    reasons = tuple(sentence for odd, sentence in checks if odd > MOST_ODD)
    return Sanity(score=1 - max(odd for odd, _ in checks), reasons=reasons)


def _of_body(joints_m: Float[Tensor, "frame joint 3"], camera: Camera) -> Iterator[tuple[float, str]]:
    pixels, depth = camera.project(joints_m)
    size = torch.tensor([camera.size.width, camera.size.height])
    inside = ((pixels >= 0) & (pixels <= size)).all(-1) & (depth > 0)
    cut = inside.float().mean(1) < 1 - MOST_OUTSIDE
    yield _share(cut), f"The person is cut by the picture's edge in {_count(cut)}."
    above = joints_m[:, joint("head"), 1] - joints_m[:, joint("pelvis"), 1]
    inverted = above < 0
    remedy = "if the source is upside down, add rotate=180, or rotate=0 if it was turned"
    yield _share(inverted), f"The person is head down in {_count(inverted)}: {remedy}."
    lowest = joints_m[..., 1].amin(1)
    floating, sunk = lowest > HIGHEST_M, lowest < -DEEPEST_M
    yield _share(floating), f"The person hangs above the ground in {_count(floating)}."
    yield _share(sunk), f"The person stands in the ground in {_count(sunk)}."


def _painted(missing: Float[np.ndarray, "frame"]) -> tuple[float, str]:
    absent = torch.from_numpy(~(missing < 0.5))
    return _share(absent), f"Next to nothing of the person is painted in {_count(absent)}."


def _of_source(seen: Detections) -> Iterator[tuple[float, str]]:
    confidence, names = seen.landmarks_2d.confidence, seen.layout.names
    absent = confidence.amax(1) == 0
    yield (
        _share(absent),
        f"The source shows no person in {_count(absent)}: {ranges(absent)}.",
    )
    legs = [row for row, name in enumerate(names) if name.partition("_")[2] in LEGS]
    if legs:
        unseen = (confidence[:, legs].mean(1) < MIN_SEEN) & ~absent
        sentence = f"The legs of the source's person are not seen in {_count(unseen)}, and are made up there"
        yield _share(unseen), f"{sentence}; film from head to toe."


def ranges(chosen: Bool[Tensor, "frame"]) -> str:
    """Chosen frames as ranges: `frames 3 to 7, 20 to 20`."""
    edges = torch.diff(chosen.int(), prepend=torch.zeros(1).int(), append=torch.zeros(1).int())
    starts, stops = (edges == 1).nonzero().flatten().tolist(), (edges == -1).nonzero().flatten().tolist()
    parts = [f"{start} to {stop - 1}" for start, stop in zip(starts, stops, strict=True)]
    more = f" and {len(parts) - SHOWN_RANGES} more" if len(parts) > SHOWN_RANGES else ""
    return f"frames {', '.join(parts[:SHOWN_RANGES])}{more}"


def _share(odd: Bool[Tensor, "frame"]) -> float:
    return float(odd.float().mean()) if len(odd) else 0.0


def _count(odd: Bool[Tensor, "frame"]) -> str:
    return f"{int(odd.sum())} of {len(odd)} frames"
