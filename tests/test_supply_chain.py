"""What is installed is known: one version of every package, within the bounds, none with a known hole."""

import re
import tomllib
from collections.abc import Iterable

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from quick_transfer import ROOT

HOLES = [  # releases that must never be installed
    ("torch", "2.9.1"),
    ("hydra-core", "1.3.2"),
    ("hydra-core", "1.3.5"),
    ("pytorch-lightning", "2.6.2"),
    ("pytorch-lightning", "2.6.3"),
    ("pillow", "12.1.0"),
]


def asked_for() -> list[Requirement]:
    """What pyproject.toml asks for, with what the tests need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(text) for text in (*project["dependencies"], *project["optional-dependencies"]["dev"])]


def pinned(lines: Iterable[str]) -> list[Requirement]:
    return [Requirement(line.strip(" \\")) for line in lines if re.match(r"[\w.-]+==", line)]


def constraints() -> list[Requirement]:
    return pinned((ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())


def version_of(requirement: Requirement) -> str:
    (one,) = requirement.specifier
    return one.version


def test_every_package_that_is_asked_for_has_one_version_within_its_bounds() -> None:
    versions = {canonicalize_name(one.name): version_of(one) for one in constraints()}
    for requirement in asked_for():
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize(("name", "version"), HOLES)
def test_releases_with_known_holes_are_out_of_bounds(name: str, version: str) -> None:
    (bounds,) = (one.specifier for one in asked_for() if canonicalize_name(one.name) == name)
    assert not bounds.contains(version)


def test_the_lock_names_the_same_versions_with_a_hash_of_every_file() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert [str(one) for one in pinned(text.splitlines())] == [str(one) for one in constraints()]
    for entry in re.split(r"\n(?=\S)", text):
        assert entry.startswith("#") or re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


def test_what_is_installed_is_held_to_the_constraints() -> None:
    script = (ROOT / "scripts" / "install.sh").read_text(encoding="utf-8")
    assert '--constraint constraints.txt -e ".[dev]"' in script
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
