"""Imports that are whole: one that is cut short by a cancelled run could never be done again in that process."""

import importlib
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType


def import_whole(name: str) -> ModuleType:
    """Import a module in a thread of its own, which nothing interrupts; who cancels meanwhile waits for its end."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="import") as thread:
        return thread.submit(importlib.import_module, name).result()
