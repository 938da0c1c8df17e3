"""What a training of unpaired transfer has reached: a sheet of mapped shapes, a walk through latents, and figures."""

import json
import math
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8

from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.video import ImageSize
from motion_transfer.evaluation.correspondence_picture import painted_surface
from motion_transfer.evaluation.sheet import contact_sheet
from motion_transfer.files.pictures import write_png
from motion_transfer.files.replacing import replacing
from motion_transfer.geometry.sampling import part_centres
from motion_transfer.rendering.character_picture import draw_character, draw_floor, orbit_camera
from motion_transfer.retargeting.unpaired.model import CollectionCodec
from motion_transfer.retargeting.unpaired.shape_collection import ShapeCollection, align
from motion_transfer.unpaired_training.training import Trained

SHEET, WALK, REPORT = "sheet.png", "latent_walk.png", "report.json"
COLUMNS, SIZE = 8, ImageSize(height=240, width=240)
SIDE_RAD = 0.5
GREY, COLOUR = (205, 205, 210), (120, 170, 220)
SHOWN_M = 1.75  # shapes are drawn as tall as a person, whatever their unit

Shapes = Float[np.ndarray, "shape vertex 3"]
Picture = UInt8[np.ndarray, "height width 3"]


def write_report(
    folder: Path,
    source: ShapeCollection,
    target: ShapeCollection,
    trained: Trained,
    truth: Float[np.ndarray, "shape target_vertex 3"] | None,
) -> None:
    """Write `sheet.png`, `latent_walk.png` and `report.json`.

    Args:
        truth: of every shape of the source as a shape of the target, where somebody knows it.
    """
    chosen = np.array(part_centres(len(source), COLUMNS))
    aligned = align(source.vertices_m[chosen], source.vertices_m[0])[0]
    model = trained.model
    known = align(target.vertices_m, target.vertices_m[0])[0]
    mapped = model.target.decode(model.map_latents(aligned))
    rows = {
        "source": _drawn(aligned, model.source, GREY),
        "mapped to the target": _drawn(mapped, model.target, COLOUR),
        "nearest given shape of the target": _drawn(
            known[trained.nearest(aligned, source.faces)], model.target, COLOUR
        ),
    }
    figures = dict(trained.figures)
    if truth is not None:
        right = align(truth, target.vertices_m[0])[0]
        rows["truth"] = _drawn(right[chosen], model.target, COLOUR)
        every = align(source.vertices_m, source.vertices_m[0])[0]
        off = np.linalg.norm(model.target.decode(model.map_latents(every)) - right, axis=-1).mean()
        figures["mapped_error_percent"] = float(100 * off / model.target.height_m)
    write_png(folder / SHEET, contact_sheet(rows, [str(number) for number in chosen], SIZE.height))
    write_png(folder / WALK, _walk(aligned, trained))
    with replacing(folder / REPORT) as fresh:
        content = {
            "figures": figures,
            "source": {"name": source.name, "shapes": len(source), "vertices": source.vertices_m.shape[1]},
            "target": {"name": target.name, "shapes": len(target), "vertices": target.vertices_m.shape[1]},
        }
        fresh.write_text(json.dumps(content, indent=2), encoding="utf-8")


def _walk(aligned_m: Shapes, trained: Trained) -> Picture:
    """From one shape of the source to another in even steps of the latents, and the same walk mapped."""
    model = trained.model
    ends = model.source.encode(model.source.scaled_features(aligned_m[[0, len(aligned_m) // 2]]))
    shares = torch.linspace(0, 1, COLUMNS)[:, None]
    latents = (1 - shares) * ends[:1] + shares * ends[1:]
    with torch.no_grad():
        mapped = model.target.decode(model.generator(latents))
    rows = {
        "source": _drawn(model.source.decode(latents), model.source, GREY),
        "mapped to the target": _drawn(mapped, model.target, COLOUR),
    }
    return contact_sheet(rows, [f"{float(share):.2f}" for share in shares], SIZE.height)


def _drawn(shapes_m: Shapes, codec: CollectionCodec, rgb: tuple[int, int, int]) -> list[Picture]:
    scale = SHOWN_M / codec.height_m
    colours = np.tile(np.array(rgb, np.uint8), (len(codec.rest.vertices_m), 1))
    return [_picture(scale * one, codec.rest.faces, colours) for one in shapes_m]


def _picture(
    vertices_m: Float[np.ndarray, "vertex 3"], faces: Int[np.ndarray, "face 3"], rgb: UInt8[np.ndarray, "vertex 3"]
) -> Picture:
    standing = vertices_m - [0, vertices_m[:, 1].min(), 0]
    painted = painted_surface(TriangleMesh(vertices_m=standing, faces=faces), rgb)
    camera = orbit_camera(torch.zeros(3), SHOWN_M, SIDE_RAD * math.pi / 2, SIZE)
    return draw_character(draw_floor(camera), torch.tensor(standing, dtype=torch.float32), painted, camera)
