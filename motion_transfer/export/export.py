"""A motion -> one file for other programs, by the suffix of its name."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.skeleton import JOINTS
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.export.bvh_writer import NAMINGS, ORDERS, bvh_text
from motion_transfer.export.c3d_writer import write_c3d
from motion_transfer.export.glb_writer import skinned_glb
from motion_transfer.files.npz import write_npz
from motion_transfer.files.optional_packages import check_installed
from motion_transfer.files.replacing import replacing
from motion_transfer.files.video_writer import check_writable
from motion_transfer.motion_files.own_motion import Z_UP, at_rate, own_arrays
from motion_transfer.performers.performer import Performer
from motion_transfer.retargeting.shape_swap import leg_length_ratio, swap_shape
from motion_transfer.stages import SourceMotion

SUFFIXES = (".bvh", ".glb", ".npz", ".csv", ".c3d")
UNITS_PER_M = {"m": 1.0, "cm": 100.0, "mm": 1000.0, "in": 1 / 0.0254}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """How a motion is written.

    Attributes:
        naming: of the joints in .bvh: cmu, mixamo or smpl.
        order: of the rotation channels in .bvh.
        unit: m, cm, mm or in, for .bvh, .csv and .c3d.
        up: the axis that points up, y or z; None takes y, and z for .npz as AMASS has it. A .glb always has y.

    Raises:
        ValueError: there is no such naming, order, unit or axis.
    """

    naming: str = "mixamo"
    order: str = "ZXY"
    unit: str = "cm"
    up: str | None = None

    def __post_init__(self) -> None:
        for name, given, known in (
            ("naming", self.naming, NAMINGS),
            ("order", self.order, ORDERS),
            ("unit", self.unit, tuple(UNITS_PER_M)),
            ("output_up", self.up, (None, "y", "z")),
        ):
            if given not in known:
                options = ", ".join(str(one) for one in known if one)
                raise ValueError(f"expected {name} to be one of {options}, got {given!r}; choose one of them")


def check_export(output: Path, settings: ExportSettings, source: Path | None = None) -> None:
    """Fail before any work if nothing can be written there.

    Raises:
        ValueError: the suffix is none of those that are written, the format has no such axes, or the source lies there.
        OSError: the folder cannot be written to.
    """
    suffix = output.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"expected an output that ends in {', '.join(SUFFIXES)}, got {output}; change its suffix")
    if suffix == ".glb" and settings.up == "z":
        raise ValueError("expected output_up=y for .glb, as the format has it, got z; leave it out")
    if suffix == ".c3d":
        check_installed("ezc3d", "ezc3d", ".c3d files", "c3d")
    check_writable(output, suffix=suffix)
    if source is not None and source.exists() and output.exists() and output.samefile(source):
        raise ValueError(f"expected an output of its own, got {output}, which is the source; name another file")


def on_performer(source: SourceMotion, performer: Performer) -> SourceMotion:
    """The motion on a performer's body, with steps as long as its legs."""
    body = performer.body
    pose = swap_shape(source.motion.pose, leg_length_ratio(source.body, body))
    motion = BodyMotion(
        shape=performer.facts.motion.shape,
        pose=pose,
        fps=source.motion.fps,
        confidence=source.motion.confidence,
        foot_contacts=source.motion.foot_contacts,
    )
    return SourceMotion(name=source.name, motion=motion, body=body, camera=source.camera, notes=source.notes)


def export_motion(
    source: SourceMotion,
    output: Path,
    settings: ExportSettings,
    *,
    fps: Fraction | None,
    texture: Float[Tensor, "3 height width"] | None = None,
) -> BodyMotion:
    """Write the motion; gives what was written, at the rate that was asked for.

    Args:
        fps: None keeps the motion's rate.
        texture: of the body, for .glb.
    """
    motion, suffix = at_rate(source.motion, fps), output.suffix.lower()
    body = shape_body(source.body.model, motion.shape)
    up = settings.up or ("z" if suffix == ".npz" else "y")
    turn, scale = (Z_UP if up == "z" else np.eye(3)), UNITS_PER_M[settings.unit]
    with replacing(output) as fresh:
        if suffix == ".glb":
            fresh.write_bytes(skinned_glb(motion, body, texture))
        elif suffix == ".npz":
            write_npz(fresh, own_arrays(motion, body.model.name, up), compressed=True)
        elif suffix == ".csv":
            _write_csv(fresh, motion, _placed_joints(motion, body, turn, scale))
        elif suffix == ".c3d":
            write_c3d(fresh, _placed_joints(motion, body, turn, scale), motion.fps, settings.unit)
        else:
            lines = bvh_text(
                motion, body, naming=settings.naming, order=settings.order, units_per_m=scale, file_from_world=turn
            )
            with fresh.open("w", encoding="ascii") as file:
                file.writelines(f"{line}\n" for line in lines)
    return motion


def _placed_joints(
    motion: BodyMotion, body: ShapedBody, turn: Float[np.ndarray, "3 3"], scale: float
) -> Float[np.ndarray, "frame joint 3"]:
    """Where every joint is, in the file's axes and unit."""
    with torch.no_grad():
        return body.posed(motion.pose).joints_m.double().numpy() @ turn.T * scale


def _write_csv(path: Path, motion: BodyMotion, joints: Float[np.ndarray, "frame joint 3"]) -> None:
    """A row for each frame: its number, its time, and where every joint is."""
    columns = ["frame", "time_s", *(f"{name}_{axis}" for name in JOINTS for axis in "xyz")]
    pattern = ",".join(["%d", "%.6f", *["%.6f"] * (3 * len(JOINTS))])
    with path.open("w", encoding="ascii") as file:
        file.write(",".join(columns) + "\n")
        for frame, row in enumerate(joints.reshape(len(joints), -1)):
            file.write(pattern % (frame, frame / float(motion.fps), *row) + "\n")
