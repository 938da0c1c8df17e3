"""Every file in configs/ composes, and what it composes to can be built."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from composed_configs import CONFIGS, PRESETS, build_stages, composed
from hydra.errors import InstantiationException
from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, OmegaConf

from motion_transfer.configuration.command_table import COMMANDS
from motion_transfer.stages import Stages
from motion_transfer.training.augmentation import GeometricAugmentation, PhotometricAugmentation

ROOTS = sorted(path.stem for path in CONFIGS.glob("*.yaml") if path.stem != "chain")
GROUPS = {
    group: sorted(path.stem for path in (CONFIGS / group.partition("@")[0]).glob("*.yaml"))
    for entry in OmegaConf.load(CONFIGS / "chain.yaml")["defaults"]
    if OmegaConf.is_dict(entry)
    for group in entry
}
BUILDING_BLOCKS = {
    f"training/{group}": sorted(
        path.stem for path in (CONFIGS / "training" / group).glob("*.yaml") if not path.stem.startswith("admm")
    )
    for group in ("optimizer", "schedule", "sampler")
}
ONES = [path for path in sorted(CONFIGS.rglob("*.yaml")) if "_target_" in OmegaConf.load(path)]
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


@pytest.mark.parametrize("root", ROOTS)
def test_every_command_composes_and_leaves_nothing_to_be_resolved(root: str) -> None:
    config = composed(root)
    assert not OmegaConf.missing_keys(config)
    assert "${" not in OmegaConf.to_yaml(config)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("root", [root for root in ROOTS if is_chain(root)])
def test_every_stage_is_built_with_every_preset(root: str, preset: str, tmp_path: Path) -> None:
    config = composed(root, f"preset={preset}", "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    stages = build_stages(config)
    assert stages.register_target.stage.resolution == config.resolution
    assert stages.learner.stage.train.minutes == config.minutes


def rounds(groups: dict[str, list[str]]) -> list[dict[str, str]]:
    """Choices that name every option of every group at least once, one option of each group at a time."""
    longest = max(map(len, groups.values()))
    return [{group: options[turn % len(options)] for group, options in groups.items()} for turn in range(longest)]


@pytest.mark.parametrize("chosen", rounds(GROUPS), ids=lambda chosen: "-".join(chosen.values()))
def test_every_option_of_a_group_can_be_chosen(chosen: dict[str, str], tmp_path: Path) -> None:
    words = [f"{group}={option}" for group, option in chosen.items()]
    config = composed("transfer", *words, "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    assert isinstance(build_stages(config), Stages)


@pytest.mark.parametrize("chosen", rounds(BUILDING_BLOCKS), ids=lambda chosen: "-".join(chosen.values()))
def test_optimizer_schedule_and_sampler_of_the_performers_training_are_choices(
    chosen: dict[str, str], tmp_path: Path
) -> None:
    words = [f"{group}={option}" for group, option in chosen.items()]
    config = composed("transfer", *words, "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    for group, option in chosen.items():
        part = config.training[group.rpartition("/")[2]]
        assert part == OmegaConf.load(CONFIGS / group / f"{option}.yaml")  # nothing is left of the usual choice
    assert isinstance(build_stages(config), Stages)


WRONG = {"photometric": "noise=-1", "geometric": "mirror_probability=0.5"}


@pytest.mark.parametrize(("kind", "place"), [("callback", "callbacks"), ("regularizer", "objective.regularizers")])
def test_callbacks_and_regularizers_are_added_to_the_performers_training_by_name(
    kind: str, place: str, tmp_path: Path
) -> None:
    files = {path.stem: OmegaConf.load(path) for path in (CONFIGS / "training" / kind).glob("*.yaml")}
    usual = OmegaConf.select(composed("transfer").training, place)
    words = [f"+training/{kind}@training.{place}.more_{name}={name}" for name in files]
    config = composed("transfer", *words, "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    made = {name: one._target_ for name, one in OmegaConf.select(config.training, place).items() if name not in usual}
    assert made == {f"more_{name}": file._target_ for name, file in files.items()}
    assert isinstance(build_stages(config), Stages)


def test_what_averages_the_weights_is_a_choice_that_can_be_declined() -> None:
    group = "training/callback@training.callbacks.averaging"
    chosen = composed("transfer", f"{group}=stochastic_average").training.callbacks
    assert chosen.averaging == OmegaConf.load(CONFIGS / "training/callback/stochastic_average.yaml")
    assert "averaging" not in composed("transfer", f"~{group}").training.callbacks


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("synthesis.generator.bottleneck=deep", "expected a bottleneck among"),
        ("synthesis.generator.norm=none_such", "expected a normalization among"),
        ("synthesis.discriminator.weight_norm=no", "expected a weight normalization among"),
        ("training.objective.adversarial.r1=-1", "expected a weight r1"),
        ("training.objective.adversarial.label_smoothing=0.5", "expected an amount in"),
        (
            "+training/regularizer@training.objective.regularizers.more=ridge "
            "training.objective.regularizers.more.strength=-1",
            "expected a strength",
        ),
    ],
)
def test_a_wrong_setting_of_a_network_or_its_loss_is_found_before_any_work(
    override: str, message: str, tmp_path: Path
) -> None:
    config = composed("transfer", *override.split(), "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    with pytest.raises((InstantiationException, ValueError), match=message):
        build_stages(config)


@pytest.mark.parametrize(
    ("name", "kind"), [("photometric", PhotometricAugmentation), ("geometric", GeometricAugmentation)]
)
def test_samples_are_changed_further_only_where_asked(name: str, kind: type, tmp_path: Path) -> None:
    usual = ("body=tiny", "device=cpu", f"work_dir={tmp_path}")
    asked = f"training/augmentation@training.augmentation.{name}={name}"
    plain, changing = (build_stages(composed("transfer", *words)) for words in (usual, (*usual, asked)))
    assert getattr(plain.learner.stage.train.augmentation, name) is None
    assert isinstance(getattr(changing.learner.stage.train.augmentation, name), kind)
    with pytest.raises(InstantiationException, match="expected"):
        build_stages(composed("transfer", *usual, asked, f"training.augmentation.{name}.{WRONG[name]}"))


def test_the_discriminators_optimizer_is_a_choice_of_its_own() -> None:
    config = composed("transfer", "training/optimizer@training.discriminator_optimizer=sgd")
    assert config.training.discriminator_optimizer._target_ == "torch.optim.SGD"
    assert config.training.optimizer._target_ == "torch.optim.Adam"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training/optimizer=admm_absolute", "expected one tensor"),
        ("+training.optimizer.momentum=0.9", "that it takes"),
    ],
)
def test_an_optimizer_that_cannot_train_a_performer_is_refused_before_any_work(
    override: str, message: str, tmp_path: Path
) -> None:
    config = composed("transfer", override, "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    with pytest.raises(ValueError, match=message):
        build_stages(config)


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


@pytest.mark.parametrize("path", ONES, ids=lambda path: str(path.relative_to(CONFIGS)))
def test_every_file_names_something_that_exists(path: Path) -> None:
    call = OmegaConf.load(path)
    assert callable(get_object(call["_target_"]))


@pytest.mark.parametrize(
    "path",
    [path for path in ONES if path.parent.parent.name == "training"],
    ids=lambda path: str(path.relative_to(CONFIGS)),
)
def test_every_building_block_of_a_training_is_instantiated(path: Path) -> None:
    assert instantiate(OmegaConf.load(path)) is not None
