"""A cancelled run leaves no module half imported."""

import _thread
import signal
import sys
import threading
from pathlib import Path

import pytest

from motion_transfer.landmarks.whole_import import import_whole


@pytest.mark.slow
def test_an_import_that_is_interrupted_is_finished_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_module.py").write_text("import time\ntime.sleep(0.5)\nvalue = 7\n")
    monkeypatch.syspath_prepend(tmp_path)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which whoever started the tests may have turned off
    timer = threading.Timer(0.1, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        import_whole("slow_module")
    assert sys.modules["slow_module"].value == 7


def test_a_missing_module_is_told_as_usual() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        import_whole("no_such_module")
