"""Work overlapped in threads: `prefetch` makes next items while one is used, `thread_map` maps over several."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")
POLL_S = 0.1


def prefetch(items: Iterable[Item], *, depth: int, threads: int) -> Generator[Item, None, None]:
    """The same items in the same order, made in a thread of their own before they are needed.

    An error of the iterable is raised here, after the items before it. When the caller stops early, so does the thread.

    Args:
        depth: how many finished items may wait.
        threads: how many threads torch uses in that thread.
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

    worker = threading.Thread(target=work, daemon=True, name="prefetch")
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


def thread_map(
    function: Callable[[Item], Result], items: Iterable[Item], *, threads: int | None = None
) -> Generator[Result, None, None]:
    """The function's results in the order of the items, from several threads, each on one core.

    Meant for work on many small tensors, which torch itself hardly parallelizes. At most one item per thread is taken
    before its result is used. Gradients are recorded in the threads where the caller records them.

    Args:
        threads: how many; None for as many as torch uses.
    """
    usual, gradients = torch.get_num_threads(), torch.is_grad_enabled()
    threads = threads or usual

    def settle() -> None:  # both are each thread's own
        torch.set_num_threads(1)
        torch.set_grad_enabled(gradients)

    waiting: deque[Future[Result]] = deque()
    try:
        with ThreadPoolExecutor(threads, "thread_map", settle) as pool:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    finally:
        torch.set_num_threads(usual)  # which a part of torch takes from the thread that set it last
