"""The training step: what it lowers, when the discriminator joins, and what validation keeps."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn_vgg19 import drawn_vgg19
from hydra.utils import instantiate
from omegaconf import OmegaConf
from quiet_training import quiet_trainer
from small_generator import small_generator
from small_training import Watch, make_module, sample, train
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from motion_transfer.rendering.smpl_maps import SMPL_CHANNELS
from motion_transfer.rendering.stick_maps import STICK_CHANNELS
from motion_transfer.synthesis.discriminators.conditional import ConditionalDiscriminator, discriminator_channels
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator, Painted
from motion_transfer.synthesis.perceptual import read_vgg19
from motion_transfer.synthesis.validation import ValidationScores
from motion_transfer.training.callbacks import StepBudget
from motion_transfer.training.regularization import WeightRegularizer

pytestmark = pytest.mark.filterwarnings("ignore")
CONFIGS = Path(__file__).resolve().parents[2] / "configs" / "training"
REGULARIZERS = CONFIGS / "regularizer"
OPTIMIZERS = [
    path for path in sorted((CONFIGS / "optimizer").glob("*.yaml")) if not path.stem.startswith("admm")
]  # which is for one tensor


class Still(ConditionalGenerator):
    """Paints one grey everywhere, fully opaque."""

    recurrent, divisor, channels = False, 1, SMPL_CHANNELS

    def __init__(self, grey: float) -> None:
        super().__init__()
        self.grey = nn.Parameter(torch.tensor(grey))

    def forward(self, maps: Tensor, previous: Tensor | None = None, trust: Tensor | None = None) -> Painted:
        ones = torch.ones(len(maps), 1, *maps.shape[2:])
        return Painted(rgb=self.grey * ones.expand(-1, 3, -1, -1), alpha=ones, blend=ones)


class Judge(ConditionalDiscriminator):
    """Its verdicts are a layer's outputs."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, picture: Tensor) -> list[list[Tensor]]:
        return [[picture, self.layer(picture)]]


@pytest.mark.slow
def test_a_few_steps_bring_the_picture_nearer_to_the_footage(tmp_path: Path) -> None:
    torch.manual_seed(0)
    budget = StepBudget(60)
    module = make_module(small_generator(), budget, gan_start=1.0)
    before = {name: value.clone() for name, value in module.discriminator.state_dict().items()}
    watch = train(module, budget, tmp_path)
    assert set(watch.terms[0]) == {"colour", "gradient", "structure", "alpha", "blend", "texture"}
    for name in ("colour", "alpha"):
        first, last = (sum(terms[name] for terms in part) for part in (watch.terms[:5], watch.terms[-5:]))
        assert last < 0.5 * first, name
    assert all(torch.equal(before[name], now) for name, now in module.discriminator.state_dict().items())


@pytest.mark.slow
def test_the_discriminator_joins_after_its_share_of_the_training(tmp_path: Path) -> None:
    torch.manual_seed(0)
    budget = StepBudget(12)
    watch = train(make_module(small_generator(), budget, gan_start=0.5), budget, tmp_path)
    learns = [not torch.equal(a, b) for a, b in zip(watch.judges, watch.judges[1:], strict=False)]
    assert learns == [False] * 5 + [True] * 6
    assert "discriminator" not in watch.terms[5]
    assert set(watch.terms[6]) == {"discriminator"}  # the last phase of a step


@pytest.mark.slow
@pytest.mark.parametrize("weight_norm", ["none", "spectral", "weight"])
def test_the_discriminator_learns_under_bounds_on_its_slope(weight_norm: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    budget = StepBudget(20)
    module = make_module(small_generator(), budget, gan_start=0.0, weight_norm=weight_norm, r1=10.0)
    watch = train(module, budget, tmp_path)
    assert set(watch.terms[-1]) == {"discriminator", "r1"}
    first, last = (sum(terms["discriminator"] for terms in part) for part in (watch.terms[:5], watch.terms[-5:]))
    assert last < first
    assert all(terms["r1"] > 0 for terms in watch.terms)


def test_the_slope_penalty_is_of_the_verdicts_at_footage(tmp_path: Path) -> None:
    """A discriminator of one convolution has the same slope everywhere."""
    torch.manual_seed(0)
    budget = StepBudget(1)
    module = make_module(Still(0.0), budget, gan_start=0.0, r1=2.0)
    judge = nn.Conv2d(discriminator_channels(STICK_CHANNELS, two_frame=False), 1, 1, bias=False)
    module.generator.channels = STICK_CHANNELS
    module.discriminator = Judge(judge)
    weight = judge.weight[0, -3:].detach().clone()
    batch = sample(0) | {"maps": torch.zeros(len(STICK_CHANNELS), 32, 32)}
    watch = Watch()
    trainer = quiet_trainer(tmp_path, budget, watch, max_epochs=1)
    trainer.fit(module, DataLoader([batch], batch_size=1))  # pyright: ignore
    assert watch.terms[0]["r1"] == pytest.approx(2.0 * weight.square().sum().item() / 2, rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(REGULARIZERS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_regularizer_of_the_configuration_holds_the_generators_weights_small(path: Path, tmp_path: Path) -> None:
    sizes = {}
    for strength in (0.0, 0.1):
        torch.manual_seed(0)
        regularizer = instantiate(OmegaConf.load(path), strength=strength)
        budget, generator = StepBudget(20), small_generator()
        before = WeightRegularizer(kind=regularizer.kind, strength=strength)(generator).item()
        watch = train(
            make_module(generator, budget, gan_start=1.0, regularizers={path.stem: regularizer}), budget, tmp_path
        )
        sizes[strength] = WeightRegularizer(kind=regularizer.kind, strength=1.0)(generator).item()
        assert watch.terms[0][f"regularizer {path.stem}"] == pytest.approx(before)
    assert sizes[0.1] < sizes[0.0]


@pytest.mark.slow
def test_what_a_trained_network_sees_counts_and_no_checkpoint_holds_that_network(tmp_path: Path) -> None:
    drawn_vgg19(tmp_path / "vgg19.pth")
    perceptual, budget = read_vgg19(tmp_path / "vgg19.pth", 0.1), StepBudget(1)
    module = make_module(Still(0.0), budget, gan_start=1.0, perceptual=perceptual)
    plain = make_module(Still(0.0), budget, gan_start=1.0)
    assert set(module.state_dict()) == set(plain.state_dict())
    batch = {name: value[None] for name, value in sample(0).items()}
    expected = perceptual(torch.zeros(1, 3, 32, 32), batch["rgb"], batch["weight"])
    assert train(module, budget, tmp_path).terms[0]["perceptual"] == pytest.approx(expected.item(), rel=1e-4)


def test_where_weights_decay_biases_and_normalization_are_spared() -> None:
    module = make_module(small_generator(), StepBudget(1), gan_start=1.0)
    module._optimizer = partial(torch.optim.AdamW, weight_decay=0.1)
    decaying, spared = module.configure_optimizers()[0].param_groups
    assert (decaying["weight_decay"], spared["weight_decay"]) == (0.1, 0.0)
    assert all(weight.ndim > 1 for weight in decaying["params"])
    assert len(decaying["params"]) + len(spared["params"]) == len(list(module.generator.parameters()))


def test_validation_scores_the_generator_and_keeps_its_pictures(tmp_path: Path) -> None:
    asked: list[float] = []
    pictures = np.full((2, 8, 6, 3), 51, np.uint8)

    def validate(generator: Still) -> ValidationScores:
        asked.append(float(generator.grey))
        return ValidationScores(psnr=20.0, psnr_person=10.0 + len(asked), pictures=pictures)

    budget = StepBudget(2)
    module = make_module(Still(0.0), budget, gan_start=1.0, validate=validate)
    trainer = quiet_trainer(tmp_path, budget, max_epochs=2)
    batches: Any = DataLoader([sample(0)], batch_size=1)
    trainer.fit(module, batches, DataLoader(TensorDataset(torch.zeros(1))))
    assert len(asked) == 3  # once before the training, as Lightning does
    assert asked[0] == 0 != asked[1] != asked[2]
    assert module.history[-1] == {"validation": 33.0, "psnr": 20.0, "psnr_person": 13.0}
    assert trainer.callback_metrics["validation"] == 33
    assert module.sample_images().shape == (2, 3, 8, 6)
    assert torch.all(module.sample_images() == 0.2)


def test_wrong_settings_say_what_was_expected() -> None:
    for wrong, message in (
        ({"r1": -1.0}, "expected a weight r1 of at least 0, got -1"),
        ({"label_smoothing": 0.6}, r"expected an amount in \[0, 0.5\), got 0.6"),
        ({"weight_norm": "batch"}, "expected a weight normalization among"),
    ):
        with pytest.raises(ValueError, match=message):
            make_module(Still(0.0), StepBudget(1), gan_start=1.0, **wrong)  # type: ignore[arg-type]


def test_the_two_frame_discriminator_sees_maps_before_maps_frame_before_and_frame(tmp_path: Path) -> None:
    assert discriminator_channels(STICK_CHANNELS, two_frame=True) == 12  # as published
    seen: list[Tensor] = []
    budget = StepBudget(1)
    module = make_module(Still(0.5), budget, gan_start=0.0, two_frame=True)
    layer = nn.Conv2d(12, 1, 1)
    layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    module.generator.channels, module.generator.recurrent = STICK_CHANNELS, True
    module.discriminator = Judge(layer)
    constants = {"maps_before": 0.1, "maps": 0.2, "rgb_before": 0.3, "rgb": 0.4}
    batch = sample(1) | {name: torch.full((3, 32, 32), value) for name, value in constants.items()}
    quiet_trainer(tmp_path, budget, max_epochs=1).fit(module, DataLoader([batch], batch_size=1))  # pyright: ignore
    painted, filmed = seen[:2]
    assert filmed[0, ::3, 0, 0].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert painted[0, ::3, 0, 0].tolist() == pytest.approx([0.1, 0.2, 0.5, 0.5])


def test_the_scores_so_far_travel_with_a_checkpoint() -> None:
    one, other = (make_module(Still(0.0), StepBudget(1), gan_start=1.0) for _ in range(2))
    one.history.append({"validation": 3.0})
    checkpoint: dict[str, Any] = {}
    one.on_save_checkpoint(checkpoint)
    other.on_load_checkpoint(checkpoint)
    assert other.history == one.history


@pytest.mark.slow
@pytest.mark.parametrize("path", OPTIMIZERS, ids=lambda path: path.stem)
def test_a_generator_learns_with_any_optimizer_of_the_configuration(path: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    budget = StepBudget(16)
    module = make_module(small_generator(), budget, gan_start=0.75)
    module._optimizer = module._discriminator_optimizer = instantiate(OmegaConf.load(path))
    watch = train(module, budget, tmp_path)
    painting = [terms for terms in watch.terms if "colour" in terms]
    first, last = (sum(terms["colour"] + terms["alpha"] for terms in part) for part in (painting[:4], painting[-4:]))
    assert last < first
    assert not torch.equal(watch.judges[-1], watch.judges[0])
