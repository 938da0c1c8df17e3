"""Times of decoded frames -> a constant frame rate, which frame is shown in each interval, and what is left out.

A clip's rate is its usual interval between two frames, not its mean: a pause or a dropped frame changes nothing in it.
"""

from fractions import Fraction
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from motion_transfer.domain.value import value
from motion_transfer.domain.video import Cut

Gaps = Literal["hold", "cut"]
WHOLE, NTSC = (24, 25, 30, 48, 50, 60, 120, 240), (24, 30, 60, 120)
USUAL_RATES = (*map(Fraction, WHOLE), *(Fraction(rate * 1000, 1001) for rate in NTSC))
IRREGULAR = 0.10  # of the usual interval, by which one may be off
AGREEING = 0.98  # of the intervals, for a clip of one rate
SAME_RATE = 5e-4  # relative; 30 and 30000/1001 differ by twice as much
SNAPPED = 2e-3
FASTEST_VARIABLE = 60  # frames/s, which bursts of frames are spread to
FASTEST_CAMERA = 250  # frames/s: what follows faster was written in bursts
FALLBACK_FPS, SLOWEST_FPS = Fraction(25), Fraction(1, 1001)
GAP_STEPS, CUT_GAP_S = 3, 0.25  # what is longer is a gap, and is cut where that is asked for
LONGEST_HOLD_S = 10.0  # of one frame: what is longer is a clock that jumps


@value
class Timing:
    """How the frames of a file are shown.

    Attributes:
        picks: which decoded frame each frame of the result is.
        notes: what was done to get there, each in one sentence.
        cuts: stretches of the file's clock that are left out.
    """

    fps: Fraction
    picks: Int[np.ndarray, "frame"]
    notes: tuple[str, ...] = ()
    cuts: tuple[Cut, ...] = ()


def constant_rate(
    times_s: Float[np.ndarray, "decoded"], tick_s: float, declared: Fraction | None, gaps: Gaps = "hold"
) -> Timing:
    """The exact rate of a clip, and what is shown when.

    Args:
        times_s: of the decoded frames in the order they are shown; NaN where a frame carries none.
        tick_s: the finest step of the file's clock.
        declared: the rate that the file announces.
        gaps: whether a picture is held for as long as a gap lasts, or gaps are cut. Those over 10 s always are.
    """
    every = np.arange(len(times_s))
    if len(times_s) == 1 or np.isnan(times_s).any():
        return Timing(fps=declared or FALLBACK_FPS, picks=every)
    steps = np.diff(times_s)
    if not (steps > 0).any() or (times_s[-1] == times_s[0] and len(times_s) == 2):
        note = "The frames carry no usable times; a constant rate is assumed."
        return Timing(fps=declared or FALLBACK_FPS, picks=every, notes=(note,))
    usual = float(np.median(steps[steps > 0]))
    bursts = usual * FASTEST_CAMERA < 1 - IRREGULAR and float(np.mean(steps)) * FASTEST_CAMERA > 1
    if bursts:
        usual = float(np.mean(steps[(steps >= 0) & (steps < LONGEST_HOLD_S)]))
    mended, cuts, notes = _mended(times_s, steps, usual, gaps)
    if bursts:
        fps = _rate(np.array([usual]), usual, IRREGULAR * usual, declared)
        spread = f"The frames were written in bursts; they were spread evenly, at {float(fps):.4g} frames/s."
        return Timing(fps=fps, picks=_held(mended, fps), notes=(*notes, spread), cuts=cuts)
    fps = _rate(mended, usual, tick_s, declared)
    off = np.abs(mended * float(fps) - 1) > IRREGULAR + tick_s * float(fps)
    if not off.any():
        return Timing(fps=fps, picks=every, notes=notes, cuts=cuts)
    if not _one_rate(mended, fps, tick_s):
        fast = float(np.percentile(mended[mended > 0], 2))
        fps = _rate(mended, max(fast, min(usual, 1 / FASTEST_VARIABLE)), tick_s, None)
        spread = f"{1 / mended.max():.3g} to {1 / max(mended.min(), tick_s):.3g} frames/s"
        varies = f"The frame rate varies ({spread}); all frames are kept, at {float(fps):.4g} frames/s."
        return Timing(fps=fps, picks=_held(mended, fps), notes=(*notes, varies), cuts=cuts)
    picks = _held(mended, fps)
    held = len(picks) - len(every)
    if held:
        notes = (*notes, f"Where the file has no frame for a time, the one before is repeated ({held} in all).")
    return Timing(fps=fps, picks=picks, notes=notes, cuts=cuts)


def _mended(
    times_s: Float[np.ndarray, "decoded"], steps: Float[np.ndarray, "step"], usual: float, gaps: Gaps
) -> tuple[Float[np.ndarray, "step"], tuple[Cut, ...], tuple[str, ...]]:
    """The steps with those that are cut or go back at their usual length."""
    longest = max(GAP_STEPS * usual, CUT_GAP_S) if gaps == "cut" else max(LONGEST_HOLD_S, 10 * usual)
    long, back = steps > longest, steps < 0
    cuts = tuple(
        Cut(start_s=_exact(times_s[i] + usual), stop_s=_exact(times_s[i + 1])) for i in np.flatnonzero(long).tolist()
    )
    notes = []
    if len(cuts):
        left_s = float(steps[long].sum() - usual * long.sum())
        notes.append(f"Gaps between frames were cut ({len(cuts)}, {left_s:.3g} s in all).")
    if back.any():
        notes.append(f"The clock of the frames goes back (times: {int(back.sum())}); they follow each other as stored.")
    return np.where(long | back, usual, steps), cuts, tuple(notes)


def _rate(steps: Float[np.ndarray, "step"], usual: float, tick_s: float, declared: Fraction | None) -> Fraction:
    """The rate of the usual step: the file's own where it fits, or the nearest usual one, or what was measured."""
    alike = steps[np.abs(steps - usual) <= IRREGULAR * usual + tick_s]  # a mean is finer than the file's ticks
    measured = 1 / float(alike.mean() if len(alike) else usual)
    unsure = tick_s * measured / max(len(alike), 1)  # by how much a mean of whole ticks may be off
    if declared and abs(float(declared) / measured - 1) <= max(SAME_RATE, unsure):
        return declared
    near = min(USUAL_RATES, key=lambda rate: abs(float(rate) / measured - 1))
    if abs(float(near) / measured - 1) <= max(SNAPPED, unsure):
        return near
    return max(Fraction(measured).limit_denominator(1001), SLOWEST_FPS)


def _one_rate(steps: Float[np.ndarray, "step"], fps: Fraction, tick_s: float) -> bool:
    """Whether nearly all steps are one interval, a few where frames were dropped, or a gap."""
    intervals = steps * float(fps)
    whole = np.abs(intervals - np.maximum(np.round(intervals), 1)) <= IRREGULAR + tick_s * float(fps)
    return float((whole | (intervals > GAP_STEPS)).mean()) >= AGREEING


def _held(steps: Float[np.ndarray, "step"], fps: Fraction) -> Int[np.ndarray, "frame"]:
    """Each frame for as long as it lasts, at least for one interval: no frame is lost."""
    due = np.round(np.concatenate([[0.0], np.cumsum(steps)]) * float(fps)).astype(int)
    ahead = np.arange(len(due))
    shown_at = np.maximum.accumulate(due - ahead) + ahead  # the earliest that leaves each its own interval
    return np.repeat(ahead, np.diff(shown_at, append=shown_at[-1] + 1))


def _exact(seconds: float) -> Fraction:
    return Fraction(float(seconds)).limit_denominator(1_000_000)
