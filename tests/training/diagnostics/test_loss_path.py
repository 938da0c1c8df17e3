"""The loss between two solutions of a known landscape is that landscape."""

import pytest
import torch
from torch import nn

from motion_transfer.training.diagnostics.loss_path import loss_along_line, loss_on_plane


class Point(nn.Module):
    def __init__(self, *position: float) -> None:
        super().__init__()
        self.position = nn.Parameter(torch.tensor(position))
        self.register_buffer("steps", torch.tensor(3))

    def two_wells(self) -> torch.Tensor:
        return (self.position[0] ** 2 - 1) ** 2 + self.position[1] ** 2


def test_a_barrier_between_two_wells_is_found_and_the_network_is_left_alone() -> None:
    network = Point(0.3, 0.4)
    coefficients = torch.linspace(-0.5, 1.5, 41)
    path = loss_along_line(
        network, network.two_wells, Point(-1.0, 0.0).state_dict(), Point(1.0, 0.0).state_dict(), coefficients
    )
    torch.testing.assert_close(path.loss, ((2 * coefficients - 1) ** 2 - 1) ** 2, atol=1e-5, rtol=0)
    assert path.barrier == pytest.approx(1)
    assert "barrier" in path.sentence
    torch.testing.assert_close(network.position.detach(), torch.tensor([0.3, 0.4]))


def test_one_valley_has_no_barrier() -> None:
    network = Point(0.0, 0.0)
    ends = [Point(1.0, y).state_dict() for y in (-1.0, 1.0)]
    path = loss_along_line(network, network.two_wells, *ends, torch.linspace(0, 1, 11))
    assert path.barrier <= 1e-6
    assert "one valley" in path.sentence


def test_the_networks_own_weights_may_be_an_end() -> None:
    network = Point(-1.0, 0.0)
    coefficients = torch.linspace(-0.5, 1.5, 5)
    path = loss_along_line(network, network.two_wells, network.state_dict(), Point(1.0, 0.0).state_dict(), coefficients)
    torch.testing.assert_close(path.loss, ((2 * coefficients - 1) ** 2 - 1) ** 2)


def test_the_plane_through_three_points_holds_them() -> None:
    network = Point(0.0, 0.0)
    corners = (Point(0.0, 0.0), Point(1.0, 0.0), Point(0.0, 2.0))
    a, b, c = (corner.state_dict() for corner in corners)
    plane = loss_on_plane(network, network.two_wells, (a, b, c), torch.linspace(0, 1, 3))
    torch.testing.assert_close(plane.loss[0], torch.tensor([1.0, 0.5625, 0.0]))
    torch.testing.assert_close(plane.loss[:, 0], torch.tensor([1.0, 2.0, 5.0]))
    assert plane.lowest == (1.0, 0.0)


def test_a_barrier_between_three_solutions_differs_from_a_valley() -> None:
    network, coefficients = Point(0.0, 0.0), torch.linspace(-0.5, 1.5, 5)
    wells = tuple(Point(*position).state_dict() for position in ((-1.0, 0.0), (1.0, 0.0), (-1.0, 1.0)))
    parted = loss_on_plane(network, network.two_wells, wells, coefficients)
    assert parted.barrier == pytest.approx(1.0)
    assert "barrier of 1 separates" in parted.sentence
    valley = loss_on_plane(network, lambda: 1 + network.position.square().sum(), wells, coefficients)
    assert valley.barrier == pytest.approx(0.0, abs=1e-6)
    assert "one valley" in valley.sentence
    assert "the least loss, 1, is at 0.5 : 0.5 : 0 of them" in valley.sentence


def test_weights_of_another_network_are_refused() -> None:
    network = Point(0.0, 0.0)
    with pytest.raises(ValueError, match="expected state dicts of the network"):
        loss_along_line(network, network.two_wells, {}, {}, torch.zeros(1))
