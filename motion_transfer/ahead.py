"""Work on the next item while the last one is used: pictures are painted while those before are encoded."""

import queue
import threading
from collections.abc import Generator, Iterable
from typing import TypeVar

import torch

Item = TypeVar("Item")
POLL_S = 0.1


def ahead(items: Iterable[Item], *, depth: int, threads: int) -> Generator[Item, None, None]:
    """The same items in the same order, made by a thread of their own before they are asked for.

    What the items raise is raised here, at their place. When the caller stops early, so does the thread.

    Args:
        depth: how many finished items may wait.
        threads: that torch computes with there.
    """
    waiting: queue.Queue[tuple[Item, None] | tuple[None, BaseException]] = queue.Queue(depth)
    closed = threading.Event()

    def put(entry: tuple[Item, None] | tuple[None, BaseException]) -> bool:
        while not closed.is_set():
            try:
                waiting.put(entry, timeout=POLL_S)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        torch.set_num_threads(threads)  # each thread has its own number, at first the machine's
        try:
            for item in items:
                if not put((item, None)):
                    return
            put((None, StopIteration()))
        except BaseException as error:  # raised again where the items are used
            put((None, error))

    worker = threading.Thread(target=work, daemon=True, name="ahead")
    worker.start()
    try:
        while True:
            item, error = waiting.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # pyright: ignore[reportReturnType]
    finally:
        closed.set()
        worker.join()
