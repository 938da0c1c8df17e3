"""What several folders of tests share: bodies, two short clips of people who dance, and one finished transfer."""

import checked_shapes  # noqa: F401  # isort: skip

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
import torch
from mistakes import Failure
from numbered_clips import write_clip
from quick_transfer import FPS, QUICK, SIZE, SmallPair, Transferred, run_script

from motion_transfer.body.model import BodyModel
from motion_transfer.body.tiny_body import tiny_body as build_tiny_body
from motion_transfer.files.bodies import load_body
from motion_transfer.files.locking import locked
from motion_transfer.files.video_writer import VideoWriter
from motion_transfer.synthetic.pair import make_pair

Made = TypeVar("Made")

torch.set_num_threads(1)  # the tests compute small things, and two threads would wait for each other


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests begin first, so that no worker is left with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[], Made]) -> Made:
    """What the first worker that asks makes, and the others wait for."""
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # of all workers of this run
    kept = folder / f"{name}.pickle"
    with locked(folder / f"{name}.lock", f"makes {name}"):
        if not kept.exists():
            kept.write_bytes(pickle.dumps(make()))
    return pickle.loads(kept.read_bytes())


@pytest.fixture(scope="session")
def tiny_body() -> BodyModel:
    return build_tiny_body()


@pytest.fixture(scope="session")
def free_body() -> BodyModel:
    """Slow the first time on a machine: mark tests that use it so."""
    return load_body("free", None)


@pytest.fixture(scope="session")
def small_pair(free_body: BodyModel, tmp_path_factory: pytest.TempPathFactory) -> SmallPair:
    """Two seconds each, drawn small."""
    return made_once(tmp_path_factory, "pair", lambda: draw_pair(free_body, tmp_path_factory.mktemp("pair")))


def draw_pair(free_body: BodyModel, folder: Path) -> SmallPair:
    pair = make_pair(free_body, seed=3, size=SIZE, seconds=2.0, fps=FPS, texture_px=256)
    sound = write_clip(folder / "sound.mp4", audio="aac", audio_s=2.0)
    for name, clip in (("source", pair.source), ("target", pair.target)):
        audio = sound if name == "source" else None
        with VideoWriter(folder / f"{name}.mp4", size=SIZE, fps=FPS, audio_source=audio) as writer:
            for frame in clip.video:
                writer.write(frame)
    return SmallPair(
        source=folder / "source.mp4",
        target=folder / "target.mp4",
        frames=len(pair.source.video),
        fps=FPS,
        size=SIZE,
    )


@pytest.fixture(scope="session")
def transferred(small_pair: SmallPair, tmp_path_factory: pytest.TempPathFactory) -> Transferred:
    """The whole chain, from the command line, with the free body and the real detector."""
    return made_once(
        tmp_path_factory, "transfer", lambda: run_transfer(small_pair, tmp_path_factory.mktemp("transfer"))
    )


def run_transfer(small_pair: SmallPair, folder: Path) -> Transferred:
    output, work = folder / "new" / "out.mp4", folder / "work"
    words = (str(small_pair.source), str(small_pair.target), "minutes=0.1", f"work_dir={work}", *QUICK)
    done = run_script("transfer", [*words, f"output={output}"], folder)
    assert done.returncode == 0, done.stderr
    return Transferred(words=words, output=output, work=work, pair=small_pair, done=done)


@pytest.fixture
def fails(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Failure:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MOTION_TRANSFER_TRACEBACK", raising=False)
    return Failure(capfd)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A video without a person that is long enough to learn from."""
    return write_clip(tmp_path / "clip.mp4", count=40)
