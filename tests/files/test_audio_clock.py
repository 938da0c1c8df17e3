"""Time never goes back on the clock of a result's sound, and what the picture leaves out is not heard."""

from fractions import Fraction

from motion_transfer.domain.video import Cut
from motion_transfer.files.audio_clock import AudioClock

PIECE = Fraction(1, 50)


def placed(times: list[Fraction], clock: AudioClock) -> list[Fraction | None]:
    return [clock.place(time, PIECE) for time in times]


def test_even_sound_is_moved_to_the_start_of_the_picture() -> None:
    clock = AudioClock(start_s=Fraction(1))
    assert placed([1 + i * PIECE for i in range(4)], clock) == [i * PIECE for i in range(4)]
    assert clock.notes("a.mp4") == []


def test_a_clock_that_starts_again_runs_on() -> None:
    clock = AudioClock(start_s=Fraction(0))
    part = [i * PIECE for i in range(100)]
    assert placed([*part, *part], clock) == [i * PIECE for i in range(200)]
    assert clock.notes("a.ts") == ["The clock of the sound of a.ts goes back 1 times; it was made to run on."]


def test_what_overlaps_or_repeats_is_left_out_and_counted() -> None:
    clock = AudioClock(start_s=Fraction(0))
    times = [Fraction(0), PIECE, PIECE, PIECE / 2, 2 * PIECE]
    assert placed(times, clock) == [0, PIECE, None, None, 2 * PIECE]
    assert "2 pieces of the sound of a.ts overlap others" in clock.notes("a.ts")[0]


def test_what_the_picture_leaves_out_is_not_heard_and_what_follows_moves_up() -> None:
    clock = AudioClock(start_s=Fraction(0), cuts=(Cut(start_s=Fraction(1), stop_s=Fraction(61)),))
    times = [Fraction(0), 1 - PIECE, Fraction(1), Fraction(30), Fraction(61), 61 + PIECE]
    assert placed(times, clock) == [0, 1 - PIECE, None, None, 1, 1 + PIECE]
