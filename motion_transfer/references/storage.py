"""References <-> a folder: one record of facts, and for each reference a JPEG of its colours and a PNG of its matte.

Nothing in it is code, and each picture is read when it is asked for.
"""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from motion_transfer.files.pictures import read_planes, read_rgb
from motion_transfer.files.records import load_record, save_record
from motion_transfer.references.frames import ReferenceFrames, ReferencePicture, References

FACTS = "references.npz"
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
    return References(frames=facts, read=partial(read_picture, folder))


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
