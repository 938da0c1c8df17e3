"""Published methods are experiments of few lines that train, paint and are stored like this project's own."""

from pathlib import Path

import pytest
import torch
from composed_configs import CONFIGS
from small_footage import small_clip, small_footage

from motion_transfer.assembly import assemble_from
from motion_transfer.body.model import BodyModel
from motion_transfer.configuration.composition import compose_files
from motion_transfer.performers.storage import load_performer, save_performer
from motion_transfer.rendering.map_renderer import make_map_renderer
from motion_transfer.synthesis.generators.registry import generator_spec
from motion_transfer.synthesis.training import TrainingHooks

pytestmark = pytest.mark.filterwarnings("ignore")
LONGEST_DELTA = 15
EXPERIMENTS = sorted(path.stem for path in (CONFIGS / "experiment").glob("*.yaml"))
UNET = ("synthesis.generator.base_channels=8", "synthesis.generator.max_channels=16", "synthesis.generator.levels=2")
ABLATED = {"unet_stick": "stick", "unet_stick_depth": "stick_depth", "unet_surface": "surface", "unet_texture": "smpl"}
SMALL = dict.fromkeys(ABLATED, UNET) | {
    "pix2pix": ("synthesis.generator.base_channels=4", "synthesis.generator.levels=4"),
    "pix2pixhd": ("synthesis.generator.base_channels=4", "synthesis.generator.blocks=1"),
    "smplpix": ("synthesis.generator.base_channels=4",),
    "everybody_dance_now": (
        *("synthesis.generator.base_channels=4", "synthesis.generator.blocks=1", "synthesis.refiner.side_px.head=32"),
        *("synthesis.refiner.network.base_channels=4", "synthesis.refiner.discriminator.base_channels=4"),
        *("synthesis.refiner.max_frames=4", "synthesis.refiner.steps_between_validations=5"),
    ),
}


def test_an_experiment_changes_few_lines() -> None:
    assert {"ours", *SMALL} == set(EXPERIMENTS)
    for name in EXPERIMENTS:
        lines = (CONFIGS / "experiment" / f"{name}.yaml").read_text().splitlines()
        assert len(lines) <= LONGEST_DELTA, name
        assert lines[0] == "# @package _global_", name


@pytest.mark.slow
def test_ours_is_what_runs_without_an_experiment() -> None:
    assert compose_files("transfer", ["experiment=ours"]) == compose_files("transfer", [])


@pytest.mark.slow
def test_the_published_constants_of_everybody_dance_now() -> None:
    config = compose_files("transfer", ["experiment=everybody_dance_now"])
    for optimizer in (config.training.optimizer, config.training.discriminator_optimizer):
        assert (optimizer._target_, optimizer.lr, optimizer.betas) == ("torch.optim.Adam", 2e-4, [0.5, 0.999])
    losses = config.training.objective.losses
    assert (losses.adversarial, losses.features, losses.colour) == (1, 10, 0)
    assert config.synthesis.generator.recurrent
    assert config.training.objective.adversarial.two_frame
    assert config.training.augmentation.previous_fraction == 1
    assert list(config.synthesis.refiner.side_px) == ["head"]
    goal = config.synthesis.refiner.objective
    assert (goal.adversarial, goal.features, goal.colour, goal.gradient) == (1, 10, 0, 0)
    assert (config.synthesis.discriminator.layers, config.synthesis.discriminator.unstrided) == (3, 1)


@pytest.mark.slow
def test_ablated_conditions_differ_in_nothing_but_what_the_network_reads() -> None:
    made = [compose_files("transfer", [f"experiment={name}"]) for name in ABLATED]
    assert [one.condition._target_ for one in made] == list(dict.fromkeys(one.condition._target_ for one in made))
    for one in made:
        one.condition = None
    assert all(one == made[0] for one in made)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_it_trains_paints_and_is_read_again(name: str, tiny_body: BodyModel, tmp_path: Path) -> None:
    made = assemble_from(
        *(f"experiment={name}", *SMALL[name], "synthesis.discriminator.base_channels=4", "body=tiny", "device=cpu"),
        *("minutes=0.005", "training.workers=0", f"work_dir={tmp_path / 'work'}"),
    )
    learner = made.stages.learner.stage
    hooks = TrainingHooks(advance=lambda _: None, preview=lambda _: None, should_finish=lambda: False)
    performer, trained = learner(
        small_footage(tiny_body), None, tmp_path / "training", hooks, small_clip(tiny_body).video
    )
    assert (tmp_path / "training" / "refiner" / "head" / "best.ckpt").is_file() == (name == "everybody_dance_now")
    assert performer.facts.training.steps > 0
    condition = ABLATED.get(name, "smpl" if name == "smplpix" else "stick")
    assert set(performer.generator.channels) == set(make_map_renderer(condition, tiny_body).channels)
    frame = next(iter(made.stages.synthesizer(performer, performer.facts.motion)))
    assert frame.alpha.max() > 0
    save_performer(tmp_path / "performer", performer, trained.spec, {}, refiners=trained.refiners)
    stored = load_performer(tmp_path / "performer")
    assert set(stored.refiners) == set(performer.refiners)
    again = stored.generator
    assert generator_spec(type(again), again.channels).target == trained.spec.target
    for name_of_weight, weight in performer.generator.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name_of_weight], weight, atol=1e-2, rtol=1e-2)
