"""Networks of unpaired transfer against second derivations."""

import numpy as np
import pytest
import torch
from drawn_shapes import closed_tube
from torch.distributions import Normal, kl_divergence

from motion_transfer.retargeting.unpaired.acap import cotangent_edges
from motion_transfer.retargeting.unpaired.networks import (
    LatentMap,
    MeshConvolution,
    ShapeAutoencoder,
    SimilarityNetwork,
    gaussian_divergence,
)


def edges_of_a_tube() -> torch.Tensor:
    start, stop, _ = cotangent_edges(closed_tube(5))
    return torch.from_numpy(np.stack([start, stop], 1))


def test_a_mesh_convolution_mixes_each_vertex_with_the_mean_of_its_ring() -> None:
    torch.manual_seed(0)
    edges = edges_of_a_tube()
    layer = MeshConvolution(edges, 9, 4)
    features = torch.randn(3, int(edges.max()) + 1, 9)
    found = layer(features)
    for vertex in (0, 7, features.shape[1] - 1):
        ring = edges[edges[:, 0] == vertex, 1]
        expected = layer.centre(features[:, vertex]) + layer.around(features[:, ring].mean(1))
        torch.testing.assert_close(found[:, vertex], expected, rtol=1e-5, atol=1e-5)


def test_the_divergence_is_that_of_two_normal_distributions() -> None:
    torch.manual_seed(0)
    mean, log_variance = torch.randn(5, 7), torch.randn(5, 7)
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(1).mean()
    torch.testing.assert_close(gaussian_divergence(mean, log_variance), expected)


def test_an_autoencoder_begins_as_principal_component_analysis() -> None:
    torch.manual_seed(0)
    edges = edges_of_a_tube()
    vertices = int(edges.max()) + 1
    basis = torch.randn(3, vertices * 9)
    features = (torch.randn(20, 3) @ basis).unflatten(1, (vertices, 9)) * 0.01
    autoencoder = ShapeAutoencoder(edges, latent=3, dropout=0.0).eval()
    autoencoder.begin_at_principal_components(features)
    latents = autoencoder.encode(features)[0]
    torch.testing.assert_close(autoencoder.decode(latents), features, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(latents.square().mean(0), torch.ones(3), rtol=1e-3, atol=1e-3)


def test_the_published_generator_moves_no_coordinate_farther_than_one() -> None:
    torch.manual_seed(0)
    latents = 9 * torch.randn(50, 6)
    bound = LatentMap(6, hidden=(16,), norm="batch", residual=True)(latents) - latents
    assert bound.abs().max() <= 1
    free = LatentMap(6, hidden=(16,), norm="none", residual=False)(latents) - latents
    assert free.abs().max() > 1


@pytest.mark.parametrize("joint", [False, True])
def test_similarity_is_one_number_a_pair(joint: bool) -> None:
    network = SimilarityNetwork(4, 8, hidden=(16,), joint=joint)
    found = network(torch.randn(5, 4), torch.randn(5, 4))
    assert found.shape == (5,)
    assert joint or bool((found >= 0).all())
