"""Schedules start and end at their settings, and do not jump unless they are steps."""

import itertools
import math
from functools import partial

import pytest
import torch

from motion_transfer.training.schedules import (
    ProgressSchedule,
    Schedule,
    compose,
    constant,
    constant_then_linear,
    cosine,
    exponential,
    inverse_time,
    join,
    step,
    warm_up,
)

FALLING: dict[str, Schedule] = {
    "constant then linear": partial(constant_then_linear, hold=0.5, end=0.1),
    "exponential": partial(exponential, end=0.1),
    "inverse time": partial(inverse_time, end=0.1),
    "cosine": partial(cosine, end=0.1),
}
WARM_COSINE = partial(compose, schedules=[partial(warm_up, fraction=0.1, start=0.0), partial(cosine, end=0.0)])


@pytest.mark.parametrize("name", FALLING)
def test_falling_schedules_go_from_one_to_their_end_and_never_rise(name: str) -> None:
    values = [FALLING[name](i / 1000) for i in range(1001)]
    assert values[0] == pytest.approx(1, abs=1e-12)
    assert values[-1] == pytest.approx(0.1, abs=1e-12)
    assert all(a >= b for a, b in itertools.pairwise(values))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*FALLING, "warm cosine"])
def test_schedules_are_continuous(name: str) -> None:
    schedule = {**FALLING, "warm cosine": WARM_COSINE}[name]
    values = [schedule(i / 10_000) for i in range(10_001)]
    assert max(abs(a - b) for a, b in itertools.pairwise(values)) < 2e-3


def test_each_schedule_is_its_formula_half_way() -> None:
    assert constant(0.3, factor=0.7) == 0.7
    assert constant_then_linear(0.75, hold=0.5, end=0.0) == pytest.approx(0.5)
    assert constant_then_linear(0.5, hold=0.5, end=0.0) == 1
    assert exponential(0.5, end=0.01) == pytest.approx(0.1)
    assert inverse_time(0.5, end=0.5) == pytest.approx(1 / 1.5)
    assert cosine(0.5, end=0.2) == pytest.approx(0.6)
    assert cosine(0.25, end=0.0) == pytest.approx((1 + math.sqrt(0.5)) / 2)
    assert warm_up(0.05, fraction=0.1, start=0.2) == pytest.approx(0.6)
    assert warm_up(0.0, fraction=0.0, start=0.2) == 1


def test_a_step_falls_where_its_boundary_is_reached() -> None:
    schedule = partial(step, boundaries=[0.5, 0.75], factor=0.1)
    assert [schedule(p) for p in (0.0, 0.4999, 0.5, 0.75, 1.0)] == pytest.approx([1, 1, 0.1, 0.01, 0.01])


def test_joined_schedules_each_run_over_their_own_stretch() -> None:
    restarts = partial(join, schedules=[FALLING["cosine"]] * 2, boundaries=[0.25])
    assert restarts(0.125) == pytest.approx(cosine(0.5, end=0.1))
    assert restarts(0.25) == 1
    assert restarts(0.625) == pytest.approx(cosine(0.5, end=0.1))
    assert restarts(1.0) == pytest.approx(0.1)


def test_every_groups_rate_follows_and_resumes() -> None:
    def optimizer() -> torch.optim.SGD:
        groups = [{"params": [torch.zeros(1)], "lr": 0.1}, {"params": [torch.zeros(1)], "lr": 0.02}]
        return torch.optim.SGD(groups, lr=1.0)

    first = ProgressSchedule(optimizer(), FALLING["cosine"])
    first.set(0.5)
    assert [group["lr"] for group in first.optimizer.param_groups] == pytest.approx([0.055, 0.011])
    second = ProgressSchedule(optimizer(), FALLING["cosine"])
    second.load_state_dict(first.state_dict())
    assert [group["lr"] for group in second.optimizer.param_groups] == [
        group["lr"] for group in first.optimizer.param_groups
    ]


def test_resuming_an_optimizer_whose_rate_was_lowered_does_not_lower_it_again() -> None:
    parameter = torch.zeros(1)
    first = torch.optim.SGD([parameter], lr=1.0)
    schedule = ProgressSchedule(first, FALLING["cosine"])
    schedule.set(0.5)
    second = torch.optim.SGD([parameter], lr=1.0)
    second.load_state_dict(first.state_dict())
    resumed = ProgressSchedule(second, FALLING["cosine"])
    resumed.load_state_dict(schedule.state_dict())
    assert second.param_groups[0]["lr"] == pytest.approx(0.55)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: cosine(1.2, end=0.0),
        lambda: warm_up(0.5, fraction=1.0, start=0.0),
        lambda: exponential(0.5, end=0.0),
        lambda: inverse_time(0.5, end=-1.0),
        lambda: step(0.5, boundaries=[0.7, 0.2], factor=0.1),
        lambda: join(0.5, schedules=[FALLING["cosine"]], boundaries=[0.5]),
        lambda: constant_then_linear(0.5, hold=1.0, end=0.0),
        lambda: ProgressSchedule(torch.optim.SGD([torch.zeros(1)], lr=1), partial(constant, factor=-1.0)),
    ],
)
def test_a_wrong_setting_says_what_was_expected(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(ValueError, match=r"expected .*got .*; "):
        wrong()
