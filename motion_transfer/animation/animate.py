"""The dataflow of a character: mesh -> matched body; motion -> motion of that body -> motion of the mesh -> files."""

import json
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from motion_transfer.animation.preview import Preview, PreviewSettings
from motion_transfer.animation.quality import AnimationQuality, FootTrack
from motion_transfer.body.model import BodyModel, licence_of
from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.surface_markers import NAMES
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape
from motion_transfer.domain.mesh_motion import MeshMotion, in_chunks
from motion_transfer.domain.video import ImageSize
from motion_transfer.evaluation.correspondence_picture import picture_correspondence
from motion_transfer.evaluation.provenance import peak_memory_mb, versions
from motion_transfer.files.character_mesh import CharacterMesh
from motion_transfer.files.markers_file import marker_positions, read_markers
from motion_transfer.files.mesh_motion_files import open_animation
from motion_transfer.files.pictures import write_png
from motion_transfer.files.replacing import replacing
from motion_transfer.geometry.sampling import part_centres
from motion_transfer.rendering.character_picture import orbit_camera
from motion_transfer.retargeting.deformation.deformed_mesh import DeformedMesh
from motion_transfer.retargeting.deformation.matching import CharacterMatcher, FoundBody, Markers, MatchedCharacter
from motion_transfer.retargeting.deformation.sumner_popovic import DeformationStage
from motion_transfer.retargeting.target_scene import Retargeted, RetargetingStage, TargetScene
from motion_transfer.run import Run, Stage
from motion_transfer.stages import SourceMotion

MATCH = Stage(name="match", phrase="match the body", packages=("scipy",))
RETARGET = Stage(name="retarget", phrase="retarget")
DEFORM = Stage(name="deform", phrase="deform and draw")
AT_ONCE = 8  # frames
LOOKED_AT = 10  # frames in which triangles are checked for having turned over


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A character in motion.

    Attributes:
        mesh: its surface in every frame.
        retargeted: the motion of the body in its shape, which the mesh follows.
    """

    matched: MatchedCharacter
    mesh: DeformedMesh
    retargeted: Retargeted


@dataclass(frozen=True, slots=True, kw_only=True)
class Animated:
    """What was written."""

    output: Path
    preview: Path
    sheet: Path
    correspondence: Path
    quality: AnimationQuality


def character_markers(path: str | Path | None, character: CharacterMesh) -> Markers | None:
    """The markers of a file, if one is given, where they are on a character.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is malformed, or names a marker or vertex that does not exist.
    """
    if path is None:
        return None
    found = read_markers(Path(path), NAMES)
    return Markers(names=tuple(found), position_m=marker_positions(Path(path), found, character.numbered_m))


def match(
    character: CharacterMesh, markers: Markers | None, model: BodyModel, matcher: CharacterMatcher, run: Run
) -> MatchedCharacter:
    """Find the body in the character, or what was found before."""
    surface, name = character.surface, character.name
    inputs = (model.digest(), surface, markers, matcher)
    found = run.record(
        MATCH, "", inputs, FoundBody, lambda _: matcher.search(model, surface, markers), total=None, about=name
    )
    return matcher.correspond(model, surface, found)


def move(
    source: SourceMotion, matched: MatchedCharacter, retarget: RetargetingStage, deform: DeformationStage
) -> Moved:
    """Give a matched character the source's motion: first to the body in its shape, then to its mesh."""
    body = matched.body
    retargeted = onto_body(source, body, matched.stance, retarget)
    posed: MeshMotion = body.posed(retargeted.motion.pose)
    mesh = deform(posed, matched.reference, matched.rest, matched.correspondence, matched.feet)
    return Moved(matched=matched, mesh=mesh, retargeted=retargeted)


def onto_body(source: SourceMotion, body: ShapedBody, stance: BodyPose, retarget: RetargetingStage) -> Retargeted:
    """Give a body the source's motion, on a floor of its own.

    Args:
        stance: the pose of one frame in which it stands.
    """
    zeros = BodyShape(betas=torch.zeros(body.model.betas), clothing_offset_m=torch.zeros(body.model.weights.shape[1]))
    standing = BodyMotion(
        shape=zeros,
        pose=stance,
        fps=Fraction(1),
        confidence=torch.ones(1),
        foot_contacts=torch.ones(1, 2, dtype=torch.bool),
    )
    camera = orbit_camera(torch.zeros(3), body.height_m, 0.0, ImageSize(height=512, width=512))
    scene = TargetScene(body=body, motion=standing, camera=camera)
    return retarget(source.motion, source.camera, source.body, scene, source.shot_starts)


def animate(
    source: SourceMotion,
    character: CharacterMesh,
    matched: MatchedCharacter,
    output: Path,
    *,
    retarget: RetargetingStage,
    deform: DeformationStage,
    preview: PreviewSettings,
    run: Run,
) -> Animated:
    """Write the character in motion, its preview, contact sheet, picture of the correspondence, and report."""
    with run.stage(RETARGET, total=len(source.motion)):
        moved = move(source, matched, retarget, deform)
    motion, fps = moved.retargeted.motion, source.motion.fps
    beside = output.with_suffix("") if output.suffix else output.with_name(output.name)
    paths = [beside.with_name(f"{beside.name}.{kind}") for kind in ("preview.mp4", "preview.png", "correspondence.png")]
    write_png(paths[2], picture_correspondence(character, matched))
    track = FootTrack(matched, motion)
    with (
        run.stage(DEFORM, total=len(moved.mesh)) as step,
        Preview(paths[0], paths[1], source, character, motion, preview) as shown,
        open_animation(output, character, fps, len(moved.mesh)) as writer,
    ):
        for chunk in in_chunks(moved.mesh, AT_ONCE):
            writer.write(chunk)
            track.add(chunk)
            shown.write(chunk)
            step.advance(len(chunk))
    looked_at = part_centres(len(moved.mesh), LOOKED_AT)
    flipped = np.concatenate([moved.mesh.flipped_faces(slice(frame, frame + 1)) for frame in looked_at])
    quality = track.quality(moved.retargeted, flipped, len(character.surface.faces))
    _report(beside.with_name(f"{beside.name}.report.json"), source, character, quality, run)
    return Animated(output=output, preview=paths[0], sheet=paths[1], correspondence=paths[2], quality=quality)


def _report(path: Path, source: SourceMotion, character: CharacterMesh, quality: AnimationQuality, run: Run) -> None:
    costs = {stage: {"name": cost.name, "seconds": cost.seconds} for stage, cost in run.costs.items()}
    content = {
        "source": source.name,
        "character": character.name,
        "vertices": len(character.surface.vertices_m),
        "faces": len(character.surface.faces),
        "guessed": list(character.notes),
        "quality": {name: None if value != value else value for name, value in asdict(quality).items()},
        "stages": costs,
        "licence": licence_of(source.body.model),
        "peak_memory_mb": peak_memory_mb(),
        "versions": versions(),
    }
    with replacing(path) as fresh:
        fresh.write_text(json.dumps(content, indent=2), encoding="utf-8")
