"""Every file in configs/ composes, and what it composes to can be built."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hydra.errors import InstantiationException
from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, OmegaConf

from motion_transfer.body.model import BodyModel
from motion_transfer.commands.assembly import assemble
from motion_transfer.configuration.command_table import COMMANDS
from motion_transfer.configuration.compose import compose, defaults
from motion_transfer.domain.body_motion import Capture
from motion_transfer.rendering.map_renderer import map_renderer_name
from motion_transfer.stages import Stages
from motion_transfer.training.augmentation import GeometricAugmentation, PhotometricAugmentation

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
ROOTS = sorted(path.stem for path in CONFIGS.glob("*.yaml") if path.stem != "chain")
PRESETS = sorted(path.stem for path in (CONFIGS / "preset").glob("*.yaml"))
GROUPS = {
    group: sorted(path.stem for path in (CONFIGS / group.partition("@")[0]).glob("*.yaml"))
    for entry in OmegaConf.load(CONFIGS / "chain.yaml")["defaults"]
    if OmegaConf.is_dict(entry)
    for group in entry
}
BUILDING_BLOCKS = [
    (f"training/{path.parent.name}", path.stem)
    for group in ("optimizer", "schedule", "sampler")
    for path in sorted((CONFIGS / "training" / group).glob("*.yaml"))
    if not path.stem.startswith("admm")
]
ONES = [path for path in sorted(CONFIGS.rglob("*.yaml")) if "_target_" in OmegaConf.load(path)]
GIVEN_IN_CODE = {
    "model",
    "device",
    "seed",
    "generator",
    "discriminator",
}  # by `assemble`, because no file can hold them
LONGEST_DELTA = 15


def composed(root: str, *overrides: str) -> DictConfig:
    """A command's configuration with something for every input that has to be given."""
    missing = OmegaConf.missing_keys(OmegaConf.create(defaults(root)))
    return compose(root, [*(f"{name}=some.mp4" for name in sorted(missing)), *overrides])


def build_stages(config: DictConfig) -> Stages:
    return assemble(config).stages


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


@pytest.mark.parametrize(("group", "option"), [(group, option) for group in GROUPS for option in GROUPS[group]])
def test_every_option_of_a_group_can_be_chosen(group: str, option: str, tmp_path: Path) -> None:
    config = composed("transfer", f"{group}={option}", "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    assert isinstance(build_stages(config), Stages)


@pytest.mark.parametrize(("group", "option"), BUILDING_BLOCKS)
def test_optimizer_schedule_and_sampler_of_the_performers_training_are_choices(
    group: str, option: str, tmp_path: Path
) -> None:
    config = composed("transfer", f"{group}={option}", "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    part = config.training[group.rpartition("/")[2]]
    assert part == OmegaConf.load(CONFIGS / group / f"{option}.yaml")  # nothing is left of the usual choice
    assert isinstance(build_stages(config), Stages)


class Custom:
    """A user's estimator or refiner of motion, as the assembly makes it."""

    def __init__(self, model: BodyModel, strength: float) -> None:
        self.model, self.strength = model, strength

    def steps(self, frames: int) -> int:
        return frames

    def __call__(self, *_: object, **__: object) -> Capture:
        raise AssertionError("assembling calls no stage")


@pytest.mark.parametrize("part", ["estimator", "refiner"])
def test_one_class_and_one_file_replace_the_estimator_or_the_refiner(part: str, tmp_path: Path) -> None:
    config = composed("transfer", "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    config.fitting[part] = {"_target_": f"{__name__}.Custom", "strength": 2.0}
    stages = build_stages(config)
    made = {"estimator": stages.estimator.stage, "refiner": stages.register_target.stage.fit_appearance.refine}
    assert [name for name, stage in made.items() if isinstance(stage, Custom)] == [part]
    assert made[part].model is stages.model


WRONG = {"photometric": "noise=-1", "geometric": "mirror_probability=0.5"}
ADDED = [
    *(("training/callback", "callbacks", path.stem) for path in sorted((CONFIGS / "training/callback").glob("*.yaml"))),
    *(
        ("training/regularizer", "objective.regularizers", path.stem)
        for path in sorted((CONFIGS / "training/regularizer").glob("*.yaml"))
    ),
]


@pytest.mark.parametrize(("group", "place", "option"), ADDED)
def test_callbacks_and_regularizers_are_added_to_the_performers_training_by_name(
    group: str, place: str, option: str, tmp_path: Path
) -> None:
    usual = OmegaConf.select(composed("transfer").training, place)
    config = composed(
        "transfer", f"+{group}@training.{place}.more={option}", "body=tiny", "device=cpu", f"work_dir={tmp_path}"
    )
    assert set(OmegaConf.select(config.training, place)) == {*usual, "more"}
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


@pytest.mark.parametrize("overrides", [("condition=stick",), ("facing=90",), ("resolution=512", "minutes=1")])
def test_settings_of_the_user_reach_the_stages(overrides: tuple[str, ...], tmp_path: Path) -> None:
    config = composed("transfer", *overrides, "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    stages = build_stages(config)
    assert map_renderer_name(stages.learner.stage.make_renderer) == (
        "stick" if "condition=stick" in overrides else "smpl"
    )
    assert stages.register_target.stage.resolution == config.resolution
    assert config.facing == composed("transfer", *overrides).retargeting.steps.facing.facing


def test_what_fills_the_plate_is_part_of_what_a_performer_is_found_again_by(tmp_path: Path) -> None:
    for path in (CONFIGS / "registration" / "inpainter").glob("*.yaml"):
        choice = f"registration/inpainter={path.stem}"
        config = composed("transfer", choice, "body=tiny", "device=cpu", f"work_dir={tmp_path}")
        register = build_stages(config).register_target
        assert register.settings["inpainter"] == OmegaConf.to_container(config.registration.inpainter)
        assert type(register.stage.inpaint).__name__ == config.registration.inpainter._target_.rpartition(".")[2]


def test_a_preset_changes_few_lines() -> None:
    assert {"draft", "fast", "quality"} <= set(PRESETS)
    for preset in PRESETS:
        lines = (CONFIGS / "preset" / f"{preset}.yaml").read_text().splitlines()
        assert len(lines) <= LONGEST_DELTA, preset
        assert lines[0] == "# @package _global_", preset


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_sets_only_what_exists(preset: str) -> None:
    """A misspelt key in a preset would be a new setting that nobody reads."""
    delta = OmegaConf.load(CONFIGS / "preset" / f"{preset}.yaml")
    neutral = composed("transfer", "preset=fast")

    def check(part: Any, whole: Any, where: str) -> None:
        for name, child in part.items():
            assert name in whole, f"{where}{name}"
            if isinstance(child, DictConfig):
                check(child, whole[name], f"{where}{name}.")

    check(delta, neutral, "")


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


def test_a_source_is_registered_with_iterations_and_frames_of_its_own(tmp_path: Path) -> None:
    given = ("body=tiny", "device=cpu", f"work_dir={tmp_path}")
    iterations, frames = "registration.source.appearance.iterations", "registration.source.crop.max_frames"
    stages = build_stages(composed("transfer", *given, f"{iterations}=3", f"{frames}=20"))
    source, target = stages.register_source, stages.register_target
    assert source is not None
    assert (source.stage.fit_appearance.iterations, target.stage.fit_appearance.iterations) == (3, 4)
    assert (source.stage.crop.max_frames, target.stage.crop.max_frames) == (20, 900)
    assert source.settings != target.settings, "both would be found under one key"
    assert build_stages(composed("transfer", *given, f"{iterations}=0")).register_source is None
    for wrong, message in ((f"{iterations}=-1", "iterations of 0 or more"), (f"{frames}=0", "max_frames of 1 or more")):
        with pytest.raises(ValueError, match=message):
            build_stages(composed("transfer", *given, wrong))


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
