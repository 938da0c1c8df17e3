"""A performer as one folder, complete or not there: it needs neither the detector nor the body's builder to be used."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from motion_transfer.appearance.plate import Plate
from motion_transfer.files.bodies import read_body, save_body
from motion_transfer.files.copying import copy_folder
from motion_transfer.files.manifest import MANIFEST, find_damage, write_manifest
from motion_transfer.files.meshes import write_textured_body
from motion_transfer.files.pictures import read_grey, read_rgb, write_png
from motion_transfer.files.reading import reading
from motion_transfer.files.records import load_record, save_record
from motion_transfer.files.replacing import replacing
from motion_transfer.performers.performer import Performer, PerformerFacts
from motion_transfer.references.storage import open_references
from motion_transfer.rendering.map_renderer import MakeMapRenderer, make_map_renderer
from motion_transfer.rendering.texture import Texture
from motion_transfer.synthesis.generators.generator_file import GENERATOR, load_generator, save_generator
from motion_transfer.synthesis.generators.registry import GeneratorSpec, MakeGenerator
from motion_transfer.synthesis.refiners.part_refiner import MakeRefiner
from motion_transfer.synthesis.refiners.refiner_file import FILES, load_refiners, save_refiners

FACTS, BODY, PROVENANCE = "performer.npz", "body.npz", "provenance.json"
PLATE, KNOWN, TEXTURE, SEEN = "plate.png", "plate_known.png", "texture.png", "texture_seen.png"
REFERENCES = "references"  # a folder of frames; only where the generator reads them
MESH = "body.glb"  # the person at rest, for a viewer of 3D files; nothing reads it back
PARTS = (FACTS, BODY, GENERATOR, PROVENANCE, PLATE, KNOWN, TEXTURE, SEEN, MESH, MANIFEST)
MORE = (REFERENCES, *FILES.values())  # that some performers have


def save_performer(
    folder: Path,
    performer: Performer,
    spec: GeneratorSpec,
    provenance: dict[str, Any],
    *,
    references: Path | None = None,
    refiners: Mapping[str, GeneratorSpec] | None = None,
) -> None:
    """Write everything that the performer is.

    Args:
        spec: how the generator is built again.
        provenance: the settings, versions and inputs that made it; using it takes none of this, `diagnose` does.
        references: folder of the performer's reference frames, which is copied; None where it has none.
        refiners: how the refiner of each part is built again; None where it has none.
    """
    with replacing(folder) as fresh:
        fresh.mkdir(parents=True, exist_ok=True)
        save_record(fresh / FACTS, performer.facts)
        save_body(fresh / BODY, performer.model)
        write_png(fresh / PLATE, performer.plate.rgb)
        _write_grey(fresh / KNOWN, performer.plate.known * np.uint8(255))
        texture = _as_bytes(performer.texture.rgb.permute(1, 2, 0).numpy())
        write_png(fresh / TEXTURE, texture)
        write_textured_body(fresh / MESH, performer.body, texture)
        _write_grey(fresh / SEEN, _as_bytes(performer.texture.seen.numpy()))
        save_generator(fresh / GENERATOR, performer.generator, spec)
        save_refiners(fresh, performer.refiners, refiners or {})
        if references is not None:
            copy_folder(references, fresh / REFERENCES)
        (fresh / PROVENANCE).write_text(json.dumps(provenance, indent=2, default=str), encoding="utf-8")
        write_manifest(fresh, {"of": "a performer"})


def load_performer(
    folder: Path,
    allowed_renderers: Iterable[MakeMapRenderer] = (),
    allowed_generators: Iterable[MakeGenerator] = (),
    allowed_refiners: Iterable[MakeRefiner] = (),
) -> Performer:
    """Read a performer.

    Args:
        allowed_renderers: that it may name beside the built-in ones, such as the one in the user's own configuration.
        allowed_generators, allowed_refiners: the same for classes of generators and of refiners.

    Raises:
        ValueError: the folder is none, parts of it are missing or not as they were written, or the class of one
            of its networks is not allowed.
    """
    missing = [name for name in (FACTS, BODY, GENERATOR, PLATE, KNOWN, TEXTURE, SEEN) if not (folder / name).exists()]
    if missing:
        raise ValueError(
            f"expected the folder of a performer, got {folder} without {', '.join(missing)}; "
            "learn one with the train command or name the folder that it printed"
        )
    damage = find_damage(folder, unread=(MESH,))
    if damage is not None:
        raise ValueError(
            f"expected the folder of a performer as it was written, got {folder}, where {damage}; "
            "copy the folder again, or learn the performer again"
        )
    rgb = torch.from_numpy(read_rgb(folder / TEXTURE)).permute(2, 0, 1).float() / 255
    generator = load_generator(folder / GENERATOR, allowed_generators)
    facts, model = load_record(folder / FACTS, PerformerFacts), read_body(folder / BODY)
    plate, known, seen = read_rgb(folder / PLATE), read_grey(folder / KNOWN), read_grey(folder / SEEN)
    with reading("the parts of one performer", folder / FACTS, remedy="learn the performer again"):
        return Performer(
            facts=facts,
            model=model,
            plate=Plate(rgb=plate, known=known > 127),
            texture=Texture(rgb=rgb, seen=torch.from_numpy(seen).float() / 255),
            generator=generator,
            refiners=load_refiners(folder, allowed_refiners),
            references=open_references(folder / REFERENCES) if generator.judges else None,
            renderer=make_map_renderer(facts.conditioning, model, allowed_renderers),
        )


def _as_bytes(values: np.ndarray) -> np.ndarray:
    return (values * 255).round().clip(0, 255).astype(np.uint8)


def _write_grey(path: Path, values: np.ndarray) -> None:
    write_png(path, np.repeat(values[..., None], 3, 2))
