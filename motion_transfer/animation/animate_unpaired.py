"""A motion -> that of the mean body -> the shapes of a character by a learned map -> files."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from motion_transfer.animation.animate import AT_ONCE, DEFORM, RETARGET, onto_body
from motion_transfer.animation.preview import Preview, PreviewSettings
from motion_transfer.body.model import licence_of
from motion_transfer.body.skeleton import JOINTS
from motion_transfer.domain.body_motion import BodyMotion, BodyPose
from motion_transfer.domain.mesh_motion import in_chunks
from motion_transfer.evaluation.provenance import peak_memory_mb, versions
from motion_transfer.files.character_mesh import CharacterMesh
from motion_transfer.files.mesh_motion_files import open_animation
from motion_transfer.files.replacing import replacing
from motion_transfer.retargeting.deformation.matching import average_body
from motion_transfer.retargeting.target_scene import RetargetingStage
from motion_transfer.retargeting.unpaired.deformation import UnpairedDeformation
from motion_transfer.run import Run
from motion_transfer.stages import SourceMotion


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimatedUnpaired:
    """What was written."""

    output: Path
    preview: Path
    sheet: Path


def animate_unpaired(
    source: SourceMotion,
    character: CharacterMesh,
    output: Path,
    *,
    retarget: RetargetingStage,
    deform: UnpairedDeformation,
    preview: PreviewSettings,
    run: Run,
) -> AnimatedUnpaired:
    """Write the character in motion, its preview, contact sheet and report.

    Raises:
        ValueError: the map was trained from another body.
    """
    body = average_body(source.body.model)
    deform.check_source(len(body.rest_vertices_m), body.model.faces.cpu().numpy())
    upright = BodyPose(parent_from_joint=torch.eye(3).repeat(1, len(JOINTS), 1, 1), root_position_m=torch.zeros(1, 3))
    with run.stage(RETARGET, total=len(source.motion)):
        motion = onto_body(source, body, upright, retarget).motion
    moved = deform(body.posed(motion.pose), character.surface)
    beside = output.with_suffix("") if output.suffix else output.with_name(output.name)
    video, sheet, report = (
        beside.with_name(f"{beside.name}.{kind}") for kind in ("preview.mp4", "preview.png", "report.json")
    )
    path = _scaled(motion, float(np.ptp(character.surface.vertices_m[:, 1])) / body.height_m)
    with (
        run.stage(DEFORM, total=len(moved)) as step,
        Preview(video, sheet, source, character, path, preview) as shown,
        open_animation(output, character, source.motion.fps, len(moved)) as writer,
    ):
        for chunk in in_chunks(moved, AT_ONCE):
            writer.write(chunk)
            shown.write(chunk)
            step.advance(len(chunk))
    content = {
        "source": source.name,
        "character": character.name,
        "model": str(deform.model),
        "guessed": list(character.notes),
        "stages": {stage: {"name": cost.name, "seconds": cost.seconds} for stage, cost in run.costs.items()},
        "licence": licence_of(source.body.model),
        "peak_memory_mb": peak_memory_mb(),
        "versions": versions(),
    }
    with replacing(report) as fresh:
        fresh.write_text(json.dumps(content, indent=2), encoding="utf-8")
    return AnimatedUnpaired(output=output, preview=video, sheet=sheet)


def _scaled(motion: BodyMotion, scale: float) -> BodyMotion:
    """The motion with its path as long as the character's."""
    return replace(motion, pose=replace(motion.pose, root_position_m=scale * motion.pose.root_position_m))
