"""Room on the disk: how much is free, and files that stand in two folders without taking it twice."""

import os
import shutil
from pathlib import Path

GB = 10**9


def free_gb(folder: Path) -> float:
    """What is free on the disk of a folder."""
    return shutil.disk_usage(folder).free / GB


def check_free(folder: Path, least_gb: float) -> None:
    """Raise OSError in one line where less than so much is free."""
    free = free_gb(folder)
    if free < least_gb:
        raise OSError(
            f"expected at least {least_gb:g} GB free on the disk of {folder.name}, got {free:.1f} GB; "
            "delete jobs or performers that you do not need"
        )


def link(path: Path, new: Path) -> None:
    """The same file under a second name; a copy where the file system has no such links."""
    try:
        os.link(path, new)
    except OSError:
        shutil.copyfile(path, new)


def link_folder(folder: Path, new: Path) -> None:
    """A folder of its own whose files are those of another one."""
    shutil.copytree(folder, new, copy_function=lambda one, other: link(Path(one), Path(other)))
