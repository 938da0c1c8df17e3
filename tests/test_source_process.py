"""The source is captured beside the target by a process of its own: the same result, and nothing left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
import torch
from omegaconf import DictConfig, OmegaConf
from quick_transfer import QUICK, SmallPair

from motion_transfer.assembly import assemble
from motion_transfer.cancellation import Cancelled
from motion_transfer.chain import open_inputs, perform
from motion_transfer.configuration.compose import compose
from motion_transfer.domain.events import Event, StageFinished, StageStarted
from motion_transfer.files.cache import Cache
from motion_transfer.run import Run
from motion_transfer.source_process import FAILED, WORTH_IT, SourceProcess, capturing_source, check_setting, pays

SOON_S = 10.0


def settings(pair: SmallPair, folder: Path, *words: str) -> DictConfig:
    given = {"source": pair.source, "target": pair.target, "output": folder / "out.mp4"}
    config = compose("transfer", [*QUICK, "minutes=0", "progress=none", *words], inputs=given)
    return OmegaConf.merge(config, {"work_dir": str(folder / "work")})  # pyright: ignore[reportReturnType]


def test_a_process_pays_for_a_long_source_on_more_than_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    assert pays("auto", WORTH_IT)
    assert not pays("auto", WORTH_IT - 1)
    assert pays(True, 1)
    assert not pays(False, WORTH_IT)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    assert not pays("auto", WORTH_IT)


def test_another_setting_is_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match="expected concurrent_capture=auto, true or false, got often"):
        check_setting("often")


def test_events_of_another_process_are_told_and_counted_as_the_run_s_own(tmp_path: Path) -> None:
    told: list[Event] = []
    run = Run(Cache(tmp_path), [told.append])
    finished = StageFinished(stage="source_fit", name="source: fit", seconds=2.0, frames=10, cached=False)
    run.adopt(StageStarted(stage="source_fit", name="source: fit", total=10))
    run.adopt(finished)
    assert [type(event) for event in told] == [StageStarted, StageFinished]
    assert run.costs == {"source_fit": finished}


def test_listeners_are_told_one_event_at_a_time(tmp_path: Path) -> None:
    inside, most = 0, 0

    def listen(event: Event) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.01)
        inside -= 1

    run = Run(Cache(tmp_path), [listen])
    started = StageStarted(stage="source_fit", name="source: fit", total=10)
    threads = [threading.Thread(target=run.adopt, args=(started,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


@pytest.mark.slow
@pytest.mark.subprocess
def test_a_transfer_reports_each_stage_of_the_source_once_with_what_it_cost(
    small_pair: SmallPair, tmp_path: Path
) -> None:
    began: list[str] = []

    def remember(event: Event) -> None:
        if isinstance(event, StageStarted):
            began.append(event.stage)

    config = settings(small_pair, tmp_path, "concurrent_capture=true")
    made = assemble(config, [remember])
    done, _ = perform(open_inputs(config), config, made)
    assert done.output.exists()
    assert not any(FAILED in note for note in done.report.fallbacks)
    assert len(began) == len(set(began))
    assert {"source_fit", "source_crop", "source_register"} <= set(began)
    for stage in ("source_fit", "source_register", "target_register"):
        assert not made.run.costs[stage].cached
        assert made.run.costs[stage].seconds > 0.1


@pytest.mark.slow
@pytest.mark.subprocess
def test_who_cancels_waits_for_no_process_and_leaves_none(small_pair: SmallPair, tmp_path: Path) -> None:
    run = Run(Cache(tmp_path / "work"))
    with capturing_source(settings(small_pair, tmp_path), run) as process:
        threading.Timer(0.5, run.cancel).start()
        with pytest.raises(Cancelled):
            process.wait()
        assert process.is_alive()
    assert not process.is_alive()


@pytest.mark.slow
@pytest.mark.subprocess
def test_where_the_process_fails_the_run_itself_captures(small_pair: SmallPair, tmp_path: Path) -> None:
    told: list[Event] = []
    run = Run(Cache(tmp_path / "work"), [told.append])
    process = SourceProcess(settings(small_pair, tmp_path), run)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() is run
    (fallback,) = told
    assert "source" in str(fallback)


@pytest.mark.slow
@pytest.mark.subprocess
@pytest.mark.soak
def test_the_process_ends_with_one_that_is_killed(small_pair: SmallPair, tmp_path: Path) -> None:
    OmegaConf.save(settings(small_pair, tmp_path), tmp_path / "settings.yaml")
    program = (
        "import sys, time; from pathlib import Path; from omegaconf import OmegaConf\n"
        "from motion_transfer.files.cache import Cache; from motion_transfer.run import Run\n"
        "from motion_transfer.source_process import SourceProcess\n"
        "if __name__ == '__main__':\n"
        f"    process = SourceProcess(OmegaConf.load({str(tmp_path / 'settings.yaml')!r}), Run(Cache(Path('work'))))\n"
        "    print(process.pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    (tmp_path / "start.py").write_text(program)
    parent = subprocess.Popen([sys.executable, "start.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    time.sleep(3.0)  # until it imports, and hears of its parent
    parent.kill()
    parent.wait()
    child.wait(SOON_S * 3)
