"""Copies of folders that may come from a stranger: plain files alone, no links to what lies elsewhere."""

import shutil
import stat
from pathlib import Path


def copy_folder(folder: Path, new: Path) -> None:
    """Copy a folder with all files and folders in it.

    Args:
        new: the copy, which does not exist yet.

    Raises:
        ValueError: the folder holds a link, a pipe or a device. A link could lead to a file of the user's own that is
            not meant to be passed on.
    """
    for path in [folder, *sorted(folder.rglob("*"))]:
        kind = path.lstat().st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
            raise ValueError(f"expected plain files in {folder}, got {path}, which is a link or a device; remove it")
    shutil.copytree(folder, new, symlinks=True)  # what became a link meanwhile stays one
