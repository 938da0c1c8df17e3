"""Uploaded files are looked through one after the other, each in a process with little memory and time."""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from motion_transfer.jobs.store import Store
from motion_transfer.jobs.uploads import CHECKING, Uploads

SLOWER = 5.0  # by so much may the process take longer than its own time on a busy machine


class Checks:
    """Checks uploads in the background."""

    def __init__(self, store: Store, uploads: Uploads) -> None:
        self._store, self._uploads = store, uploads
        self._turn = asyncio.Semaphore(1)
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, id: str) -> None:
        """Check an upload as soon as those before it are done."""
        task = asyncio.create_task(self._check(id))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def begin_left(self) -> None:
        """Check what an earlier server was killed over."""
        for upload in list(self._uploads.all()):
            if upload.state == CHECKING:
                self.begin(upload.id)

    def cancel(self) -> None:
        """Stop all checks."""
        for task in self._running:
            task.cancel()

    async def _check(self, id: str) -> None:
        async with self._turn:
            limits = self._uploads.limits
            words = [str(self._store.root), id, json.dumps(asdict(limits))]
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "motion_transfer.jobs.upload_check", *words),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                cwd=Path("/"),
            )
            try:
                await asyncio.wait_for(process.wait(), limits.check_s * SLOWER)
            except TimeoutError:
                pass
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            try:
                unfinished = self._uploads.get(id).state == CHECKING
            except ValueError:  # deleted meanwhile
                return
            if unfinished:
                self._uploads.refuse(
                    id,
                    f"expected a file that can be read within {limits.check_s:g} s and "
                    f"{limits.check_memory_mb:g} MB of memory, got one that cannot; cut it, or export it smaller",
                )
