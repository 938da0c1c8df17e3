"""`animate SOURCE MESH`: a character of any mesh doing the source's motion."""

import logging
from pathlib import Path
from shlex import quote

from omegaconf import DictConfig

from motion_transfer.animation.animate import Animated, animate, character_markers, match
from motion_transfer.animation.animate_unpaired import AnimatedUnpaired, animate_unpaired
from motion_transfer.animation.preview import PreviewSettings
from motion_transfer.assembly import assemble, reading_of
from motion_transfer.configuration.parts import make_part
from motion_transfer.files.bodies import save_body
from motion_transfer.files.character_mesh import read_character
from motion_transfer.files.mesh_motion_files import check_animation_path
from motion_transfer.files.paths import existing_file, title
from motion_transfer.files.video_writer import check_writable
from motion_transfer.retargeting.deformation.character_model import character_model
from motion_transfer.retargeting.deformation.matching import CharacterMatcher
from motion_transfer.retargeting.deformation.sumner_popovic import DeformationStage
from motion_transfer.retargeting.unpaired.deformation import UnpairedDeformation
from motion_transfer.sources import open_source

log = logging.getLogger(__name__)
MOST_FRAMES = 1_000_000  # whose names may lie in a folder of .ply files that is replaced


def main(config: DictConfig) -> Animated | AnimatedUnpaired:
    """Open the inputs, match the character, move it, and print where the results are."""
    mesh = existing_file(config.mesh, "a mesh of a character")
    output = Path(config.output) if config.output else Path(f"{title(config.source)}_as_{title(mesh)}.glb")
    check_animation_path(output, MOST_FRAMES)
    body = None if config.character_body is None else Path(config.character_body)
    if body is not None:
        check_writable(body, suffix=".npz")
    preview = PreviewSettings(**config.preview)
    matcher = make_part(config.matching, "matching", CharacterMatcher)
    deform = make_part(config.deformation, "deformation", DeformationStage)
    character = read_character(mesh, up=config.up, height_m=config.height_m)
    markers = character_markers(config.markers, character)
    asked = {name: config[name] for name in ("fps", "mapping", "source_edit")}
    opened = open_source(config.source, up=config.source_up, **asked, reading=reading_of(config))
    made = assemble(config)
    stages, run = made.stages, made.run
    for note in character.notes:
        log.info("%s: %s", mesh.name, note)
    if isinstance(deform, UnpairedDeformation):
        deform.check_character(mesh.name, character.surface)
        chosen = {"retarget": stages.retargeter, "deform": deform, "preview": preview, "run": run}
        shown = animate_unpaired(opened.motion(stages, run), character, output, **chosen)
        print(f"Preview: {shown.preview}, {shown.sheet}\nAnimation: {shown.output}")
        return shown
    matched = match(character, markers, stages.model, matcher, run)
    if body is not None:
        save_body(body, character_model(matched, deform))
    done = animate(
        opened.motion(stages, run),
        character,
        matched,
        output,
        retarget=stages.retargeter,
        deform=deform,
        preview=preview,
        run=run,
    )
    quality = done.quality
    print(f"Match: the body lies {100 * quality.distance:.2f} % of the height off; see {done.correspondence}")
    print(f"Planted feet slide {quality.foot_skate_cm_per_s:.2f} cm/s; turned over: {quality.flipped_faces} triangles")
    print(f"Preview: {done.preview}, {done.sheet}")
    if body is not None:
        print(f"Body: {body} (learn from footage of the character with: body=character {quote(f'character={body}')})")
    print(f"Animation: {done.output}")
    return done
