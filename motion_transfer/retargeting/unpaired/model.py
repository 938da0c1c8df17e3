"""A trained map between two collections: shapes of the source -> shapes of the target, and its file."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.value import value
from motion_transfer.files.reading import reading
from motion_transfer.files.records import load_record, save_record
from motion_transfer.retargeting.unpaired.acap import Shapes
from motion_transfer.retargeting.unpaired.features import DeformationFeatures, FeatureRange
from motion_transfer.retargeting.unpaired.networks import LatentMap, ShapeAutoencoder
from motion_transfer.retargeting.unpaired.shape_collection import ShapeCollection, align

FILE = "model.npz"
AT_ONCE = 64  # shapes


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSizes:
    """Sizes of all networks.

    Attributes:
        latent: length of the latent vectors; 128 as published.
        mesh_channels: within mesh convolutions.
        dropout: rate in the autoencoders.
        map_hidden: widths of the generators; 512, 1024, 2048, 1024 as published.
        map_norm: normalization in them; batch as published.
        residual: whether they give z + tanh(.), as published.
        similarity_hidden: widths of the similarity network; 2048, 1024, 512, 256 as published.
    """

    latent: int = 32
    mesh_channels: int = 16
    dropout: float = 0.1
    map_hidden: Sequence[int] = (256, 256, 256)
    map_norm: str = "none"
    residual: bool = False
    similarity_hidden: Sequence[int] = (256, 256)

    def autoencoder(self, edges: Int[np.ndarray, "edge 2"]) -> ShapeAutoencoder:
        """A fresh autoencoder for the edges of a mesh."""
        return ShapeAutoencoder(
            torch.from_numpy(edges), latent=self.latent, dropout=self.dropout, hidden=self.mesh_channels
        )

    def latent_map(self) -> LatentMap:
        """A fresh generator."""
        return LatentMap(self.latent, hidden=self.map_hidden, norm=self.map_norm, residual=self.residual)


class CollectionCodec:
    """Shapes of one collection <-> latent vectors.

    Args:
        rest: what all shapes are deformations of.
        ranges: of the features of the collection that was trained on.
        sizes: of the autoencoder, whose weights are set by whoever trains or loads it.
    """

    def __init__(self, rest: TriangleMesh, ranges: FeatureRange, sizes: NetworkSizes) -> None:
        self.rest, self.ranges = rest, ranges
        self.features = DeformationFeatures(rest)
        self.autoencoder = sizes.autoencoder(self.features.gradients.edges).eval()

    @staticmethod
    def of(
        collection: ShapeCollection, sizes: NetworkSizes
    ) -> "tuple[CollectionCodec, Float[Tensor, 'shape vertex 9']]":
        """A codec for a collection whose autoencoder is not trained yet, and the collection's scaled features."""
        found = DeformationFeatures(collection.reference)(align(collection.vertices_m, collection.vertices_m[0])[0])
        codec = CollectionCodec(collection.reference, FeatureRange.of(found), sizes)
        return codec, torch.tensor(codec.ranges.scaled(found), dtype=torch.float32)

    @property
    def height_m(self) -> float:
        """How tall the mesh at rest is."""
        return float(np.ptp(self.rest.vertices_m[:, 1]))

    def scaled_features(self, aligned_m: Shapes) -> Float[Tensor, "shape vertex 9"]:
        """Features of shapes that were turned onto the mesh at rest."""
        return torch.tensor(self.ranges.scaled(self.features(aligned_m)), dtype=torch.float32)

    @torch.no_grad()
    def encode(self, scaled: Float[Tensor, "shape vertex 9"]) -> Float[Tensor, "shape latent"]:
        """The means of the latent vectors."""
        return torch.cat([self.autoencoder.encode(part)[0] for part in scaled.split(AT_ONCE)])

    @torch.no_grad()
    def decode(self, latents: Float[Tensor, "shape latent"]) -> Shapes:
        """Latent vectors -> shapes, turned as the mesh at rest, the mean of the vertices at the origin."""
        decoded = [self.autoencoder.decode(part).double().numpy() for part in latents.split(AT_ONCE)]
        return self.features.vertices(self.ranges.unscaled(np.concatenate(decoded)))


@value
class WholeMesh:
    """The mesh that a collection was thinned from, at rest.

    Attributes:
        kept: which of its vertices the collection's are.
    """

    mesh: TriangleMesh
    kept: Int[np.ndarray, "kept"]

    @staticmethod
    def of(mesh: TriangleMesh) -> "WholeMesh":
        """A mesh that was not thinned."""
        return WholeMesh(mesh=mesh, kept=np.arange(len(mesh.vertices_m)))


@value
class StoredModel:
    """What a model's file holds."""

    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpairedModel:
    """Maps shapes of the source's topology to shapes of the target's.

    Attributes:
        source_whole, target_whole: the meshes of the collections before they were thinned.
    """

    source: CollectionCodec
    target: CollectionCodec
    generator: LatentMap
    sizes: NetworkSizes
    source_whole: WholeMesh
    target_whole: WholeMesh

    def map_latents(self, aligned_m: Shapes) -> Float[Tensor, "shape latent"]:
        """Aligned shapes of the source -> latent vectors of the target."""
        with torch.no_grad():
            return self.generator(self.source.encode(self.source.scaled_features(aligned_m)))

    def __call__(
        self, vertices_m: Float[np.ndarray, "shape source_vertex 3"]
    ) -> Float[np.ndarray, "shape target_vertex 3"]:
        """Shapes of the source in the world -> the target's, turned the same way, as far above the ground.

        The path along the ground is as much longer as the target is taller.
        """
        aligned, placement = align(vertices_m, self.source.rest.vertices_m)
        scale = self.target.height_m / self.source.height_m
        turned = self.target.decode(self.map_latents(aligned)) @ placement.rotation.swapaxes(1, 2)
        placed = turned + placement.position_m[:, None] * np.array([scale, 0.0, scale])
        lowest = scale * vertices_m[..., 1].min(1) - turned[..., 1].min(1)
        return placed + lowest[:, None, None] * np.array([0.0, 1.0, 0.0])

    def save(self, path: Path) -> None:
        """Write the model; the file appears when it is complete."""
        codecs = {
            name: {
                "vertices_m": codec.rest.vertices_m,
                "faces": codec.rest.faces,
                "low": codec.ranges.low,
                "high": codec.ranges.high,
                "weights": codec.autoencoder.state_dict(),
            }
            for name, codec in (("source", self.source), ("target", self.target))
        }
        whole = {
            name: {"vertices_m": one.mesh.vertices_m, "faces": one.mesh.faces, "kept": one.kept}
            for name, one in (("source", self.source_whole), ("target", self.target_whole))
        }
        state = {**codecs, "generator": self.generator.state_dict(), "sizes": asdict(self.sizes), "whole": whole}
        save_record(path, StoredModel(state=state))

    @staticmethod
    def load(path: Path) -> "UnpairedModel":
        """Read a model.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is damaged, or of another version.
        """
        state = load_record(path, StoredModel).state
        with reading("a map that was learned without pairs", path, remedy="train it again"):
            sizes = NetworkSizes(**state["sizes"])
            generator = sizes.latent_map()
            generator.load_state_dict(state["generator"])
            return UnpairedModel(
                source=_codec(state["source"], sizes),
                target=_codec(state["target"], sizes),
                generator=generator.eval(),
                sizes=sizes,
                source_whole=_whole(state["whole"]["source"]),
                target_whole=_whole(state["whole"]["target"]),
            )


def _codec(stored: Mapping[str, Any], sizes: NetworkSizes) -> CollectionCodec:
    rest = TriangleMesh(vertices_m=stored["vertices_m"], faces=stored["faces"])
    codec = CollectionCodec(rest, FeatureRange(low=stored["low"], high=stored["high"]), sizes)
    codec.autoencoder.load_state_dict(stored["weights"])
    return codec


def _whole(stored: Mapping[str, Any]) -> WholeMesh:
    mesh = TriangleMesh(vertices_m=stored["vertices_m"], faces=stored["faces"])
    return WholeMesh(mesh=mesh, kept=stored["kept"])
