"""Which frames of a result a person should look at."""

import numpy as np
import pytest

from motion_transfer.evaluation.review import MAX_FRAMES, ReviewFrame, rank_review_frames

FPS = 10.0


def rank(frames: int = 100, **problems: dict[int, float]) -> tuple[ReviewFrame, ...]:
    """Rank a clip in which all is well but for the given scores at the given frames."""
    well = {"confidence": 1.0, "novelty": 0.0, "missing": 0.0}
    scores = {name: np.full(frames, score) for name, score in well.items()}
    for name, changed in problems.items():
        scores[name][list(changed)] = list(changed.values())
    return rank_review_frames(**scores, fps=FPS)


def test_a_good_clip_has_nothing_to_review() -> None:
    assert rank() == ()
    assert rank(confidence={3: 0.5}, novelty={20: 0.75}, missing={40: 0.02}) == ()


def test_each_problem_is_named() -> None:
    found = rank(confidence={10: 0.0}, novelty={30: 1.0}, missing={50: 0.3})
    reasons = {frame.index: frame.reason for frame in found}
    assert reasons == {10: "landmarks unsure", 30: "pose far from everything filmed", 50: "body left unpainted"}
    assert [frame.severity for frame in found] == [1, 1, 1]


def test_the_worst_comes_first_whatever_its_kind() -> None:
    found = rank(confidence={10: 0.3}, novelty={30: 0.95}, missing={50: 0.1})
    assert [frame.index for frame in found] == [30, 10, 50]
    assert [frame.severity for frame in found] == pytest.approx([0.8, 0.4, 0.08 / 0.28])


def test_a_frame_with_two_problems_is_named_by_the_worse() -> None:
    (frame,) = rank(confidence={10: 0.4}, missing={10: 0.25})
    assert frame.reason == "body left unpainted"


def test_neighbours_within_half_a_second_collapse_to_the_worst() -> None:
    ramp = {20 + i: 0.3 - 0.02 * i for i in range(6)}  # worst at 25; 20 lies half a second before it
    assert [frame.index for frame in rank(confidence=ramp)] == [25]
    assert [frame.index for frame in rank(confidence={19: 0.3} | ramp)] == [25, 19]


def test_a_long_problem_gives_a_frame_each_half_second_and_twelve_at_most() -> None:
    frames = 400
    found = rank(frames, missing=dict.fromkeys(range(frames), 0.2))
    assert [frame.index for frame in found] == [6 * i for i in range(MAX_FRAMES)]
    worst = rank(frames, missing={i: 0.1 + 0.0001 * i for i in range(frames)})
    assert len(worst) == MAX_FRAMES
    assert worst[0].index == frames - 1


def test_frames_without_a_visible_body_are_not_unpainted() -> None:
    assert rank(missing={5: float("nan")}) == ()
