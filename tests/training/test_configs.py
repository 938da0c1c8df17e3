"""Every optimizer and every schedule of the configuration trains a tiny network."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import Tensor, nn

from motion_transfer.training.initialization import initialize
from motion_transfer.training.schedules import ProgressSchedule

CONFIGS = Path(__file__).resolve().parents[2] / "configs" / "training"
STEPS = 20


def files(folder: str) -> dict[str, Path]:
    return {path.stem: path for path in sorted((CONFIGS / folder).glob("*.yaml"))}


def make(path: Path) -> Any:
    return instantiate(OmegaConf.load(path))


def train(optimizer_file: Path, schedule_file: Path, *, pause_at: int = STEPS) -> tuple[list[float], list[Tensor]]:
    """Fit a network to a smooth function for 20 steps; give the losses before each and at the end, and the weights.

    At the pause all is written to a checkpoint, and read into new objects that go on.
    """
    torch.manual_seed(0)
    one_tensor = optimizer_file.stem.startswith("admm")
    network = (
        nn.Linear(2, 1, bias=False) if one_tensor else nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    )
    initialize(network, scheme="xavier", activation="tanh")
    x = torch.randn(64, 2)
    y = 1.5 * x[:, :1] - 0.5 * x[:, 1:]
    optimizer = make(optimizer_file)(network.parameters())
    schedule = ProgressSchedule(optimizer, make(schedule_file))

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = (network(x) - y).square().mean()
        value.backward()
        return value

    losses = []
    for step in range(STEPS):
        if step == pause_at:
            file = BytesIO()
            torch.save([network.state_dict(), optimizer.state_dict(), schedule.state_dict()], file)
            file.seek(0)
            states = torch.load(file, weights_only=True)
            initialize(network, scheme="normal", activation="tanh")
            optimizer = make(optimizer_file)(network.parameters())
            schedule = ProgressSchedule(optimizer, make(schedule_file))
            for restored, state in zip((network, optimizer, schedule), states, strict=True):
                restored.load_state_dict(state)
        schedule.set(step / STEPS)
        losses.append(optimizer.step(loss).item())
    return [*losses, loss().item()], [parameter.detach() for parameter in network.parameters()]


@pytest.mark.slow
@pytest.mark.parametrize("name", files("optimizer"))
def test_every_optimizer_lowers_the_loss(name: str) -> None:
    losses, _ = train(files("optimizer")[name], files("schedule")["constant"])
    assert losses[-1] < 0.95 * losses[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", files("schedule"))
def test_every_schedule_lowers_the_loss(name: str) -> None:
    losses, _ = train(files("optimizer")["momentum"], files("schedule")[name])
    assert losses[-1] < 0.9 * losses[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", files("optimizer"))
def test_the_same_seed_gives_the_same_weights_bit_for_bit(name: str) -> None:
    first = train(files("optimizer")[name], files("schedule")["warm_cosine"])
    second = train(files("optimizer")[name], files("schedule")["warm_cosine"])
    assert first[0] == second[0]
    assert all(torch.equal(a, b) for a, b in zip(first[1], second[1], strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", files("optimizer"))
def test_resuming_from_a_checkpoint_equals_going_on(name: str) -> None:
    whole = train(files("optimizer")[name], files("schedule")["warm_cosine"])
    resumed = train(files("optimizer")[name], files("schedule")["warm_cosine"], pause_at=9)
    assert whole[0] == resumed[0]
    assert all(torch.equal(a, b) for a, b in zip(whole[1], resumed[1], strict=True))


def test_the_files_are_partial_calls_with_a_sentence_each() -> None:
    for path in (*files("optimizer").values(), *files("schedule").values()):
        assert path.read_text().startswith("# ")
        assert OmegaConf.load(path)["_partial_"] is True
