"""Unpaired deformation transfer on drawn characters whose true pairing is known, and was withheld from the training."""

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.files.reading import reading
from motion_transfer.files.replacing import replacing
from motion_transfer.geometry.deformation_gradients import inverse_frames, transposed_gradients
from motion_transfer.retargeting.deformation.correspondence import by_closest_points
from motion_transfer.retargeting.deformation.gradient_transfer import GradientTransfer
from motion_transfer.retargeting.deformation.nonrigid_registration import register
from motion_transfer.retargeting.unpaired.shape_collection import ShapeCollection, align
from motion_transfer.synthetic.limbed_characters import random_pose
from motion_transfer.synthetic.posed_characters import PAIRS, PosedCharacter, posed_character
from motion_transfer.unpaired_training.stage import Advance
from motion_transfer.unpaired_training.training import LIGHT_FIELDS, SIDES, Trained, UnpairedTraining

FIGURES = "figures.json"
WITH_VARIANTS = PAIRS[:2]
SHARED = tuple(f"{kind}{side}{end}" for side in SIDES for kind, end in (("autoencoder_", ""), ("", f"_{LIGHT_FIELDS}")))
ANCHOR_LENGTH = 100.0  # of the size: nothing but the middle is held, which does not count


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpairedFigures:
    """One training, measured on poses that neither collection holds.

    Attributes:
        variant: how it differs from the usual training; empty for the usual one.
        mapped, nearest, best_possible, gradient_transfer: mean distance of vertices from the truth, in per cent of the
            target's height, of the mapped shapes; of the target's shapes nearest by light-field distance; of those
            nearest to the truth, which nobody could retrieve without it; of Sumner and Popovic's transfer by markers.
        source_error, target_error: of autoencoders, likewise, on held-out shapes.
        cycle: the same after mapping there and back, against the source as its autoencoder decodes it.
        mmd: of mapped latents from true ones.
        seconds: of training on the clock.
    """

    pair: str
    seed: int
    variant: str
    mapped: float
    nearest: float
    best_possible: float
    gradient_transfer: float
    source_error: float
    target_error: float
    cycle: float
    mmd: float
    seconds: float

    @property
    def gain(self) -> float:
        """How much nearer to the truth mapped shapes are than retrieved ones, as a share."""
        return 1 - self.mapped / self.nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpairedMeasurement:
    """Trains and measures every pair.

    Attributes:
        shapes: of each collection.
        held_out: poses that are mapped.
        seeds: of poses and trainings, one training each.
        variants: whether trainings without the similarity term, without the registration of light fields, with the
            published similarity network, and with the published form of generators are measured beside it, on the
            pairs of `WITH_VARIANTS` with the first seed.
    """

    training: UnpairedTraining
    shapes: int
    held_out: int
    seeds: Sequence[int]
    variants: bool

    def __call__(
        self, model: BodyModel, folder: Path, *, advance: Advance, device: torch.device
    ) -> list[UnpairedFigures]:
        """All figures; those that the folder holds already are not measured again.

        Raises:
            ValueError: the folder holds trainings with other settings.
        """
        found = []
        for pair in PAIRS:
            characters = cache(lambda pair=pair: (posed_character(pair[0], model), posed_character(pair[1], model)))
            for seed in self.seeds:
                usual = pair not in WITH_VARIANTS or seed != self.seeds[0] or not self.variants
                for variant, training in self._trainings(seed, usual=usual).items():
                    found.append(self._measured(pair, characters, seed, variant, training, folder, advance, device))
        return found

    def _trainings(self, seed: int, *, usual: bool) -> dict[str, UnpairedTraining]:
        """The usual training alone, or with the variants."""
        training = replace(self.training, seed=seed)
        if usual:
            return {"": training}
        return {
            "": training,
            "no similarity": replace(training, cycle_gan=replace(training.cycle_gan, similarity=0.0)),
            "no registration": replace(training, similarity=replace(training.similarity, registrations=0)),
            "published similarity": replace(training, similarity=replace(training.similarity, joint=True)),
            "published generators": replace(training, sizes=replace(training.sizes, residual=True)),
        }

    def _measured(
        self,
        names: tuple[str, str],
        characters: Callable[[], tuple[PosedCharacter, PosedCharacter]],
        seed: int,
        variant: str,
        training: UnpairedTraining,
        folder: Path,
        advance: Advance,
        device: torch.device,
    ) -> UnpairedFigures:
        pair = " to ".join(names)
        usual = folder / f"{pair} {seed}"
        place = usual.with_name(f"{usual.name} {variant}".strip())
        if variant and not place.is_dir():
            _share(usual, place)
        source, target = characters()
        given = (self._collection(source, (seed, 0)), self._collection(target, (seed, 1)))
        training.begin(*given, place)  # figures of other settings must not be taken for these
        if (place / FIGURES).is_file():
            with reading("figures of a measurement", place / FIGURES, remedy="delete the file, and measure again"):
                return UnpairedFigures(**json.loads((place / FIGURES).read_text(encoding="utf-8")))
        begun = time.monotonic()
        trained = training(*given, place, advance=advance, device=device)
        seconds = time.monotonic() - begun
        errors = self._errors(source, target, given[1], trained, seed)
        figures = UnpairedFigures(
            pair=pair,
            seed=seed,
            variant=variant,
            source_error=trained.figures["source_error_percent"],
            target_error=trained.figures["target_error_percent"],
            mmd=trained.figures["mmd_target"],
            seconds=seconds,
            **errors,
        )
        with replacing(place / FIGURES) as fresh:
            fresh.write_text(json.dumps(asdict(figures), indent=1), encoding="utf-8")
        return figures

    def _collection(self, character: PosedCharacter, seed: tuple[int, int]) -> ShapeCollection:
        generator = np.random.default_rng(seed)
        shapes = character.take([random_pose(generator) for _ in range(self.shapes - 1)])
        return ShapeCollection(
            name=character.name,
            vertices_m=np.concatenate([character.mesh.vertices_m[None], shapes]),
            faces=character.mesh.faces,
        )

    def _errors(
        self, source: PosedCharacter, target: PosedCharacter, given: ShapeCollection, trained: Trained, seed: int
    ) -> dict[str, float]:
        """Distances from the truth, of poses that neither collection holds."""
        generator = np.random.default_rng((seed, 2))
        poses = [random_pose(generator) for _ in range(self.held_out)]
        asked, truth = (align(one.take(poses), one.mesh.vertices_m)[0] for one in (source, target))
        model = trained.model
        mapped = model.target.decode(model.map_latents(asked))
        known = align(given.vertices_m, given.vertices_m[0])[0]
        every = np.stack([np.linalg.norm(known - one, axis=-1).mean(1) for one in truth])
        nearest = trained.nearest(asked, source.mesh.faces)
        moved = gradient_transfer(source, target, asked)
        again = trained.returned(asked)
        own = model.source.decode(model.source.encode(model.source.scaled_features(asked)))
        return {
            "mapped": _mean_error(mapped, truth, target),
            "nearest": _mean_error(known[nearest], truth, target),
            "best_possible": float(100 * every.min(1).mean() / np.ptp(target.mesh.vertices_m[:, 1])),
            "gradient_transfer": _mean_error(moved, truth, target),
            "cycle": _mean_error(again, own, source),
        }


def gradient_transfer(
    source: PosedCharacter, target: PosedCharacter, asked_m: Float[np.ndarray, "pose vertex 3"]
) -> Float[np.ndarray, "pose target_vertex 3"]:
    """Sumner and Popovic's deformation transfer along a correspondence that is found with markers."""
    scale = np.ptp(target.mesh.vertices_m[:, 1]) / np.ptp(source.mesh.vertices_m[:, 1])
    resized = source.mesh.at(scale * source.mesh.vertices_m)
    wanted = target.mesh.vertices_m[target.markers]
    registered = register(resized, target.mesh, source.markers, wanted, solver="auto")
    follows = by_closest_points(registered, target.mesh).follows
    every = np.arange(len(target.mesh.vertices_m))
    weights = np.full(len(every), 1 / (ANCHOR_LENGTH * target.mesh.size_m) ** 2)
    transfer = GradientTransfer(target.mesh, follows, every, weights, solver="auto")
    moving = np.ascontiguousarray(asked_m.transpose(1, 2, 0))
    gradients = transposed_gradients(_inverses(source.mesh), moving, source.mesh.faces)
    held = np.repeat(target.mesh.vertices_m[..., None], len(asked_m), 2)
    found = transfer(gradients, held).transpose(2, 0, 1)
    return found - found.mean(1, keepdims=True)


def _inverses(mesh: TriangleMesh) -> Float[np.ndarray, "face 3 3"]:
    return inverse_frames(mesh.vertices_m, mesh.faces)


def _mean_error(found_m: np.ndarray, truth_m: np.ndarray, character: PosedCharacter) -> float:
    """Mean distance of vertices, in per cent of the character's height."""
    off = np.linalg.norm(found_m - truth_m, axis=-1).mean()
    return float(100 * off / np.ptp(character.mesh.vertices_m[:, 1]))


def _share(usual: Path, place: Path) -> None:
    """Take over the autoencoders and light fields of the usual training, which are the same."""
    place.mkdir(parents=True)
    for name in SHARED:
        if (usual / name).is_dir():
            shutil.copytree(usual / name, place / name)
        else:
            shutil.copy2(usual / name, place / name)
