"""A short training of a small generator, with the settings as the command line composes them."""

from functools import partial
from pathlib import Path

import hydra
import pytest
import torch
from hydra.errors import InstantiationException
from small_footage import DISCRIMINATOR, GENERATOR, small_footage

from motion_transfer.body.model import BodyModel
from motion_transfer.configuration.compose import compose
from motion_transfer.datasets.training_set import TrainingSet
from motion_transfer.performers.teaching import GeneratorTrainer
from motion_transfer.rendering.smpl_maps import SmplMapRenderer
from motion_transfer.synthesis.generators.generator_file import save_generator
from motion_transfer.synthesis.generators.registry import generator_spec
from motion_transfer.synthesis.generators.unet import UNetGenerator
from motion_transfer.synthesis.training import LAST

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def training_set(tiny_body: BodyModel) -> TrainingSet:
    return TrainingSet(footage=small_footage(tiny_body), make_renderer=SmplMapRenderer)


def callbacks(*names: str) -> tuple[str, ...]:
    return tuple(f"+training/callback@training.callbacks.{name}={name}" for name in names)


def make_teacher(*overrides: str) -> GeneratorTrainer:
    small = [
        *(f"training.generator.{name}={value}" for name, value in GENERATOR.items()),
        *(f"training.discriminator.{name}={value}" for name, value in DISCRIMINATOR.items()),
        "training.gan_start=0.5",
        "training.steps_between_validations=5",
        "training.workers=0",
        "minutes=0.02",
    ]
    config = compose("transfer", ["source=a.mp4", *small, *overrides])
    return hydra.utils.instantiate(config.training, device="cpu", seed=0)


@pytest.mark.parametrize(
    "overrides",
    [
        (),
        ("training/optimizer=rmsprop_nesterov", "training/schedule=warm_cosine"),
        ("training/sampler=reshuffled", "training/augmentation@training.augmentation.geometric=geometric"),
        ("training/sampler=curriculum", "training.batch=2"),
        ("training/optimizer=proximal_group_lasso", "training/optimizer@training.discriminator_optimizer=adadelta"),
        ("training.generator.bottleneck=squeeze_excite", "training.generator.bottleneck_blocks=1"),
        ("training.discriminator.weight_norm=spectral", "training.r1=1.0"),
        (
            "+training/regularizer@training.regularizers.ridge=ridge",
            *callbacks("multiplicative_decay", "gradient_noise"),
        ),
        ("training/callback@training.callbacks.averaging=stochastic_average", *callbacks("singular_values")),
        ("training.callbacks.averaging=null", "training.callbacks.stopping=null", "+training.regularizers.any=null"),
    ],
)
def test_a_performer_is_taught_with_what_was_chosen(
    training_set: TrainingSet, overrides: tuple[str, ...], tmp_path: Path
) -> None:
    told: list[float] = []
    taught = make_teacher(*overrides)(training_set, tmp_path, told.append)
    assert taught.outcome.steps == len(told) > 1
    assert told[-1] == 1
    assert all(torch.isfinite(weight).all() for weight in taught.generator.parameters())
    assert (tmp_path / "best.ckpt").exists()


def test_what_watches_a_training_leaves_pictures_numbers_and_snapshots_beside_its_checkpoints(
    training_set: TrainingSet, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    watching = callbacks("sample_grid", "gradient_statistics", "snapshots", "progress_bar")
    teacher = make_teacher(*watching, "training.callbacks.gradient_statistics.every_steps=1")
    outcomes = [teacher(training_set, tmp_path / folder, lambda _: None).outcome for folder in ("one", "other")]
    assert "left=0:0" in capfd.readouterr().out
    for folder, outcome in zip(("one", "other"), outcomes, strict=True):
        assert list((tmp_path / folder / "samples").glob("step_*.png"))
        header, *rows = (tmp_path / folder / "metrics.csv").read_text().splitlines()
        assert {"gradient_rms/generator", "weight_rms/generator", "psnr_person"} <= set(header.split(","))
        assert len(rows) >= outcome.steps
        kept = torch.load(tmp_path / folder / LAST, weights_only=False)["callbacks"]["Snapshots"]["weights"]
        assert len(kept) == 3


def test_a_generator_starts_from_another_performers_layers(training_set: TrainingSet, tmp_path: Path) -> None:
    torch.manual_seed(1)
    make, channels = partial(UNetGenerator, **GENERATOR), training_set.renderer().channels
    generator = make(channels=channels)
    save_generator(tmp_path / "generator.pt", generator, generator_spec(make, channels))
    other = generator.state_dict()
    same = {}
    for layers in ("null", "[stem,down.0]"):
        words = (f"training.start_from={tmp_path}", f"training.start_layers={layers}", "training.optimizer.lr=0")
        taught = make_teacher(*words)(training_set, tmp_path / layers, lambda _: None)
        own = taught.generator.state_dict()
        same[layers] = {name for name in own if torch.allclose(own[name], other[name], atol=1e-6)}
    assert same["null"] == set(other)
    changed = set(other) - same["[stem,down.0]"]
    assert {name for name in changed if name.endswith("0.weight")}
    assert not [name for name in changed if name.startswith(("stem", "down.0"))]


def test_weights_for_the_perceptual_term_that_are_none_are_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(InstantiationException, match="expected a file with the weights of VGG19"):
        make_teacher(f"training.vgg19={tmp_path / 'missing.pth'}")


def test_a_start_that_is_no_performer_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(InstantiationException, match="expected the folder of a performer with generator"):
        make_teacher(f"training.start_from={tmp_path}")
