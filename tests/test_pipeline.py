"""The dataflow: which of a source's motions goes on to be retargeted."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from motion_transfer.domain.body_motion import Capture
from motion_transfer.domain.video import Video
from motion_transfer.performers.preparation import Source
from motion_transfer.pipeline import Stages, registered


@dataclass(frozen=True)
class Fitted:
    """What of a capture matters here."""

    motion: str
    fallbacks: tuple[str, ...]


GIVEN = cast(Capture, Fitted("fitted to landmarks", ("seen before",)))
BETTER = cast(Capture, Fitted("registered", ("seen before",)))


def go_on(*, steady: bool, rounds: bool = True) -> Capture:
    def register(source: Source, capture: Capture, cache: object, progress: object, whose: str) -> Any:
        assert capture is GIVEN
        return SimpleNamespace(look=SimpleNamespace(capture=BETTER))

    stages = SimpleNamespace(register=register if rounds else None, cache=None, progress=None)
    return registered(Source(video=cast(Video, None), digest="", steady=steady), GIVEN, cast(Stages, stages))


def test_the_registered_motion_of_a_source_goes_on() -> None:
    assert go_on(steady=True) is BETTER


def test_before_a_background_that_moves_nothing_is_registered_and_the_report_says_so() -> None:
    found = go_on(steady=False)
    assert found.motion is GIVEN.motion
    assert found.fallbacks[0] == "seen before"
    assert "landmarks alone" in found.fallbacks[1]


def test_a_source_stays_as_it_was_fitted_where_no_rounds_are_asked_for() -> None:
    assert go_on(steady=True, rounds=False) is GIVEN
