"""The rate of a clip is its usual interval; gaps repeat or are cut, and no frame is lost."""

from fractions import Fraction

import numpy as np
import pytest

from motion_transfer.files.timing import USUAL_RATES, constant_rate

MS, FINE = 1e-3, 1 / 90000


def clock(steps: list[float], tick_s: float = FINE) -> np.ndarray:
    """The times of frames with these steps between them, in whole ticks as a file holds them."""
    return np.round(np.concatenate([[0.0], np.cumsum(steps)]) / tick_s) * tick_s


@pytest.mark.parametrize("tick_s", [MS, FINE])
@pytest.mark.parametrize("rate", USUAL_RATES)
def test_a_usual_rate_is_found_exactly_whatever_the_file_announces(rate: Fraction, tick_s: float) -> None:
    for declared in (None, Fraction(round(float(rate) * 97), 100)):
        found = constant_rate(clock([1 / float(rate)] * 900, tick_s), tick_s, declared)
        assert (found.fps, len(found.picks), found.notes, found.cuts) == (rate, 901, (), ())


def test_an_odd_rate_is_the_one_that_the_file_announces() -> None:
    for rate in (Fraction(12000, 1001), Fraction(2997, 125), Fraction(15)):
        assert constant_rate(clock([1 / float(rate)] * 90), FINE, rate).fps == rate


def test_one_dropped_frame_changes_nothing_but_is_repeated() -> None:
    steps = [1 / 30] * 90
    steps[40] = 2 / 30
    found = constant_rate(clock(steps), FINE, Fraction(2967, 100))
    assert found.fps == 30
    assert found.picks.tolist() == [*range(41), 40, *range(41, 91)]
    assert "repeated (1 in all)" in found.notes[0]


def test_pauses_of_a_recorder_are_held_at_its_rate_or_cut() -> None:
    steps = [1 / 20] * 60
    for at in (10, 25, 40, 55):
        steps[at] = 0.613
    held, cut = (constant_rate(clock(steps), FINE, Fraction(1146, 100), gaps) for gaps in ("hold", "cut"))
    assert held.fps == cut.fps == 20
    assert set(held.picks) == set(range(61))
    assert len(held.picks) == pytest.approx(1 + 20 * sum(steps), abs=1)
    assert (cut.picks.tolist(), len(cut.cuts)) == (list(range(61)), 4)
    assert sum(one.stop_s - one.start_s for one in cut.cuts) == pytest.approx(4 * (0.613 - 0.05), abs=1e-3)


def test_a_pause_of_minutes_is_cut_even_where_gaps_are_held() -> None:
    steps = [1 / 30] * 59
    steps[29] = 60
    found = constant_rate(clock(steps), FINE, None)
    assert (found.fps, len(found.picks)) == (30, 60)
    assert [(cut.start_s, cut.stop_s) for cut in found.cuts] == [(1, Fraction(29, 30) + 60)]
    assert "were cut (1, 60 s in all)" in found.notes[0]


def test_of_a_truly_variable_rate_every_frame_is_kept() -> None:
    found = constant_rate(clock([1 / 5] * 20 + [1 / 60] * 20), FINE, Fraction(157, 10))
    assert found.fps == 60
    assert set(found.picks) == set(range(41))
    assert len(found.picks) == pytest.approx(1 + 4 * 60 + 20, abs=1)
    uneven = np.random.default_rng(0).uniform(0.02, 0.09, 200).tolist()
    found = constant_rate(clock(uneven), FINE, None)
    assert set(found.picks) == set(range(201))
    assert len(found.picks) / float(found.fps) == pytest.approx(sum(uneven), rel=0.1)
    assert "all frames are kept" in found.notes[0]


def test_bursts_of_a_recorder_make_no_thousand_frames_a_second() -> None:
    found = constant_rate(clock([0.001, 0.066] * 60, MS), MS, None)
    assert found.fps <= 60
    assert set(found.picks) == set(range(121))


@pytest.mark.parametrize("declared", [Fraction(30), None])
def test_frames_written_five_at_a_time_are_spread_evenly(declared: Fraction | None) -> None:
    found = constant_rate(clock([0.001, 0.001, 0.001, 0.001, 0.1627] * 12, MS), MS, declared)
    assert found.fps in (30, Fraction(30000, 1001))
    assert set(found.picks) == set(range(61))
    assert len(found.picks) == pytest.approx(61, abs=5)
    assert "were written in bursts; they were spread evenly, at 30 frames/s" in found.notes[0].replace("29.97", "30")


def test_a_camera_of_a_thousand_frames_a_second_is_believed() -> None:
    assert constant_rate(clock([0.001] * 400, FINE), FINE, None).fps == 1000


def test_a_clock_that_goes_back_is_told_and_the_frames_follow_each_other() -> None:
    part = [1 / 25] * 49
    found = constant_rate(clock([*part, -49 / 25, *part]), FINE, Fraction(25))
    assert (found.fps, found.picks.tolist()) == (25, list(range(100)))
    assert "goes back" in found.notes[0]


def test_frames_without_times_have_the_announced_rate() -> None:
    for times in (np.full(5, np.nan), np.zeros(5), np.zeros(1)):
        assert constant_rate(times, FINE, Fraction(50)).fps == 50
        assert len(constant_rate(times, FINE, None).picks) == len(times)
