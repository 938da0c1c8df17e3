"""An old override is answered with the name of today, and every name of today exists."""

from functools import cache
from pathlib import Path

import pytest

from motion_transfer.configuration.command_table import COMMANDS
from motion_transfer.configuration.compose import defaults
from motion_transfer.configuration.composition import config_dir
from motion_transfer.configuration.corrections import keys
from motion_transfer.configuration.renamed_settings import RENAMED, REPLACED, follow, renamed

GROUPS = {str(path.relative_to(config_dir())) for path in config_dir().rglob("*") if path.is_dir()}


@cache
def settings() -> set[str]:
    return {key for command in COMMANDS for key in keys(defaults(command))}


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("source_rounds=0", "`source_rounds` is now `registration.source.appearance.iterations`"),
        ("plate=telea", "`plate` is now `registration/inpainter`"),
        ("plate=pieces", "`plate=pieces` is now `registration/inpainter=patches`"),
        ("fitting.solver.weights.touch=1", "`fitting.solver.weights.touch` is now `fitting.weights.penetration`"),
        ("fitting.solver.weights.head=1", "`fitting.solver.weights.head` is now `fitting.weights.head`"),
    ],
)
def test_an_old_name_is_followed_through_all_its_renamings(override: str, sentence: str) -> None:
    assert renamed(override) == sentence


def test_a_group_that_is_put_in_a_package_is_renamed_with_it() -> None:
    found = renamed("training/penalty@training.penalties.more=ridge")
    assert found == f"`training/penalty@training.penalties.more` is now `{follow('training/penalty')}@" + (
        f"{follow('training.penalties')}.more`"
    )


def test_a_name_of_today_is_left_alone() -> None:
    assert renamed("minutes=5") is None
    assert renamed("zzz=1") is None


@pytest.mark.slow
@pytest.mark.parametrize("old", [old for old in RENAMED if "=" not in old])
def test_every_name_of_today_exists_and_no_old_one_does(old: str) -> None:
    new = follow(old)
    assert new in settings() | GROUPS or _is_in_some_file(new), new  # of an option that is not chosen by default
    assert old not in settings() | GROUPS


def _is_in_some_file(name: str) -> bool:
    key = name.rpartition(".")[2]
    return any(f"{key}:" in path.read_text() for path in config_dir().rglob("*.yaml"))


@pytest.mark.parametrize("old", [old for old in RENAMED if "=" in old])
def test_every_option_of_today_exists(old: str) -> None:
    group, _, option = (renamed(old) or "").split("`")[3].partition("=")
    assert Path(config_dir() / group / f"{option}.yaml").is_file()


@pytest.mark.slow
def test_what_is_replaced_is_no_setting_any_more() -> None:
    assert not set(REPLACED) & {name for command in COMMANDS for name in defaults(command) if name != "fitting"}
