"""What a performer's folder says of how it was made: values alone, since the folder may come from a stranger."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from motion_transfer.domain.value import value
from motion_transfer.files.reading import reading
from motion_transfer.performers.storage import PROVENANCE

SHAPING = ("landmarks", "fitting", "registration", "resolution", "condition")  # settings that come before training
MOST_BYTES = 1 << 24


@value
class Provenance:
    """How a performer was made.

    Attributes:
        shaping: the settings of `SHAPING`, which come before training.
        training: those of the training.
        body: digest of the body model.
        clip: digest of the clip and of what was made of it: turned, cut, some of its frames.
        first, stop: the frames of the clip that were learned from.
        version: of the algorithm that learned it.

    Raises:
        ValueError: the frames are none.
    """

    shaping: Mapping[str, Any]
    training: Mapping[str, Any]
    body: str
    clip: str
    first: int
    stop: int
    version: int

    def __post_init__(self) -> None:
        if not 0 <= self.first < self.stop:
            raise ValueError(f"expected frames from a first one on, got {self.first} to {self.stop}")


def read_provenance(folder: Path) -> Provenance:
    """Read how the performer in a folder was made.

    Raises:
        ValueError: the folder does not say, or says something else.
    """
    path = folder / PROVENANCE
    if not path.is_file():
        raise ValueError(f"expected {PROVENANCE} in the performer's folder {folder}, found none; leave out clip=")
    with reading("how the performer was made", path, remedy="leave out clip=", most_bytes=MOST_BYTES):
        content = json.loads(path.read_text(encoding="utf-8"))
        settings, footage = content["settings"], content["footage"]
        return Provenance(
            shaping={name: settings[name] for name in SHAPING},
            training=settings["training"],
            body=settings["body"],
            clip=footage["digest"],
            first=footage["first"],
            stop=footage["stop"],
            version=content["version"],
        )
