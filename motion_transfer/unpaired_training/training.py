"""The whole training: features, autoencoders, light fields, similarity network, CycleGAN -> a model and its figures."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.domain.value import value
from motion_transfer.files.records import load_record, save_record, value_digest
from motion_transfer.retargeting.unpaired.acap import Shapes
from motion_transfer.retargeting.unpaired.light_field import LightField
from motion_transfer.retargeting.unpaired.model import FILE, CollectionCodec, NetworkSizes, UnpairedModel, WholeMesh
from motion_transfer.retargeting.unpaired.networks import LatentMap, SimilarityNetwork
from motion_transfer.retargeting.unpaired.shape_collection import ShapeCollection, align
from motion_transfer.unpaired_training.autoencoder import AutoencoderModule
from motion_transfer.unpaired_training.cycle_gan import CycleGanModule
from motion_transfer.unpaired_training.light_field_spaces import comparable, registered
from motion_transfer.unpaired_training.settings import AutoencoderSettings, CycleGanSettings, SimilaritySettings
from motion_transfer.unpaired_training.similarity import DescribedLatents, SimilarityModule, between
from motion_transfer.unpaired_training.stage import Advance, train_stage

BEGUN, LIGHT_FIELDS = "training.npz", "light_fields.npz"
DISC = 1.1  # radius of the disc around silhouettes, over the farthest vertex of any shape
SIDES = ("source", "target")
log = logging.getLogger(__name__)


@value
class Begun:
    """What a folder's training was begun with."""

    digest: str


@value
class Described:
    """Latents and light fields of one collection: its own shapes, then decoded ones.

    Attributes:
        extent_m: radius of the disc that silhouettes lie in.
        autoencoder: digest of the weights that they were made with.
    """

    latents: Float[Tensor, "shape latent"]
    light_fields: Float[np.ndarray, "shape value"]
    extent_m: float
    autoencoder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A model, and what its training showed.

    Attributes:
        figures: of the last validations, by name.
        described: of both collections.
        counts: of the shapes of both that were given, which come before decoded ones.
        back: the generator from the target to the source.
    """

    model: UnpairedModel
    figures: dict[str, float]
    described: tuple[Described, Described]
    counts: tuple[int, int]
    back: LatentMap
    light_field: LightField
    similarity: SimilaritySettings

    def nearest(self, aligned_m: Shapes, faces: Int[np.ndarray, "face 3"]) -> Int[np.ndarray, "shape"]:
        """Retrieve for each shape of the source the target's given shape whose light field is nearest."""
        light_fields = self.light_field.describe(aligned_m, faces, self.described[0].extent_m)
        asked, known = _compared(self.described, self.counts, self.similarity, light_fields)
        return torch.cdist(asked[-len(aligned_m) :], known[: self.counts[1]]).argmin(1).numpy()

    def returned(self, aligned_m: Shapes) -> Shapes:
        """Shapes of the source mapped there and back."""
        with torch.no_grad():
            return self.model.source.decode(self.back(self.model.map_latents(aligned_m)))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpairedTraining:
    """Trains a map between two collections without any pair."""

    sizes: NetworkSizes = field(default_factory=NetworkSizes)
    light_field: LightField = field(default_factory=LightField)
    autoencoder: AutoencoderSettings = field(default_factory=AutoencoderSettings)
    similarity: SimilaritySettings = field(default_factory=SimilaritySettings)
    cycle_gan: CycleGanSettings = field(default_factory=CycleGanSettings)
    seed: int = 0

    def __call__(
        self,
        source: ShapeCollection,
        target: ShapeCollection,
        folder: Path,
        *,
        advance: Advance,
        device: torch.device,
        whole: tuple[WholeMesh, WholeMesh] | None = None,
    ) -> Trained:
        """Train, or go on with the training that was begun in a folder.

        Args:
            whole: the meshes that the collections were thinned from; None where they are whole.

        Raises:
            ValueError: the folder holds a training with other shapes or settings.
        """
        self.begin(source, target, folder)
        collections, figures = (source, target), {}
        codecs = []
        for name, collection in zip(SIDES, collections, strict=True):
            torch.manual_seed(self.seed)
            codec, scaled = CollectionCodec.of(collection, self.sizes)
            figures |= self._train_autoencoder(name, collection, codec, scaled, folder, advance, device)
            codecs.append((codec, scaled))
        described = tuple(
            self._describe(name, collection, codec, scaled, folder)
            for (codec, scaled), name, collection in zip(codecs, SIDES, collections, strict=True)
        )
        counts = (len(source), len(target))
        similarity = self._train_similarity(described, counts, folder, advance, device, figures)
        gan = self._cycle_gan(similarity, described, counts)
        train_stage(gan, "cycle_gan", folder, self.cycle_gan.steps, advance, device=device)
        figures |= _last(gan)
        own = whole or (WholeMesh.of(source.reference), WholeMesh.of(target.reference))
        model = UnpairedModel(
            source=codecs[0][0],
            target=codecs[1][0],
            generator=gan.forth,
            sizes=self.sizes,
            source_whole=own[0],
            target_whole=own[1],
        )
        model.save(folder / FILE)
        return Trained(
            model=model,
            figures=figures,
            described=(described[0], described[1]),
            counts=counts,
            back=gan.back,
            light_field=self.light_field,
            similarity=self.similarity,
        )

    def begin(self, source: ShapeCollection, target: ShapeCollection, folder: Path) -> None:
        """Note in a folder what its training is begun with.

        Raises:
            ValueError: the folder holds a training with other shapes or settings.
        """
        shapes = [(one.vertices_m, one.faces) for one in (source, target)]
        digest, path = value_digest((self, *shapes)), folder / BEGUN
        if not path.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            save_record(path, Begun(digest=digest))
        elif load_record(path, Begun).digest != digest:
            raise ValueError(
                f"expected the shapes and settings that the training in {folder} was begun with, got others; "
                "give them again, or another folder"
            )

    def _train_autoencoder(
        self,
        name: str,
        collection: ShapeCollection,
        codec: CollectionCodec,
        scaled: Float[Tensor, "shape vertex 9"],
        folder: Path,
        advance: Advance,
        device: torch.device,
    ) -> dict[str, float]:
        """Train one collection's autoencoder; gives the error of shapes that it was not trained on."""
        order = np.random.default_rng(self.seed).permutation(len(scaled))
        held_out = torch.from_numpy(order[: max(round(self.autoencoder.held_out_fraction * len(order)), 1)])
        module = AutoencoderModule(codec, scaled, held_out, self.autoencoder, self.seed)
        train_stage(module, f"autoencoder_{name}", folder, self.autoencoder.steps, advance, device=device)
        shapes = align(collection.vertices_m[held_out.numpy()], collection.vertices_m[0])[0]
        off = np.linalg.norm(codec.decode(codec.encode(scaled[held_out])) - shapes, axis=-1).mean()
        return {f"{name}_error_percent": float(100 * off / codec.height_m)}

    def _describe(
        self, name: str, collection: ShapeCollection, codec: CollectionCodec, scaled: Tensor, folder: Path
    ) -> Described:
        """Latents and light fields of a collection and of shapes that are decoded between its own."""
        path = folder / f"{name}_{LIGHT_FIELDS}"
        weights = value_digest(dict(codec.autoencoder.state_dict()))
        if path.is_file() and (found := load_record(path, Described)).autoencoder == weights:
            return found
        latents, settings = codec.encode(scaled), self.similarity
        generator = torch.Generator().manual_seed(self.seed)
        drawn = between(latents, settings.decoded, settings.spread, generator)
        aligned = align(collection.vertices_m, collection.vertices_m[0])[0]
        shapes = np.concatenate([aligned, codec.decode(drawn)]) if len(drawn) else aligned
        extent = DISC * float(np.linalg.norm(aligned, axis=-1).max())
        found = Described(
            latents=torch.cat([latents, drawn]),
            light_fields=self.light_field.describe(shapes, codec.rest.faces, extent),
            extent_m=extent,
            autoencoder=weights,
        )
        save_record(path, found)
        return found

    def _train_similarity(
        self,
        described: tuple[Described, ...],
        counts: tuple[int, int],
        folder: Path,
        advance: Advance,
        device: torch.device,
        figures: dict[str, float],
    ) -> SimilarityNetwork | None:
        settings = self.similarity
        if self.cycle_gan.similarity == 0:
            return None
        source, target = _compared(described, counts, settings)
        torch.manual_seed(self.seed)
        network = SimilarityNetwork(
            self.sizes.latent, source.shape[1], hidden=self.sizes.similarity_hidden, joint=settings.joint
        )
        sides = [
            DescribedLatents(latents=one.latents, described=light_fields)
            for one, light_fields in zip(described, (source, target), strict=True)
        ]
        module = SimilarityModule(network, sides[0], sides[1], settings, self.seed)
        train_stage(module, "similarity", folder, settings.steps, advance, device=device)
        figures |= _last(module)
        return network

    def _cycle_gan(
        self, similarity: SimilarityNetwork | None, described: tuple[Described, ...], counts: tuple[int, int]
    ) -> CycleGanModule:
        torch.manual_seed(self.seed)
        given = tuple(one.latents[:count] for one, count in zip(described, counts, strict=True))
        mapped = tuple(one.latents for one in described)
        return CycleGanModule(
            self.sizes, similarity, (given[0], given[1]), (mapped[0], mapped[1]), self.cycle_gan, self.seed
        )


def _compared(
    described: tuple[Described, ...],
    counts: tuple[int, int],
    settings: SimilaritySettings,
    asked: Float[np.ndarray, "asked value"] | None = None,
) -> tuple[Float[Tensor, "some component"], Float[Tensor, "other component"]]:
    """Light fields of both in one space, where near means alike; those that are asked for follow the source's."""
    fields = [torch.tensor(one.light_fields, dtype=torch.float32) for one in described]
    count = len(fields[0])
    if asked is not None:
        fields[0] = torch.cat([fields[0], torch.tensor(asked, dtype=torch.float32)])
    source, target = comparable(fields[0], fields[1], counts, settings.components)
    change = registered(source[:count], target, rounds=settings.registrations, stiffness=settings.stiffness)
    return source @ change, target


def _last(module: Any) -> dict[str, float]:
    """The figures of the checkpoint that was chosen."""
    return {name: figure for name, figure in module.history[-1].items() if name not in ("step", "validation")}
