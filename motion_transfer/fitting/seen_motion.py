"""A capture's motion, with what its clip does not show put in place of what the fit made up there."""

from jaxtyping import Bool
from torch import Tensor

from motion_transfer.body.posing import ShapedBody
from motion_transfer.domain.body_motion import BodyMotion, Capture
from motion_transfer.domain.landmarks import Detections
from motion_transfer.fitting.absent_frames import absent_frames, hold_absent_frames
from motion_transfer.fitting.hidden_legs import hidden_legs, stand_on_hidden_legs

NAMED_CUTS = 3


def seen_motion(capture: Capture, body: ShapedBody) -> tuple[BodyMotion, tuple[str, ...]]:
    """Let hidden legs stand and hold poses where nobody is seen; and what was done, in sentences for the report."""
    legs, absent = hidden_legs(capture.detections), absent_frames(capture.detections)
    motion = hold_absent_frames(stand_on_hidden_legs(capture.motion, body, legs), absent)
    notes = _cuts(capture.detections, absent)
    if legs.any():
        notes.append(f"the legs are hidden in {int(legs.sum())} of {len(legs)} frames, and stand still there")
    if absent.any():
        notes.append(f"nobody is seen in {int(absent.sum())} of {len(absent)} frames, whose poses are held or eased")
    return motion, tuple(notes)


def _cuts(detections: Detections, absent: Bool[Tensor, "frame"]) -> list[str]:
    """What cuts do to the dance; a person who comes or goes at one is told of elsewhere."""
    cuts = [start for start in detections.shot_starts[1:] if not absent[start - 1 : start + 1].any()]
    if not cuts:
        return []
    times = [f"{float(cut / detections.fps):.3g} s" for cut in cuts[:NAMED_CUTS]]
    more = f" and {len(cuts) - NAMED_CUTS} more" if len(cuts) > NAMED_CUTS else ""
    return [f"the clip is cut at {', '.join(times)}{more}, and the dance jumps there; trim it to one shot"]
