"""Provenance of a result: code, packages, machine, and the peak of memory."""

import hashlib
import importlib.metadata
import platform
import subprocess
import sys
from pathlib import Path

import psutil
import torch

import motion_transfer
from motion_transfer.domain.value import value

PACKAGES = (
    "motion-transfer",
    "torch",
    "pytorch-lightning",
    "roma",
    "hydra-core",
    "jaxtyping",
    "beartype",
    "numpy",
    "scipy",
    "numba",
    "opencv-contrib-python",
    "pillow",
    "av",
    "trimesh",
    "mediapipe",
    "anny",
    "psutil",
    "matplotlib",
    "jinja2",
    "tensorboardX",
    "rich",
    "smplx",
)
STATUS, PROCESSOR = Path("/proc/self/status"), Path("/proc/cpuinfo")
WRITES_ONLY_THE_PAGE = "evaluation/results_page.py"


@value
class Machine:
    """What the program runs on; `device` is the name of the GPU, or `cpu`."""

    processor: str
    logical_cores: int
    memory_gb: float
    device: str


def describe_machine(device: str) -> Machine:
    """The machine, for a run on `cpu` or `cuda`."""
    return Machine(
        processor=_processor(),
        logical_cores=psutil.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 1e9, 1),
        device=torch.cuda.get_device_name() if device == "cuda" else device,
    )


def code_digest() -> str:
    """Digest of the package and its settings: equal digests compute alike, whatever else was committed between."""
    package = Path(motion_transfer.__file__).parent
    settings = Path(importlib.import_module("motion_transfer.configs").__path__[0])
    files = {path.relative_to(package).as_posix(): path for path in package.rglob("*.py")}
    files |= {f"configs/{path.relative_to(settings).as_posix()}": path for path in settings.rglob("*.yaml")}
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(set(files) - {WRITES_ONLY_THE_PAGE}):
        content = files[name].read_bytes()
        digest.update(f"{name} {len(content)} ".encode() + content)
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python and the packages a result depends on, and the git commit where this is a checkout.

    A package that is not there under its own name (opencv may be installed headless) reads `not installed`.
    """
    found = {"python": platform.python_version()} | {package: _version(package) for package in PACKAGES}
    commit = git_commit(Path(motion_transfer.__file__).resolve().parent.parent)
    return found if commit is None else found | {"git_commit": commit}


def git_commit(checkout: Path) -> str | None:
    """The commit of a checkout, with `-dirty` appended where files were changed since.

    Returns:
        None where the folder is no checkout, or where git is absent or refuses to read it.
    """
    if not (checkout / ".git").exists():
        return None
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def peak_memory_mb() -> float:
    """The most memory in MB (10^6 bytes) that this process, or one it started and waited for, ever held in RAM."""
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset / 1e6
    import resource  # absent on Windows

    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kibibytes
    here, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    if STATUS.exists():
        # Linux' `ru_maxrss` also counts what the process that started this one held at that moment.
        here = next((int(line.split()[1]) for line in STATUS.read_text().splitlines() if "VmHWM:" in line), here)
    return max(here, children) * unit / 1e6


def _processor() -> str:
    lines = PROCESSOR.read_text(encoding="utf-8").splitlines() if PROCESSOR.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
