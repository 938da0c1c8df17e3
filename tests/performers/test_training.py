"""A short training of a small generator, with the settings as the command line composes them."""

import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra.errors import InstantiationException
from small_footage import GENERATOR, small_footage
from small_learner import REFERENCES, hooks, make_learner

from motion_transfer.body.model import BodyModel
from motion_transfer.datasets.training_set import TrainingSet
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.rendering.smpl_maps import SMPL_CHANNELS, SmplMapRenderer
from motion_transfer.synthesis.checkpoints import LAST, read_checkpoint
from motion_transfer.synthesis.generators.generator_file import save_generator
from motion_transfer.synthesis.generators.registry import generator_spec
from motion_transfer.synthesis.generators.unet import UNetGenerator
from motion_transfer.synthesis.validation import ValidationScores

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


@pytest.fixture(scope="module")
def footage(tiny_body: BodyModel) -> RegisteredFootage:
    return small_footage(tiny_body)


def callbacks(*names: str) -> tuple[str, ...]:
    return tuple(f"+training/callback@training.callbacks.{name}={name}" for name in names)


@pytest.mark.parametrize(
    "overrides",
    [
        (),
        ("training/optimizer=rmsprop_nesterov", "training/schedule=warm_cosine"),
        ("training/sampler=reshuffled", "training/augmentation@training.augmentation.geometric=geometric"),
        ("training/sampler=curriculum", "training.batch=2"),
        ("training/optimizer=proximal_group_lasso", "training/optimizer@training.discriminator_optimizer=adadelta"),
        ("synthesis.generator.bottleneck=squeeze_excite", "synthesis.generator.bottleneck_blocks=1"),
        ("synthesis.discriminator.weight_norm=spectral", "training.objective.adversarial.r1=1.0"),
        (
            "+training/regularizer@training.objective.regularizers.ridge=ridge",
            *callbacks("multiplicative_decay", "gradient_noise"),
        ),
        ("training/callback@training.callbacks.averaging=stochastic_average", *callbacks("singular_values")),
        (
            "training.callbacks.averaging=null",
            "training.callbacks.stopping=null",
            "+training.objective.regularizers.any=null",
        ),
    ],
)
def test_a_performer_is_learned_with_what_was_chosen(
    footage: RegisteredFootage, overrides: tuple[str, ...], tmp_path: Path
) -> None:
    told: list[float] = []
    performer, trained = make_learner(*overrides)(footage, None, tmp_path, hooks(told))
    assert performer.facts.training.steps == len(told) > 0  # a busy machine does one step in the time
    assert told[-1] == 1
    assert performer.generator is trained.generator
    assert all(torch.isfinite(weight).all() for weight in performer.generator.parameters())
    assert np.isfinite(performer.facts.held_out.psnr_person)
    assert (tmp_path / "best.ckpt").exists()


def test_what_watches_a_training_leaves_pictures_numbers_and_snapshots_beside_its_checkpoints(
    footage: RegisteredFootage, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    watching = callbacks("sample_grid", "gradient_statistics", "snapshots", "progress_bar")
    learn = make_learner(*watching, "training.callbacks.gradient_statistics.every_steps=1")
    outcomes = [learn(footage, None, tmp_path / folder, hooks())[1].outcome for folder in ("one", "other")]
    assert "left=0:0" in capfd.readouterr().out
    for folder, outcome in zip(("one", "other"), outcomes, strict=True):
        assert list((tmp_path / folder / "samples").glob("step_*.png"))
        header, *rows = (tmp_path / folder / "metrics.csv").read_text().splitlines()
        assert {"gradient_rms/generator", "weight_rms/generator", "psnr_person"} <= set(header.split(","))
        assert len(rows) >= outcome.steps
        kept = read_checkpoint(tmp_path / folder / LAST)["callbacks"]["Snapshots"]["weights"]
        assert len(kept) == 3


def test_a_training_that_is_asked_to_finish_goes_on_with_its_best_checkpoint_and_says_so(
    footage: RegisteredFootage, tmp_path: Path
) -> None:
    told: list[float] = []
    shown: list[np.ndarray] = []
    learn = make_learner("minutes=30")
    finishing = hooks(told, preview=shown.append, should_finish=lambda: len(told) >= 8)
    performer, _ = learn(footage, None, tmp_path, finishing)
    assert len(told) == 8
    assert performer.facts.training.ended == "on_request"
    assert any("as it was asked to" in sentence for sentence in performer.facts.fallbacks)
    assert len(shown) == 3  # after the first step, after five, and at the end
    assert shown[0].std() > 10  # of painted and filmed frames in place of flat ones
    assert all(picture.dtype == np.uint8 and picture.ndim == 3 for picture in shown)
    assert (tmp_path / "best.ckpt").exists()


class ScriptedScores:
    """Validates nothing, and gives the next of some scores."""

    def __init__(self, scores: list[float]) -> None:
        self.scores = scores

    def __call__(self, *_: object, **__: object) -> "ScriptedScores":
        return self

    def score(self, _: object) -> ValidationScores:
        return ValidationScores(psnr=self.scores.pop(0), psnr_person=0.0, pictures=np.zeros((2, 4, 4, 3), np.uint8))


def train_on(
    folder: Path, footage: RegisteredFootage, scores: list[float], monkeypatch: pytest.MonkeyPatch
) -> tuple[float, dict[str, torch.Tensor]]:
    """Go on in the folder until all scores were given; the score that is reported, and the weights in use."""
    scripted = ScriptedScores(scores)
    monkeypatch.setattr("motion_transfer.performers.learner.SelfReenactment", lambda **_: scripted.score)
    learn = make_learner("minutes=30")
    done = hooks(should_finish=lambda: len(scripted.scores) <= 1)
    _, trained = learn(footage, None, folder, done)
    return trained.outcome.psnr, trained.generator.state_dict()


def test_the_reported_score_is_that_of_the_weights_in_use_also_where_the_folder_moved(
    footage: RegisteredFootage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score, best = train_on(tmp_path / "here", footage, [3.0, 10.0], monkeypatch)
    assert score == 10
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    score, weights = train_on(tmp_path / "there", footage, [6.0, 4.0], monkeypatch)
    assert score == 10
    assert all(torch.equal(weights[name], best[name]) for name in best)


@pytest.mark.parametrize("lost", [("last.ckpt",), ("last.ckpt", "best.ckpt")])
def test_after_a_damaged_checkpoint_training_goes_on_from_what_is_left(
    lost: tuple[str, ...],
    footage: RegisteredFootage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    train_on(tmp_path, footage, [3.0, 10.0], monkeypatch)
    for name in lost:
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:1000])
    score, _ = train_on(tmp_path, footage, [6.0, 4.0], monkeypatch)
    assert score == (10 if len(lost) == 1 else 6)
    assert caplog.text.count("a checkpoint is lost") == len(lost)


def test_a_generator_starts_from_another_performers_layers(footage: RegisteredFootage, tmp_path: Path) -> None:
    torch.manual_seed(1)
    make = partial(UNetGenerator, **GENERATOR)
    generator = make(channels=SMPL_CHANNELS)
    save_generator(tmp_path / "generator.npz", generator, generator_spec(make, SMPL_CHANNELS))
    other = generator.state_dict()
    same = {}
    data = TrainingSet(footage=footage, make_renderer=SmplMapRenderer, references=REFERENCES)
    for layers in ("null", "[stem,down.0]"):
        words = (f"training.pretrained.folder={tmp_path}", f"training.pretrained.layers={layers}")
        own = make_learner(*words).train.make_generator(data).state_dict()
        same[layers] = {name for name in own if torch.equal(own[name], other[name])}
    assert same["null"] == set(other)
    changed = set(other) - same["[stem,down.0]"]
    assert {name for name in changed if name.endswith("0.weight")}
    assert not [name for name in changed if name.startswith(("stem", "down.0"))]


def test_weights_for_the_perceptual_term_that_are_none_are_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(InstantiationException, match="expected a file with the weights of VGG19"):
        make_learner(f"training.objective.perceptual.weights={tmp_path / 'missing.pth'}")


def test_a_start_that_is_no_performer_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(InstantiationException, match="expected the folder of a performer with generator"):
        make_learner(f"training.pretrained.folder={tmp_path}")
