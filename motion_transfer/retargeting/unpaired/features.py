"""Deformation features of a collection of shapes, scaled for networks, and back to vertices.

Each vertex has nine numbers: its rotation as a vector of three, on the branch that agrees with its neighbours', and the
six of its symmetric scale-shear, T = R S (Gao et al. 2018, section 3). Both kinds are brought to [-0.95, 0.95] by the
collection's extremes, as their networks end in a hyperbolic tangent.
"""

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.value import value
from motion_transfer.retargeting.unpaired.acap import DeformationGradients, Gradients, Shapes
from motion_transfer.retargeting.unpaired.rotation_branches import RotationBranches

FARTHEST = 0.95
UPPER = np.triu_indices(3)
CHANNELS = 9

Features = Float[np.ndarray, "shape vertex 9"]


@value
class FeatureRange:
    """Extremes of the rotations and of the scale-shears, which become -0.95 and 0.95."""

    low: Float[np.ndarray, "9"]
    high: Float[np.ndarray, "9"]

    @staticmethod
    def of(features: Features) -> "FeatureRange":
        """The extremes of both kinds over all shapes and vertices."""
        low, high = features.min((0, 1)), features.max((0, 1))
        kinds = (slice(0, 3), slice(3, 9))
        return FeatureRange(
            low=np.concatenate([np.full(low[kind].shape, low[kind].min()) for kind in kinds]),
            high=np.concatenate([np.full(high[kind].shape, high[kind].max()) for kind in kinds]),
        )

    def scaled(self, features: Features) -> Features:
        """Features -> [-0.95, 0.95]."""
        return FARTHEST * (2 * (features - self.low) / (self.high - self.low) - 1)

    def unscaled(self, scaled: Features) -> Features:
        """The inverse of `scaled`."""
        return self.low + (scaled / FARTHEST + 1) / 2 * (self.high - self.low)


class DeformationFeatures:
    """Vertices of shapes <-> features against a mesh at rest."""

    def __init__(self, rest: TriangleMesh) -> None:
        self.gradients = DeformationGradients(rest)
        middle = np.linalg.norm(rest.vertices_m - rest.vertices_m.mean(0), axis=1).argmin()
        self.branches = RotationBranches(self.gradients.edges, int(middle))

    def __call__(self, vertices_m: Shapes) -> Features:
        """Shapes -> their features, before any scaling."""
        rotations, stretches = polar(self.gradients(vertices_m))
        vectors = Rotation.from_matrix(rotations.reshape(-1, 3, 3)).as_rotvec().reshape(*vertices_m.shape)
        return np.concatenate([self.branches(vectors), stretches[..., UPPER[0], UPPER[1]]], -1)

    def vertices(self, features: Features, *, exact: bool = False) -> Shapes:
        """Features -> shapes, the mean of their vertices at the origin.

        Args:
            exact: of features that were computed from shapes.
        """
        rotations = Rotation.from_rotvec(features[..., :3].reshape(-1, 3)).as_matrix()
        stretches = np.empty((*features.shape[:2], 3, 3))
        stretches[..., UPPER[0], UPPER[1]] = features[..., 3:]
        stretches[..., UPPER[1], UPPER[0]] = features[..., 3:]
        return self.gradients.vertices(rotations.reshape(stretches.shape) @ stretches, exact=exact)


def polar(gradients: Gradients) -> tuple[Gradients, Gradients]:
    """T -> R and S with T = R S, R a rotation and S symmetric; S turns over where T does."""
    u, lengths, v = np.linalg.svd(gradients)
    turned_over = np.linalg.det(u) * np.linalg.det(v) < 0
    u[turned_over, :, 2] *= -1
    lengths[turned_over, 2] *= -1
    return u @ v, v.swapaxes(-1, -2) @ (lengths[..., None] * v)
