"""References <-> a folder: one record of facts, and for each reference a JPEG of its colours and a PNG of its matte.

Nothing in it is code, and each picture is read when it is asked for.
"""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from motion_transfer.files.pictures import read_grey, read_planes, read_rgb, write_png
from motion_transfer.files.records import load_record, save_record
from motion_transfer.references.frames import ReferenceFrames, ReferencePicture, References
from motion_transfer.rendering.texture import Texture, quantized

FACTS = "references.npz"
TEXTURE, SEEN = "texture.png", "texture_seen.png"  # only where the frames are finer than the crops
JPEG_QUALITY = 95  # with full colour resolution: half of it would blur lips and prints


def write_pictures(folder: Path, pictures: Iterable[tuple[ReferencePicture, tuple[int, int]]]) -> list[tuple[int, int]]:
    """Write pictures as they come; returns their corners in the full frame."""
    corners = []
    for index, (picture, corner) in enumerate(pictures):
        colours, matte = _paths(folder, index)
        Image.fromarray(picture.foreground).save(colours, quality=JPEG_QUALITY, subsampling=0)
        planes = np.stack([picture.matte, picture.trusted.astype(np.uint8) * 255], -1)
        Image.fromarray(planes, mode="LA").save(matte)
        corners.append(corner)
    return corners


def write_facts(folder: Path, facts: ReferenceFrames) -> None:
    """Write what is known of the references; the folder is complete then."""
    save_record(folder / FACTS, facts)


def write_texture(folder: Path, texture: Texture) -> None:
    """Write the texture that was baked from the pictures of the folder."""
    stored = quantized(texture)
    write_png(folder / TEXTURE, (stored.rgb.permute(1, 2, 0) * 255).round().byte().numpy())
    write_png(folder / SEEN, (stored.seen[..., None].expand(-1, -1, 3) * 255).round().byte().numpy())


def open_references(folder: Path) -> References:
    """References whose pictures are read from the folder, one at a time.

    Raises:
        ValueError: the folder is none of references, or a picture is missing.
    """
    if not (folder / FACTS).is_file():
        raise ValueError(f"expected a folder of references, got {folder} without {FACTS}; learn the performer again")
    facts = load_record(folder / FACTS, ReferenceFrames)
    for index in range(len(facts)):
        for path in _paths(folder, index):
            if not path.is_file():
                raise ValueError(f"expected {len(facts)} references in {folder}, got none at {path.name}; learn again")
    return References(frames=facts, read=partial(read_picture, folder), texture=_read_texture(folder))


def _read_texture(folder: Path) -> Texture | None:
    if not (folder / TEXTURE).is_file():
        return None
    rgb, seen = read_rgb(folder / TEXTURE), read_grey(folder / SEEN)
    if rgb.shape[:2] != seen.shape:
        raise ValueError(f"expected a {SEEN} of the size of {folder / TEXTURE}, got another; learn the performer again")
    return Texture(rgb=torch.from_numpy(rgb).permute(2, 0, 1).float() / 255, seen=torch.from_numpy(seen).float() / 255)


def read_picture(folder: Path, index: int) -> ReferencePicture:
    """Read one reference.

    Raises:
        ValueError: a file is damaged, or colours and matte differ in size.
    """
    colours, matte = _paths(folder, index)
    rgb, planes = read_rgb(colours), read_planes(matte, 4)
    if planes.shape[:2] != rgb.shape[:2]:
        raise ValueError(f"expected a matte of the size of {colours}, got another one; learn the performer again")
    return ReferencePicture(
        foreground=rgb,
        matte=np.ascontiguousarray(planes[..., 0]),
        trusted=planes[..., 3] > 127,
    )


def _paths(folder: Path, index: int) -> tuple[Path, Path]:
    return folder / f"{index:04d}.jpg", folder / f"{index:04d}.png"
