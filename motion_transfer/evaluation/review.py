"""Scores of every frame -> the few frames of a result that a person should look at, worst first, each with its reason.

Every problem has a limit at which it begins and a value at which it is at its worst. The severity of a frame is how far
its worst problem lies from the one to the other, so that unlike problems can be compared.
"""

import numpy as np
from jaxtyping import Float

from motion_transfer.domain.value import value

MAX_FRAMES = 12
NEIGHBOURHOOD_S = 0.5  # frames so near to a worse one show the same mistake
Scores = Float[np.ndarray, "frame"]


@value
class ReviewFrame:
    """A frame that a person should look at.

    Attributes:
        index: of the frame in the result.
        reason: in words, e.g. `body left unpainted`.
        severity: above 0; 1 is as bad as it gets.
    """

    index: int
    reason: str
    severity: float


@value
class _Problem:
    """What can be wrong with a frame: nothing up to `limit`, everything at `worst`, which may lie on either side."""

    reason: str
    limit: float
    worst: float

    def severity(self, scores: Scores) -> Scores:
        """How bad each frame is in [0, 1]; a score of NaN stands for a frame without the problem."""
        return np.nan_to_num((scores - self.limit) / (self.worst - self.limit)).clip(0, 1)


UNSURE = _Problem(reason="landmarks unsure", limit=0.5, worst=0.0)
UNFAMILIAR = _Problem(reason="pose far from everything filmed", limit=0.75, worst=1.0)
UNPAINTED = _Problem(reason="body left unpainted", limit=0.02, worst=0.3)


def rank_review_frames(*, confidence: Scores, novelty: Scores, missing: Scores, fps: float) -> tuple[ReviewFrame, ...]:
    """Rank the frames that fall short: at most twelve, of which no two lie within half a second.

    Args:
        confidence: of the source's landmarks in each frame, in [0, 1].
        novelty: distance of each pose from the nearest filmed one, in [0, 1].
        missing: fraction of the body's inside that was left transparent in each frame; NaN where none is visible.
    """
    scores = {UNSURE: confidence, UNFAMILIAR: novelty, UNPAINTED: missing}
    problems = list(scores)
    severities = np.stack([problem.severity(scores[problem]) for problem in problems])
    severity, worst = severities.max(0), severities.argmax(0)
    chosen: list[int] = []
    for index in np.argsort(-severity, kind="stable").tolist():
        if severity[index] <= 0 or len(chosen) == MAX_FRAMES:
            break
        if all(abs(index - other) > NEIGHBOURHOOD_S * fps for other in chosen):
            chosen.append(index)
    return tuple(
        ReviewFrame(index=index, reason=problems[worst[index]].reason, severity=float(severity[index]))
        for index in chosen
    )
