"""The steps as a user changes them on the command line."""

from pathlib import Path

import pytest
from hydra.utils import instantiate
from omegaconf import DictConfig

from motion_transfer.configuration.compose import compose
from motion_transfer.retargeting.retargeter import Retargeter

SHIPPED = (
    "shape_swap",
    "facing",
    "self_collision",
    "trend_filter",
    "placement",
    "head_range",
    "ground_alignment",
    "foot_planting",
)


def composed(*overrides: str) -> DictConfig:
    return compose("transfer", ["source=source.mp4", *overrides])


def steps(*overrides: str) -> Retargeter:
    return instantiate(composed(*overrides).retargeting)


def test_the_shipped_steps_run_in_the_order_of_their_file() -> None:
    assert tuple(steps().steps) == SHIPPED


def test_facing_is_set_from_the_root_or_in_its_step() -> None:
    for override in ("facing=90", "retargeting.steps.facing.facing=90"):
        assert composed(override).retargeting.steps.facing.facing == 90


def test_the_head_is_limited_from_the_root_or_in_its_step() -> None:
    for override in ("head=limited", "retargeting.steps.head_range.head=limited"):
        assert composed(override).retargeting.steps.head_range.head == "limited"


@pytest.mark.slow
def test_a_step_is_left_out_by_a_tilde_or_by_null() -> None:
    assert "self_collision" not in steps("~retargeting.steps.self_collision").steps
    assert steps("retargeting.steps.self_collision=null").steps["self_collision"] is None


@pytest.mark.slow
def test_a_file_adds_a_step_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "retargeting").mkdir()
    (tmp_path / "retargeting" / "twice_swapped.yaml").write_text(
        "defaults: [planted]\nsteps:\n  again:\n    _target_: motion_transfer.retargeting.shape_swap.ShapeSwap\n"
    )
    found = steps(f"hydra.searchpath=[file://{tmp_path}]", "retargeting=twice_swapped").steps
    assert tuple(found) == (*SHIPPED, "again")


def test_contacts_of_the_skin_are_kept_unless_they_are_turned_off() -> None:
    assert steps().skin_contacts
    assert not steps("retargeting.skin_contacts=false").skin_contacts
