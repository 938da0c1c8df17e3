"""The documentation keeps its promises: what it names exists, and the README stays short."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf
from quick_transfer import ROOT

from motion_transfer.configuration.command_table import COMMANDS
from motion_transfer.configuration.composition import compose_files

README = ROOT / "README.md"
PAGES = [
    README,
    *(ROOT / name for name in ("ARCHITECTURE.md", "CONTRIBUTING.md", "data/README.md")),
    *(ROOT / "docs").glob("*.md"),
]
LONGEST, WIDEST = 120, 130
ROOTS = sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))
SETTING = re.compile(r"(?<![\w./$@-])([a-z_]\w*(?:[./@]\w+)*)=([\w.]*)")
DOTTED = re.compile(r"`([a-z_0-9]+(?:\.[a-z_0-9]+)+)`")
SUFFIXES = (
    "md",
    "json",
    "png",
    "html",
    "mp4",
    "npz",
    "pt",
    "glb",
    "py",
    "yaml",
    "bvh",
    "pkl",
    "toml",
    "ckpt",
    "txt",
    "lock",
    "usdc",
    "csv",
    "obj",
    "jsonl",
    "sqlite",
    "jpg",
    "service",
)


def code(path: Path) -> str:
    """What stands in backticks or indented blocks: only there are commands and settings named."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"```(python|yaml)\n.*?```", "", text, flags=re.DOTALL)
    blocks = re.findall(r"^    \S.*$", text, re.MULTILINE)
    return "\n".join([*re.findall(r"`[^`\n]+`", text), *blocks])


def composed() -> set[str]:
    """Every setting of every command, by its dotted name."""
    choices = (
        "synthesis/refiner=face",
        "synthesis/generator=unet",
        "synthesis/generator=pix2pix",
        "landmarks/detector=mediapipe_heavy",
    )
    others = [compose_files("transfer", [choice]) for choice in choices]
    return {
        *(key for config in others for key in dotted(config)),
        *(key for root in ROOTS for key in dotted(compose_files(root, []))),
    }


def dotted(config: Any, where: str = "") -> Iterator[str]:
    for name in config:
        yield f"{where}{name}"
        given = not (OmegaConf.is_missing(config, name) or OmegaConf.is_interpolation(config, name))
        if given and OmegaConf.is_dict(config[name]):
            yield from dotted(config[name], f"{where}{name}.")


@pytest.fixture(scope="module")
def settings() -> set[str]:
    return composed()


def test_the_readme_is_short() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LONGEST
    assert [line for line in lines if len(line) > WIDEST] == []


def test_the_quick_start_takes_two_commands_that_the_makefile_has() -> None:
    quick_start = README.read_text(encoding="utf-8").partition("## Quick start\n")[2].partition("\n## ")[0]
    commands = [line.strip() for line in quick_start.splitlines() if line.startswith("    ")]
    assert commands == ["make demo", "make test"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in commands:
        assert re.search(rf"^{command.removeprefix('make ')}:", makefile, re.MULTILINE)


def test_the_readme_holds_no_measured_figure() -> None:
    text = re.sub(r"```.*?```", "", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    for figure in (r"\d\s*dB", r"\bfps\b", r"\bframes a second", r"\d+ MB", r"(?<!H)\.\d{3}\b"):
        assert not re.search(figure, text), figure


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    written_by_measure = (ROOT / OmegaConf.load(ROOT / "configs" / "measure.yaml")["output"]).resolve()
    for link in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        target = (page.parent / link).resolve()
        assert "://" in link or target.exists() or target == written_by_measure, link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_named_exists(page: Path) -> None:
    named = code(page)
    for command in re.findall(r"\bmotion-transfer ([a-z]\w*)", named):
        assert command in COMMANDS, command
    for script in re.findall(r"\bpython ((?:scripts|examples)/\S+\.py)", named):
        assert (ROOT / script).is_file(), script


PAGES_ABOUT_USE = [page for page in PAGES if page.name != "ARCHITECTURE.md"]
OF_THE_READER = "grey"  # the example of a choice in a folder of the reader's own


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES_ABOUT_USE, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_setting_that_is_named_exists(page: Path, settings: set[str]) -> None:
    named = code(page)
    for key in DOTTED.findall(named):
        assert key in settings or key.endswith(SUFFIXES), key
    for key, value in SETTING.findall(named):
        if not (ROOT / "configs" / key.partition("@")[0]).is_dir():
            assert key in settings or key.startswith("hydra."), key
        elif not value.isupper():
            assert value in {*choices(key.partition("@")[0]), OF_THE_READER}, f"{key}={value}"


def test_every_group_of_the_chain_and_each_of_its_choices_is_documented() -> None:
    text = code(ROOT / "docs" / "settings.md")
    for entry in OmegaConf.load(ROOT / "configs" / "chain.yaml")["defaults"]:
        group = next(iter(entry)) if OmegaConf.is_dict(entry) else "training/"
        if not group.startswith("training/"):
            assert f"`{group}`" in text, group
            options = choices(group.partition("@")[0])
            assert all(f"`{option}`" in text for option in options), options


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (ROOT / "configs" / group).glob("*.yaml"))
