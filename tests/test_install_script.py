"""The set-up finds a Python that the project runs on, and says in one line what to install where there is none."""

import os
import subprocess
from pathlib import Path

import pytest
from quick_transfer import ROOT

pytestmark = pytest.mark.subprocess


def set_up(folder: Path, pythons: dict[str, str], python: str = "") -> subprocess.CompletedProcess[str]:
    """Run the script where only these Pythons are on the PATH; each says its version and then fails."""
    tools = folder / "bin"
    tools.mkdir()
    for name, version in pythons.items():
        (tools / name).write_text(
            f'#!/bin/sh\ncase "$2" in *version_info*) echo {version};; *) echo {name} >&2; exit 9;; esac\n'
        )
        (tools / name).chmod(0o755)
    return subprocess.run(
        ["/bin/sh", str(ROOT / "scripts" / "install.sh"), str(folder / "venv")],
        env={"PATH": str(tools), "PYTHON": python, "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("pythons", "chosen"),
    [
        ({"python3.11": "3.11", "python3.12": "3.12"}, "python3.11"),
        ({"python3.12": "3.12", "python3": "3.12"}, "python3.12"),
        ({"python3": "3.12"}, "python3"),
        ({"python3.11": "", "python3": "3.12"}, "python3"),
    ],
)
def test_a_python_of_a_supported_version_is_found(pythons: dict[str, str], chosen: str, tmp_path: Path) -> None:
    done = set_up(tmp_path, pythons)
    assert done.returncode != 0  # it stops at the first thing that it asks of the Python it chose
    assert done.stderr.splitlines()[0] in (
        chosen,
        f"expected Python's venv module, found none; as root: apt-get install python{pythons[chosen]}-venv",
    )


@pytest.mark.parametrize("pythons", [{}, {"python3": "3.13"}])
def test_without_one_a_line_says_what_to_install(pythons: dict[str, str], tmp_path: Path) -> None:
    done = set_up(tmp_path, pythons)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "apt-get install python3.12" in done.stderr


def test_another_version_that_is_named_is_refused(tmp_path: Path) -> None:
    done = set_up(tmp_path, {"python3.13": "3.13"}, "python3.13")
    assert done.returncode == 2
    assert "got python3.13 (3.13); name another" in done.stderr
