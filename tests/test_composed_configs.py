"""Every file in configs/ composes, and what it composes to can be built."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from composed_configs import CONFIGS, CONSTRUCTOR_CALLS, PRESETS, build_stages, composed, rounds
from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from motion_transfer.configuration.command_table import COMMANDS
from motion_transfer.stages import Stages

ROOTS = sorted(path.stem for path in CONFIGS.glob("*.yaml") if path.stem != "chain")
GROUPS = {
    group: sorted(path.stem for path in (CONFIGS / group.partition("@")[0]).glob("*.yaml"))
    for entry in OmegaConf.load(CONFIGS / "chain.yaml")["defaults"]
    if OmegaConf.is_dict(entry)
    for group in entry
}
GIVEN_IN_CODE = {"model", "device", "seed", "generator", "discriminator"}  # by `assemble`: no file can hold them


def is_chain(root: str) -> bool:
    return "chain" in OmegaConf.load(CONFIGS / f"{root}.yaml").get("defaults", [])


def calls(node: Any, where: str = "") -> Iterator[tuple[str, DictConfig]]:
    """Every constructor call in a configuration, with its place."""
    if not isinstance(node, DictConfig):
        return
    if "_target_" in node:
        yield where, node
    for name, child in node.items():
        yield from calls(child, f"{where}.{name}".lstrip("."))


def test_every_command_with_a_configuration_is_a_word_of_the_command_line() -> None:
    assert set(ROOTS) <= set(COMMANDS)
    assert {"transfer", "evaluate", "train", "demo"} <= set(ROOTS)


@pytest.mark.slow
@pytest.mark.parametrize("root", ROOTS)
def test_every_command_composes_and_leaves_nothing_to_be_resolved(root: str) -> None:
    config = composed(root)
    assert not OmegaConf.missing_keys(config)
    assert "${" not in OmegaConf.to_yaml(config)


def roots_with_presets() -> Iterator[Any]:
    """All presets for `transfer`, and one in turn for each other command, whose chain is the same."""
    others = [root for root in ROOTS if is_chain(root) and root != "transfer"]
    yield from (pytest.param("transfer", preset) for preset in PRESETS)
    for number, root in enumerate(others):
        for preset in PRESETS:
            in_turn = preset == PRESETS[number % len(PRESETS)]
            yield pytest.param(root, preset, marks=[pytest.mark.slow, *([] if in_turn else [pytest.mark.soak])])


@pytest.mark.slow
@pytest.mark.parametrize(("root", "preset"), roots_with_presets())
def test_every_stage_is_built_with_every_preset(root: str, preset: str, tmp_path: Path) -> None:
    config = composed(root, f"preset={preset}", "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    stages = build_stages(config)
    assert stages.register_target.stage.resolution == config.resolution
    assert stages.learner.stage.train.minutes == config.minutes


@pytest.mark.slow
@pytest.mark.parametrize("chosen", rounds(GROUPS), ids=lambda chosen: "-".join(chosen.values()))
def test_every_option_of_a_group_can_be_chosen(chosen: dict[str, str], tmp_path: Path) -> None:
    if chosen["synthesis/generator"] == "reference_judge":
        chosen = chosen | {"condition": "smpl", "experiment": "ours"}  # it reads the body's maps, and no others do
    words = [f"{group}={option}" for group, option in chosen.items()]
    config = composed("transfer", *words, "minutes=1", "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    assert isinstance(build_stages(config), Stages)


@pytest.mark.slow
def test_every_stage_finds_all_of_its_settings_in_the_files_and_has_no_default_of_its_own() -> None:
    stages = dict(calls(composed("transfer")))
    assert {
        "landmarks",
        "fitting.estimator",
        "fitting.refiner",
        "registration.inpainter",
        "retargeting",
        "synthesizer",
        "training",
    } <= set(stages)
    for place, call in stages.items():
        if call.get("_partial_") or not call["_target_"].startswith("motion_transfer."):
            continue
        parameters = inspect.signature(get_object(call["_target_"])).parameters
        given = {str(name) for name in call if not str(name).startswith("_")}
        assert set(parameters) - GIVEN_IN_CODE <= given, place
        assert given <= set(parameters), place
        defaults = [name for name, one in parameters.items() if one.default is not inspect.Parameter.empty]
        assert not defaults, place


@pytest.mark.parametrize("path", CONSTRUCTOR_CALLS, ids=lambda path: str(path.relative_to(CONFIGS)))
def test_every_file_names_something_that_exists(path: Path) -> None:
    call = OmegaConf.load(path)
    assert callable(get_object(call["_target_"]))
