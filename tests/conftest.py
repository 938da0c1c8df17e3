"""What several folders of tests share: bodies, two short clips of people who dance, and one finished transfer."""

import checked_shapes  # isort: skip

import gc
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:  # the process that only hands out tests to others need not load all that they use
    from mistakes import Failure
    from quick_transfer import SmallPair, Transferred

    from motion_transfer.body.model import BodyModel

Made = TypeVar("Made")

os.environ["OMP_NUM_THREADS"] = "1"  # the tests compute small things, and two threads would wait for each other


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests begin first, so that no worker is left with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_runtest_setup() -> None:
    """Each function is checked again in its first calls."""
    checked_shapes.begin_test()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported meanwhile stays until the end: the garbage collector need not look at it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[], Made]) -> Made:
    """What the first worker that asks makes, and the others wait for."""
    from motion_transfer.files.locking import locked

    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # of all workers of this run
    kept = folder / f"{name}.pickle"
    with locked(folder / f"{name}.lock", f"makes {name}"):
        if not kept.exists():
            kept.write_bytes(pickle.dumps(make()))
    return pickle.loads(kept.read_bytes())


@pytest.fixture(scope="session")
def tiny_body() -> "BodyModel":
    from motion_transfer.body.tiny_body import tiny_body

    return tiny_body()


@pytest.fixture(scope="session")
def free_body() -> "BodyModel":
    """Slow the first time on a machine: mark tests that use it so."""
    from motion_transfer.files.bodies import load_body

    return load_body("free", None)


@pytest.fixture(scope="session")
def small_pair(free_body: "BodyModel", tmp_path_factory: pytest.TempPathFactory) -> "SmallPair":
    """Sixteen frames each, drawn small."""
    from quick_transfer import draw_pair

    return made_once(tmp_path_factory, "pair", lambda: draw_pair(free_body, tmp_path_factory.mktemp("pair")))


@pytest.fixture(scope="session")
def transferred(small_pair: "SmallPair", tmp_path_factory: pytest.TempPathFactory) -> "Transferred":
    """The whole chain, from the command line, with the free body and the real detector."""
    from quick_transfer import run_transfer

    return made_once(
        tmp_path_factory, "transfer", lambda: run_transfer(small_pair, tmp_path_factory.mktemp("transfer"))
    )


@pytest.fixture
def fails(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Failure":
    from mistakes import Failure

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MOTION_TRANSFER_TRACEBACK", raising=False)
    return Failure(capfd)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A video without a person that is long enough to learn from."""
    from numbered_clips import write_clip

    return write_clip(tmp_path / "clip.mp4", count=26)
