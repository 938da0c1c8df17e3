"""The door for motion files: whatever its format, a file becomes a BodyMotion and notes on what was guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Protocol, runtime_checkable

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.files.clips import MOTIONS
from motion_transfer.files.reading import reading
from motion_transfer.motion_files.asf_amc import read_amc
from motion_transfer.motion_files.body_import import find_person
from motion_transfer.motion_files.bvh import read_bvh
from motion_transfer.motion_files.glb_skeleton import read_glb, read_own_glb
from motion_transfer.motion_files.smpl_motion_files import read_smpl_motion
from motion_transfer.motion_files.trc import read_trc
from motion_transfer.motion_files.up_axis import check_up

READERS = {".bvh": read_bvh, ".amc": read_amc, ".trc": read_trc, ".glb": read_glb}
MOST_BYTES = 1 << 29
SMPL = (".npz", ".pkl", ".pt")


@runtime_checkable
class OpenedMotion(Protocol):
    """What was read of a motion file."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was guessed, each in one sentence."""
        ...

    @property
    def length(self) -> tuple[int, Fraction]:
        """How many frames, and frames a second."""
        ...

    def on_body(self, model: BodyModel) -> BodyMotion:
        """The motion on a body of the model's."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionReader:
    """Reads a motion file as the user asks for it.

    Attributes:
        fps: frames a second of the motion; None takes the file's rate, at most 30.
        up: the axis that points up: x, y, z, -x, -y, -z, or auto.
        mapping: names of the file's joints by the names of a person's, which override what is guessed.

    Raises:
        ValueError: fps is not positive, or there is no such axis.
    """

    fps: Fraction | None = None
    up: str = "auto"
    mapping: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_up(self.up)
        if self.fps is not None and self.fps <= 0:
            raise ValueError(
                f"expected a positive frame rate, got {self.fps}; give one such as 30, or none for the file's rate"
            )

    def open(self, path: Path) -> OpenedMotion:
        """Motion file -> what is in it, to be put on a body.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is malformed, no motion of a person, or lacks a joint that cannot be inferred.
        """
        suffix = path.suffix.lower()
        with reading("a motion file of a person", path, remedy="export it again", most_bytes=MOST_BYTES):
            if suffix in SMPL:
                return read_smpl_motion(path, fps=self.fps, up=self.up)
            if suffix == ".glb":
                own = read_own_glb(path, self.fps)
                if own is not None:
                    return own
            clip = READERS.get(suffix, read_bvh)(path)
            return find_person(clip.skeleton, len(clip), fps=self.fps, up=self.up, mapping=self.mapping)


def is_motion_file(path: Path) -> bool:
    """Whether a file is read as a motion, and not as a video, by its suffix."""
    return path.suffix.lower() in MOTIONS
