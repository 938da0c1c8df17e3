"""Networks of unpaired deformation transfer: an autoencoder of each collection, similarity, and maps of latents.

After Gao et al. 2018, section 4; sizes and weights there are of an industrial machine's training, ours of a laptop's.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from motion_transfer.training.layers import make_activation, make_dropout, make_norm

CHANNELS = 9
FIRST_LOG_VARIANCE = -4.0


class MeshConvolution(nn.Module):
    """y_i = W x_i + W' mean of x_j over the one-ring + b, the same at every vertex (Duvenaud et al. 2015)."""

    neighbours: Tensor

    def __init__(self, edges: Int[Tensor, "edge 2"], inputs: int, outputs: int) -> None:
        super().__init__()
        count = int(edges.max()) + 1
        share = 1 / torch.bincount(edges[:, 0], minlength=count).float()
        mean = torch.sparse_coo_tensor(edges.T, share[edges[:, 0]], (count, count), check_invariants=True).coalesce()
        self.register_buffer("neighbours", mean, persistent=False)
        self.centre, self.around = nn.Linear(inputs, outputs), nn.Linear(inputs, outputs, bias=False)

    def forward(self, features: Float[Tensor, "batch vertex channel"]) -> Float[Tensor, "batch vertex output"]:
        columns = features.transpose(0, 1).flatten(1)
        around = torch.sparse.mm(self.neighbours, columns).unflatten(1, (len(features), -1)).transpose(0, 1)
        return self.centre(features) + self.around(around)


class MeshBlock(nn.Module):
    """Features plus a mesh convolution, batch norm, tanh and another mesh convolution of them, which begins at zero."""

    def __init__(self, edges: Int[Tensor, "edge 2"], *, hidden: int) -> None:
        super().__init__()
        self.first, self.second = MeshConvolution(edges, CHANNELS, hidden), MeshConvolution(edges, hidden, CHANNELS)
        self.norm, self.activate = make_norm("batch", hidden, dimensions=1), make_activation("tanh")
        for parameter in self.second.parameters():
            nn.init.zeros_(parameter)

    def forward(self, features: Float[Tensor, "batch vertex 9"]) -> Float[Tensor, "batch vertex 9"]:
        return features + self.second(self.activate(self.norm(self.first(features).mT).mT))


class ShapeAutoencoder(nn.Module):
    """A variational autoencoder of scaled deformation features (Kingma and Welling 2014), of mesh convolutions.

    Args:
        edges: both directions of each edge of the mesh.
        latent: length of the latent vector.
        dropout: rate of the features that the latent vector is computed from, in training.
        hidden: channels within the mesh convolutions.
    """

    mean: Tensor

    def __init__(self, edges: Int[Tensor, "edge 2"], *, latent: int, dropout: float, hidden: int = 16) -> None:
        super().__init__()
        self.latent, self.vertices = latent, int(edges.max()) + 1
        values = CHANNELS * self.vertices
        self.register_buffer("mean", torch.zeros(self.vertices, CHANNELS))
        self.encode_mesh, self.decode_mesh = (MeshBlock(edges, hidden=hidden) for _ in range(2))
        self.dropout = make_dropout("element", dropout)
        self.encode_latent, self.decode_latent = nn.Linear(values, 2 * latent), nn.Linear(latent, values)

    @torch.no_grad()
    def begin_at_principal_components(self, features: Float[Tensor, "shape vertex 9"]) -> None:
        """Begin as principal component analysis, with latents of unit variance; random weights take far more steps.

        Components beyond those that the shapes have begin small.
        """
        self.mean.copy_(features.mean(0))
        _, lengths, directions = torch.linalg.svd((features - self.mean).flatten(1), full_matrices=False)
        spread = (lengths / len(features) ** 0.5).clamp(min=1e-3 * float(lengths[0]) / len(features) ** 0.5)
        used = min(self.latent, len(spread))
        nn.init.zeros_(self.encode_latent.weight)
        nn.init.zeros_(self.encode_latent.bias)
        nn.init.constant_(self.encode_latent.bias[self.latent :], FIRST_LOG_VARIANCE)
        self.encode_latent.weight[:used] = directions[:used] / spread[:used, None]
        nn.init.zeros_(self.decode_latent.bias)
        self.decode_latent.weight[:, :used] = (directions[:used] * spread[:used, None]).T

    def encode(
        self, features: Float[Tensor, "batch vertex 9"]
    ) -> tuple[Float[Tensor, "batch latent"], Float[Tensor, "batch latent"]]:
        """Mean and logarithm of the variance of the latent vector's distribution."""
        hidden = self.encode_mesh(features - self.mean).flatten(1)
        mean, log_variance = self.encode_latent(self.dropout(hidden)).chunk(2, 1)
        return mean, log_variance

    def decode(self, latents: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch vertex 9"]:
        """Latent vectors -> features."""
        hidden = self.decode_latent(latents).unflatten(1, (self.vertices, CHANNELS))
        return self.decode_mesh(hidden) + self.mean


def gaussian_divergence(
    mean: Float[Tensor, "batch latent"], log_variance: Float[Tensor, "batch latent"]
) -> Float[Tensor, ""]:
    """Kullback-Leibler divergence from the standard normal distribution, mean over the batch (ibid., appendix B)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()


def perceptron(sizes: tuple[int, ...], *, norm: str = "none", dropout: float = 0.0) -> nn.Sequential:
    """Fully connected layers; between them normalization, leaky ReLU and dropout."""
    layers: list[nn.Module] = []
    for before, after in zip(sizes[:-2], sizes[1:-1], strict=True):
        layers += [nn.Linear(before, after), make_norm(norm, after, dimensions=0), make_activation("leaky_relu")]
        layers += [make_dropout("element", dropout)] if dropout else []
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))


class SimilarityNetwork(nn.Module):
    """Squared light-field distance of shapes of the two collections, from their latent vectors.

    Each side has a network from latents to a space where distances are those of the light fields. The published network
    (`joint`) reads both latents at once and gives the distance alone; it needs every pair to be drawn densely.
    """

    def __init__(self, latent: int, described: int, *, hidden: Sequence[int], joint: bool) -> None:
        super().__init__()
        self.joint = joint
        if joint:
            self.pair = perceptron((2 * latent, *hidden, 1))
        else:
            self.source = perceptron((latent, *hidden, described))
            self.target = perceptron((latent, *hidden, described))

    def forward(
        self, source: Float[Tensor, "batch latent"], target: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch"]:
        if self.joint:
            return self.pair(torch.cat([source, target], 1))[:, 0]
        return (self.source(source) - self.target(target)).square().sum(1)


class LatentMap(nn.Module):
    """Latent vectors of one collection -> those of the other: the generator of the CycleGAN.

    Args:
        residual: gives z + tanh(.) as published, which reaches no farther than 1 in any coordinate.
    """

    def __init__(self, latent: int, *, hidden: Sequence[int], norm: str, residual: bool) -> None:
        super().__init__()
        self.layers = perceptron((latent, *hidden, latent), norm=norm)
        self.residual = residual

    def forward(self, latents: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent"]:
        mapped = self.layers(latents)
        return latents + mapped.tanh() if self.residual else mapped
