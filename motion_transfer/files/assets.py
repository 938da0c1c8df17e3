"""Files that the project needs and does not carry, and the places to look for them.

The only module that reads environment variables.
"""

import os
from collections.abc import Sequence
from pathlib import Path

CACHE_VARIABLE = "MOTION_TRANSFER_CACHE"
TRACEBACK_VARIABLE = "MOTION_TRANSFER_TRACEBACK"


class MissingAssetError(FileNotFoundError):
    """A file that the user has to supply is not there.

    Attributes:
        tried: every path that was looked at, in order.
        setting: what to set so that another path is looked at.
        source: where the file can be had.
    """

    def __init__(self, what: str, *, tried: Sequence[Path], setting: str, source: str) -> None:
        self.tried = tuple(tried)
        self.setting = setting
        self.source = source
        places = ", ".join(str(path) for path in self.tried) or "no path"
        super().__init__(f"expected {what}, got nothing at {places}; get it from {source} and set {setting}")


def find_asset(what: str, *, candidates: Sequence[Path], setting: str, source: str) -> Path:
    """The first of `candidates` that is a file.

    Raises:
        MissingAssetError: none is.
    """
    for path in candidates:
        if path.is_file():
            return path
    raise MissingAssetError(what, tried=candidates, setting=setting, source=source)


def cache_dir() -> Path:
    """Where computed things are kept: $MOTION_TRANSFER_CACHE, else the desktop's cache folder. It need not exist."""
    own = os.environ.get(CACHE_VARIABLE)
    if own:
        return Path(own).expanduser().absolute()
    desktop = os.environ.get("XDG_CACHE_HOME")
    # The XDG specification says that a relative path there is to be ignored.
    if desktop and Path(desktop).is_absolute():
        return Path(desktop) / "motion_transfer"
    return Path.home() / ".cache" / "motion_transfer"


def work_folder(given: str | Path | None) -> Path:
    """Where results of steps are kept: the folder that the setting `work_dir` names, else one in the cache folder."""
    return Path(given) if given else cache_dir() / "work"


def show_traceback() -> bool:
    """Whether a mistake is to be shown with its whole traceback: $MOTION_TRANSFER_TRACEBACK is set, and not 0."""
    return os.environ.get(TRACEBACK_VARIABLE, "") not in ("", "0")
