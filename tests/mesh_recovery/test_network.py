"""The feedback network: what it reads, and what its camera means."""

import pytest
import torch

from motion_transfer.mesh_recovery.body_points import BodyPoints, in_crop_units
from motion_transfer.mesh_recovery.network import Estimate, MeshRecoveryNetwork
from motion_transfer.mesh_recovery.weights import load_network, save_network


def small_body() -> BodyPoints:
    """Four landmarks that follow the pelvis."""
    body = BodyPoints(betas=3, landmarks=4)
    body.anchors[:, 0] = torch.tensor([[0.0, 0, 0, 1], [0.3, 0, 0, 1], [0, 0.7, 0, 1], [0, -0.9, 0, 1]])
    return body


@pytest.fixture(scope="module")
def network() -> MeshRecoveryNetwork:
    torch.manual_seed(0)
    made = MeshRecoveryNetwork(small_body(), hidden=32).eval()
    torch.nn.init.normal_(made.correction.weight, std=0.1)
    return made


def inputs() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    landmarks = torch.rand(2, 4, 3, generator=generator)
    return torch.rand(2, 3, 64, 64, generator=generator), landmarks, torch.tensor([0.2, 0.5])


@torch.no_grad()
def test_every_step_corrects_the_estimate_and_gives_rotations(network: MeshRecoveryNetwork) -> None:
    estimates = network(*inputs())
    assert len(estimates) == 3
    for before, after in zip(estimates, estimates[1:], strict=False):
        assert (after.betas - before.betas).abs().max() > 1e-3
    turned = estimates[-1].parent_from_joint
    assert torch.allclose(turned @ turned.mT, torch.eye(3).expand_as(turned), atol=1e-5)
    assert torch.allclose(torch.linalg.det(turned), torch.ones(2, 24), atol=1e-5)


@torch.no_grad()
def test_landmarks_of_no_confidence_are_not_read(network: MeshRecoveryNetwork) -> None:
    crops, landmarks, half_field = inputs()
    unseen = landmarks.clone()
    unseen[..., 2] = 0
    elsewhere = unseen.clone()
    elsewhere[..., :2] = 5
    first, second, with_them = (network(crops, at, half_field)[-1].betas for at in (unseen, elsewhere, landmarks))
    assert torch.equal(first, second)
    assert (with_them - first).abs().max() > 1e-4


def test_the_camera_says_where_the_pelvis_is_seen_and_how_large() -> None:
    half_field = torch.tensor([0.3])
    estimate = Estimate(
        parent_from_joint=torch.eye(3).expand(1, 24, 3, 3),
        betas=torch.zeros(1, 3),
        camera=torch.tensor([[0.2, -0.4, 0.7]]),
        log_error=torch.zeros(1),
    )
    root = estimate.root_position_m(half_field)
    points = torch.tensor([[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    pelvis, right, up = in_crop_units(points, root, half_field)[0]
    assert torch.allclose(pelvis, torch.tensor([-0.4, 0.7]), atol=1e-6)
    assert torch.allclose(right - pelvis, torch.tensor([1.0, 0.0]) * torch.tensor(0.2).exp(), atol=1e-5)
    assert torch.allclose(up - pelvis, -torch.tensor([0.0, 1.0]) * torch.tensor(0.2).exp(), atol=1e-5)


@pytest.mark.slow
@torch.no_grad()
def test_weights_come_back_from_their_file(network: MeshRecoveryNetwork, tmp_path) -> None:
    save_network(tmp_path / "weights.npz", network)
    again = load_network(tmp_path / "weights.npz")
    assert torch.allclose(again(*inputs())[-1].betas, network(*inputs())[-1].betas, atol=0.02)
    (tmp_path / "weights.npz").write_bytes(b"PK")
    with pytest.raises(ValueError, match="expected the weights of a mesh recovery network"):
        load_network(tmp_path / "weights.npz")
