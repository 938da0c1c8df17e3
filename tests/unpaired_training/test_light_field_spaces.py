"""Light fields of two collections, standardized and registered."""

import pytest
import torch

from motion_transfer.unpaired_training.light_field_spaces import LEAST_SPREAD, comparable, registered


def _cloud(count: int, width: int, seed: int) -> torch.Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_comparable_light_fields_lose_mean_and_scale_of_their_collection() -> None:
    source, target = _cloud(12, 4, 0), _cloud(9, 4, 1)
    found = comparable(source, target, (12, 9), 4)
    again = comparable(5 * source + 7, target - 3, (12, 9), 4)
    torch.testing.assert_close(torch.cdist(*again), torch.cdist(*found), rtol=1e-9, atol=1e-9)


def test_distances_of_comparable_light_fields_are_those_of_standardized_values() -> None:
    scales = torch.tensor([1.0, 20.0, 0.5, 3.0], dtype=torch.float64)
    source, target = _cloud(12, 4, 0) * scales, _cloud(9, 4, 1) * scales.flip(0) + 2
    found = comparable(source, target, (10, 6), 4)
    wanted = torch.zeros(12, 9, dtype=torch.float64)
    for value in range(4):  # one after the other; the last shapes are decoded, and set no scale
        columns = [(one[:, value], one[:given, value]) for one, given in ((source, 10), (target, 6))]
        floors = [
            LEAST_SPREAD * max(one[:given, other].std(correction=0) for other in range(4))
            for one, given in ((source, 10), (target, 6))
        ]
        each = [
            (column - given.mean()) / (given.std(correction=0) + floor)
            for (column, given), floor in zip(columns, floors, strict=True)
        ]
        wanted += (each[0][:, None] - each[1]) ** 2
    ratio = torch.cdist(*found).square() / wanted
    torch.testing.assert_close(ratio, ratio[:1, :1].expand_as(ratio), rtol=1e-9, atol=0)
    both = torch.cat([found[0][:10], found[1][:6]])
    assert both[:, 0].square().mean() == pytest.approx(1)  # the first component's variance


@pytest.mark.parametrize("stiffness", [0.01, 1.0])
def test_one_round_of_the_registration_is_least_squares_over_pairs_and_a_held_identity(stiffness: float) -> None:
    source, target = _cloud(30, 3, 2), _cloud(20, 3, 3)
    pairs = [(x, min(target, key=lambda y, x=x: float((x - y).norm()))) for x in source]
    pairs += [(min(source, key=lambda x, y=y: float((x - y).norm())), y) for y in target]
    x, y = (torch.stack(side) for side in zip(*pairs, strict=True))
    weight = (stiffness * x.square().sum() / 3) ** 0.5
    unit = torch.eye(3, dtype=torch.float64)
    wanted = torch.linalg.lstsq(torch.cat([x, weight * unit]), torch.cat([y, weight * unit])).solution
    found = registered(source, target, rounds=1, stiffness=stiffness)
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.slow
def test_a_registration_finds_a_linear_change_between_clouds_without_pairs() -> None:
    generator, unit = torch.Generator().manual_seed(4), torch.eye(3, dtype=torch.float64)
    cubes = torch.rand(3000, 3, generator=generator, dtype=torch.float64) - 0.5  # a Gaussian's turns do not show
    change, asked = unit + 0.15 * _cloud(3, 3, 5), cubes[:50]
    found = registered(cubes[:1500], cubes[1500:] @ change, rounds=60, stiffness=0.0)
    before, after = ((asked @ one - asked @ change).norm(dim=1).mean() for one in (unit, found))
    assert after < 0.3 * before


def test_no_round_and_great_stiffness_change_nothing() -> None:
    source, target, unit = _cloud(30, 3, 7), 2 * _cloud(20, 3, 8), torch.eye(3, dtype=torch.float64)
    torch.testing.assert_close(registered(source, target, rounds=0, stiffness=1.0), unit)
    torch.testing.assert_close(registered(source, target, rounds=3, stiffness=1e9), unit, rtol=0, atol=1e-6)
