"""Refiners add nothing before they are trained, and learn from pairs of squares as any network here does."""

from functools import partial
from pathlib import Path

import hydra
import numpy as np
import pytest
import torch
from small_training import PLAIN

from motion_transfer.configuration.compose import compose
from motion_transfer.rendering.body_regions import PART_REGIONS
from motion_transfer.synthesis.checkpoints import PlainCheckpoints, newest_checkpoint
from motion_transfer.synthesis.discriminators.patch import PatchDiscriminator
from motion_transfer.synthesis.generators.registry import generator_spec
from motion_transfer.synthesis.refiners.module import RefinerModule, RefinerObjective, refiner_discriminator_channels
from motion_transfer.synthesis.refiners.pairs import Pairs, RefinerData, as_pictures
from motion_transfer.synthesis.refiners.part_refiner import PARTS, PartRefiner
from motion_transfer.synthesis.refiners.refiner_file import load_refiners, save_refiners
from motion_transfer.synthesis.refiners.residual import ResidualRefiner
from motion_transfer.synthesis.refiners.training import part_of_hooks, share_of_steps
from motion_transfer.synthesis.training import TrainingHooks, train
from motion_transfer.synthesis.validation import RefinerScores
from motion_transfer.training.callbacks import StepBudget
from motion_transfer.training.schedules import constant

CHANNELS = ("normal_x", "normal_y", "normal_z")
SMALL = {"base_channels": 4, "levels": 1, "blocks": 1, "norm": "none"}
SIDE_PX = 16
GOAL = RefinerObjective(
    colour=1.0, gradient=1.0, adversarial=0.1, features=0.5, adversarial_start=0.5, gradient_clip_val=1.0
)


def small_refiner() -> ResidualRefiner:
    torch.manual_seed(0)
    return ResidualRefiner(CHANNELS, side_px=SIDE_PX, **SMALL)


def pairs(count: int = 6) -> Pairs:
    """Filmed squares are painted ones, made brighter where the surface is turned to the camera."""
    draw = torch.Generator().manual_seed(1)
    condition = torch.rand(count, 3, SIDE_PX, SIDE_PX, generator=draw)
    painted = torch.randint(40, 120, (count, 3, SIDE_PX, SIDE_PX), generator=draw, dtype=torch.uint8)
    filmed = painted + (80 * condition[:, 2:]).byte()
    everywhere = torch.ones(count, 1, SIDE_PX, SIDE_PX, dtype=torch.bool)
    return Pairs(painted=painted, filmed=filmed, condition=condition.half(), person=everywhere, valid=everywhere)


def score(refiner: PartRefiner, of: Pairs) -> RefinerScores:
    painted = of.painted.float() / 127.5 - 1
    with torch.no_grad():
        refined = as_pictures(painted + refiner(painted, of.condition.float()))
    error = float(((refined.astype(float) - of.filmed.permute(0, 2, 3, 1).numpy()) ** 2).mean())
    psnr = 10 * np.log10(255**2 / error)
    return RefinerScores(psnr=psnr, psnr_person=psnr, patch_mmd=-psnr, pictures=refined[:2])


class Stopped(Exception):
    pass


def learn(folder: Path, steps: int, *, stop_after: int | None = None) -> ResidualRefiner:
    """Train in the folder; cut short like a killed run where asked."""
    refiner, of, budget = small_refiner(), pairs(), StepBudget(steps)
    discriminator = PatchDiscriminator(
        refiner_discriminator_channels(CHANNELS), base_channels=4, layers=2, scales=1, norm="instance"
    )
    adam = partial(torch.optim.Adam, lr=4e-3)
    module = RefinerModule(
        refiner,
        discriminator,
        budget,
        partial(score, of=of),
        optimizer=adam,
        discriminator_optimizer=adam,
        objective=GOAL,
        perceptual=None,
        trainer_settings=PLAIN,
    )
    done: list[float] = []

    def advance(fraction: float) -> None:
        done.append(fraction)
        if stop_after is not None and len(done) > stop_after:
            raise Stopped

    train(
        module,
        RefinerData(of, batch=2, divisor=refiner.divisor, steps_between_validations=5, seed=0),
        folder,
        budget,
        partial(constant, factor=1.0),
        [],
        device=torch.device("cpu"),
        precision="32-true",
        hooks=TrainingHooks(advance=advance, preview=lambda _: None, should_finish=lambda: False),
    )
    return refiner


def test_an_untrained_refiner_adds_nothing() -> None:
    added = small_refiner()(torch.rand(2, 3, SIDE_PX, SIDE_PX), torch.rand(2, 3, SIDE_PX, SIDE_PX))
    assert torch.equal(added, torch.zeros_like(added))


@pytest.mark.slow
def test_the_refiner_that_is_shipped_is_small_enough_for_two_cores() -> None:
    config = compose("transfer", ["source=a.mp4", "synthesis/refiner=face_and_hands"]).synthesis.refiner
    made = hydra.utils.instantiate(config.network)(channels=CHANNELS, side_px=config.side_px.head)
    assert sum(weight.numel() for weight in made.parameters()) == 342_963
    assert set(config.side_px) == set(PARTS) == set(PART_REGIONS)


@pytest.mark.slow
def test_it_learns_what_the_maps_tell_and_a_resumed_training_learns_the_same(tmp_path: Path) -> None:
    whole = learn(tmp_path / "whole", 30)
    with pytest.raises(Stopped):
        learn(tmp_path / "resumed", 30, stop_after=17)
    assert newest_checkpoint(tmp_path / "resumed") is not None
    resumed = learn(tmp_path / "resumed", 30).state_dict()
    assert all(torch.equal(weight, resumed[name]) for name, weight in whole.state_dict().items())
    before, after = score(small_refiner(), pairs()), score(whole, pairs())
    assert after.psnr > before.psnr + 1


@pytest.mark.slow
def test_the_discriminator_joins_when_it_is_due_and_learns(tmp_path: Path) -> None:
    learn(tmp_path, 10)
    found = PlainCheckpoints().load_checkpoint(tmp_path / "last.ckpt")
    learned = [name for name in found["state_dict"] if name.startswith("discriminator.")]
    rates = found["optimizer_states"][1]["state"]
    assert len(rates) == len(learned)
    assert {float(state["step"]) for state in rates.values()} == {5.0}  # of ten steps


def test_it_is_stored_and_read_again_and_an_unknown_class_is_refused(tmp_path: Path) -> None:
    make = partial(ResidualRefiner, side_px=SIDE_PX, **SMALL)
    refiner = learn(tmp_path / "training", 5)
    save_refiners(tmp_path, {"head": refiner}, {"head": generator_spec(make, CHANNELS)})
    (again,) = load_refiners(tmp_path).values()
    assert (again.channels, again.side_px) == (CHANNELS, SIDE_PX)
    assert all(torch.equal(weight, refiner.state_dict()[name]) for name, weight in again.state_dict().items())
    strange = generator_spec(torch.nn.Identity, CHANNELS)
    save_refiners(tmp_path, {"head": refiner}, {"head": strange})
    with pytest.raises(ValueError, match=r"expected a refiner among ResidualRefiner, got torch\..*Identity; if you"):
        load_refiners(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"side_px": 15}, "divisible by 2"), ({"side_px": 4096}, "up to 1024"), ({"levels": 0}, "expected levels")],
)
def test_settings_of_a_refiner_that_cannot_be_are_refused(wrong: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ResidualRefiner(CHANNELS, **{"side_px": SIDE_PX, **SMALL, **wrong})


def test_a_share_of_a_budget_in_steps_and_of_the_progress_is_given_away() -> None:
    shared = share_of_steps({"end": StepBudget(100), "none": None}, 0.25)
    assert isinstance(shared["end"], StepBudget)
    assert (shared["end"].steps, shared["none"]) == (25, None)
    told: list[float] = []
    hooks = TrainingHooks(advance=told.append, preview=lambda _: None, should_finish=lambda: False)
    part_of_hooks(hooks, 0.75, 0.25).advance(0.5)
    assert told == [0.875]
