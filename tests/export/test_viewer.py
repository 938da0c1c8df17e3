"""The viewer serves a page that a browser without a display paints the body on."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import numpy as np
import pytest
from PIL import Image
from skeleton_files import write_person

from motion_transfer import cli
from motion_transfer.commands import show

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
SIZE_PX = (640, 360)
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)

PHOTOGRAPHS = 5  # the browser's clock does not wait for what the page still receives


@contextmanager
def served(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> Iterator[str]:
    """Run the command with a viewer in a thread; gives the address that it tells."""
    addresses: Queue[str] = Queue()
    done = threading.Event()
    shown = show.view_motion

    def view(*given: object, **named: object) -> None:
        shown(*given, **(named | {"opened": addresses.put, "ended": done.is_set}))  # type: ignore[arg-type]

    monkeypatch.setattr(show, "view_motion", view)
    command = threading.Thread(target=cli.run, args=("show", words), daemon=True)
    command.start()
    try:
        yield addresses.get(timeout=60).split()[1]
    finally:
        done.set()
        command.join(timeout=20)
    assert not command.is_alive()


def photographed(address: str, path: Path) -> np.ndarray:
    """The page as headless Chromium paints it after some seconds."""
    assert CHROMIUM is not None
    words = [CHROMIUM, *FLAGS, f"--window-size={SIZE_PX[0]},{SIZE_PX[1]}", "--virtual-time-budget=6000"]
    subprocess.run([*words, f"--screenshot={path}", address], check=True, capture_output=True, timeout=120)
    return np.array(Image.open(path).convert("RGB")).astype(int)


@pytest.mark.slow
@pytest.mark.subprocess
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
def test_the_browser_shows_the_body(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("viser", reason="needs the extra viewer")
    source = write_person(tmp_path / "a.bvh", frames=30)
    words = [str(source), "viewer=true", "body=tiny", "device=cpu", "progress=none", f"work_dir={tmp_path / 'work'}"]
    body = np.zeros(0, int)
    with served(monkeypatch, words) as address:
        for _ in range(PHOTOGRAPHS):
            picture = photographed(address, tmp_path / "page.png")
            body = (picture[..., 2] - picture[..., 0] > 25)[:, 256:368].nonzero()[0]  # beside the panel, in its tint
            if len(body) > 0.01 * SIZE_PX[0] * SIZE_PX[1]:
                break
    assert len(body) > 0.01 * SIZE_PX[0] * SIZE_PX[1]
    assert np.ptp(body) > 0.4 * SIZE_PX[1]


@pytest.mark.slow
def test_a_performer_that_nobody_would_see_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_person(tmp_path / "a.bvh", frames=6)
    with pytest.raises(SystemExit):
        cli.run("show", [str(source), f"performer={tmp_path}", "progress=none", "device=cpu"])
    assert "expected viewer=true with a performer" in capsys.readouterr().err
