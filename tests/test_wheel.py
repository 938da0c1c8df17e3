"""The built wheel, installed where no checkout is, has the same commands."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest
from quick_transfer import ROOT, Transferred, assert_same_video

from motion_transfer.files.video_reader import open_video

pytestmark = [pytest.mark.slow, pytest.mark.subprocess]
SOURCES = ("motion_transfer", "configs", "pyproject.toml", "README.md", "LICENSE")


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel in it."""

    bin: Path
    folder: Path

    def run(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Start the console command as after `pip install`, with nothing of the checkout in reach."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
        return self.start([str(self.bin / "motion-transfer"), *words], cwd, kept | {"OMP_NUM_THREADS": "1"})

    @staticmethod
    def start(words: Sequence[str], cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)


def checked(words: Sequence[str], cwd: Path) -> None:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that neither an older build nor this one is left in the checkout."""
    copy, built = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    checked([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(built), str(copy)], copy)
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment that holds the wheel alone, and borrows what it depends on from this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, system_site_packages=False)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    checked([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], folder)
    (own,) = (folder / "lib").glob("python*/site-packages")
    # A path in a .pth file comes last and its own .pth files are not read: the checkout stays out of reach.
    (own / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    return Installed(bin=folder / "bin", folder=own)


def test_the_wheel_holds_every_module_and_every_configuration(wheel: Path) -> None:
    held = set(ZipFile(wheel).namelist())
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "motion_transfer").rglob("*.py")}
    settings = {f"motion_transfer/{path.relative_to(ROOT)}" for path in (ROOT / "configs").rglob("*.yaml")}
    assert settings
    assert modules | settings <= held
    assert "motion_transfer/mesh_recovery/weights.npz" in held
    assert not [name for name in held if name.startswith(("tests/", "scripts/", "configs/"))]
    assert any(name.endswith("licenses/LICENSE") for name in held)


def test_it_is_the_wheels_package_that_runs(installed: Installed, tmp_path: Path) -> None:
    code = (
        "import motion_transfer, motion_transfer.configs as c; print(motion_transfer.__file__, *c.__path__, sep='\\n')"
    )
    done = installed.start([str(installed.bin / "python"), "-c", code], tmp_path, {"PATH": os.environ["PATH"]})
    places = [Path(line).resolve() for line in done.stdout.splitlines()]
    assert len(places) == 2, done.stderr
    assert all(place.is_relative_to(installed.folder.resolve()) for place in places)


def test_the_console_command_shows_its_configuration(installed: Installed, tmp_path: Path) -> None:
    done = installed.run("transfer", "--cfg", "job", "preset=draft", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "minutes: 0.0\n" in done.stdout
    assert "_target_: motion_transfer.performers.training.GeneratorTrainer" in done.stdout
    assert not list(tmp_path.iterdir())


def test_the_console_command_tells_a_mistake_in_one_line(installed: Installed, tmp_path: Path) -> None:
    done = installed.run("transfer", "nofile.mp4", "x.mp4", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "transfer: error: expected a source video or motion file, found no file at nofile.mp4; check the path\n"
    )


@pytest.mark.soak
def test_the_console_command_finds_all_that_the_script_computed_and_makes_the_same_video(
    installed: Installed, transferred: Transferred, tmp_path: Path
) -> None:
    done = installed.run("transfer", *transferred.words, "output=out.mp4", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "found from an earlier run" in done.stderr
    stages = json.loads((tmp_path / "out.report.json").read_text(encoding="utf-8"))["stages"]
    computed = {name for name, cost in stages.items() if not cost["cached"]}
    assert computed == {"prepare_body", "retarget", "synthesize"}
    assert len(open_video(tmp_path / "out.mp4")) == transferred.pair.frames
    assert_same_video(tmp_path / "out.mp4", transferred.output)
    assert {path.name for path in tmp_path.iterdir()} == {
        "out.mp4",
        "out.report.html",
        "out.report.json",
        "out.report.png",
    }
