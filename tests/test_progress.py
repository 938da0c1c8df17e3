"""What listeners show of a run: plain lines, JSON lines, and bars in a terminal."""

import io
import json

import numpy as np
import pytest

from motion_transfer.domain.events import PreviewPicture, StageAborted, StageAdvanced, StageFinished, StageStarted
from motion_transfer.progress import JsonProgress, PlainProgress, TerminalProgress, make_listeners

STARTED = StageStarted(stage="source_fit", name="source: fit", total=10)
HALF = StageAdvanced(stage="source_fit", done=5, fraction=0.5)
FINISHED = StageFinished(stage="source_fit", name="source: fit", seconds=2.0, frames=10, cached=False)
CACHED = StageFinished(stage="source_fit", name="source: fit", seconds=0.1, frames=10, cached=True)

HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"  # what a terminal is told while a bar moves, and after it


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_progress_is_one_line_for_each_finished_stage() -> None:
    out = io.StringIO()
    show = PlainProgress(out)
    for event in (STARTED, HALF, FINISHED, STARTED, CACHED):
        show(event)
    first, second = out.getvalue().splitlines()
    assert first.split() == ["source:", "fit", "2.0", "s,", "5", "frames/s"]
    assert second.endswith("found from an earlier run")


def test_json_progress_is_one_object_a_line_with_the_name_of_the_event() -> None:
    out = io.StringIO()
    show = JsonProgress(out)
    picture = PreviewPicture(stage="learn", rgb=np.zeros((2, 3, 3), np.uint8))
    for event in (STARTED, HALF, picture, FINISHED):
        show(event)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["StageStarted", "StageAdvanced", "PreviewPicture", "StageFinished"]
    assert lines[1] == {"event": "StageAdvanced", "stage": "source_fit", "done": 5, "fraction": 0.5}
    assert lines[2] == {"event": "PreviewPicture", "stage": "learn", "height": 2, "width": 3}
    assert lines[3]["seconds"] == 2.0


def test_a_terminal_shows_a_bar_and_then_the_line() -> None:
    out = Terminal()
    show = TerminalProgress(out)
    show(STARTED)
    show(HALF)
    assert "source: fit" in out.getvalue()
    show(FINISHED)
    assert "5 frames/s" in out.getvalue()


def test_an_aborted_stage_leaves_no_bar_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    show = TerminalProgress(out)
    show(STARTED)
    assert HIDE_CURSOR in out.getvalue()
    assert SHOW_CURSOR not in out.getvalue()
    show(StageAborted(stage="source_fit"))
    assert SHOW_CURSOR in out.getvalue()


def test_the_setting_chooses_the_listener() -> None:
    assert make_listeners("none") == []
    for setting, stream, kind in (
        ("auto", io.StringIO(), PlainProgress),
        ("auto", Terminal(), TerminalProgress),
        ("json", Terminal(), JsonProgress),
        ("bars", io.StringIO(), TerminalProgress),
    ):
        (listener,) = make_listeners(setting, stream)
        assert isinstance(listener, kind)
    with pytest.raises(ValueError, match="expected progress to be one of auto, json, plain, bars, none"):
        make_listeners("loud")
