"""A character that was filmed, with a fit that is given, becomes a performer and does another dance.

A character of a drawn mesh dances before a drawn room, as a renderer would film it: motion, camera and masks are known.
Its own body model conditions the performer that is learned from these pictures. Run it with a folder for the results:

    python examples/character_performer.py outputs/character
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from motion_transfer.animation.animate import match, move
from motion_transfer.assembly import assemble_from
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import JOINTS, PARTS
from motion_transfer.domain.body_motion import BodyMotion, BodyShape
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.mesh_motion import MeshMotion
from motion_transfer.domain.video import Frame, ImageSize
from motion_transfer.evaluation.correspondence_picture import painted_surface
from motion_transfer.files.bodies import load_body, save_body
from motion_transfer.files.character_mesh import CharacterMesh
from motion_transfer.files.clips import open_clip
from motion_transfer.files.video_reader import open_video
from motion_transfer.files.video_writer import VideoWriter
from motion_transfer.fitting.given_fit import given_capture
from motion_transfer.landmarks.mediapipe_layout import LAYOUT
from motion_transfer.pipeline import learn_from, register, transfer
from motion_transfer.rendering.character_picture import draw_character
from motion_transfer.rendering.rasterizer import render_mesh
from motion_transfer.retargeting.deformation.character_model import character_model
from motion_transfer.retargeting.deformation.matching import CharacterMatcher
from motion_transfer.retargeting.deformation.sumner_popovic import SumnerPopovic
from motion_transfer.stages import SourceMotion
from motion_transfer.synthetic.characters import make_character
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.scene import room, room_camera

MATCHER = CharacterMatcher(largest_distance=0.04, largest_distortion=0.65, solver="auto")
DEFORM = SumnerPopovic(anchor_length=0.1, foot_anchor_length=0.005, solver="auto")
STRIPE_M = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterFilm:
    """How much is filmed, and of whom.

    Attributes:
        character: out of `synthetic.characters.NAMES`.
        words: settings of the run, as on the command line.
    """

    character: str
    size: ImageSize
    fps: Fraction
    filmed_s: float
    danced_s: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The result beside the character that truly does the dance.

    Attributes:
        output: the video.
        overlap: intersection over union of the painted and the true figure, mean over frames.
        colour_difference: mean absolute difference within the true figure, of 255.
        background_difference: the same between the true figure and the room behind it, for comparison.
    """

    output: Path
    overlap: float
    colour_difference: float
    background_difference: float


def film_and_learn(folder: Path, film: CharacterFilm) -> Compared:
    """Draw the character's footage, learn a performer from it by its own body, and let it do another dance."""
    folder.mkdir(parents=True, exist_ok=True)
    free, beforehand = load_body("free", None), assemble_from(*film.words, "retargeting=character")
    character = paint(free, film.character)
    matched = match(character, None, free, MATCHER, beforehand.run)
    body = folder / "character.body.npz"
    save_body(body, character_model(matched, DEFORM))

    camera = room_camera(film.size, 3)
    empty = room(camera, 3).rgb
    moved = move(drawn_dance(free, film, film.filmed_s, seed=1), matched, beforehand.stages.retargeter, DEFORM)
    clip_path = folder / "footage.mp4"
    write(clip_path, film, pictures(moved.mesh, character, camera, empty))

    made = assemble_from(*film.words, "body=character", f"character={body}")
    stages, run = made.stages, made.run
    motion = on_body(moved.retargeted.motion, stages.model)
    fit = given_capture(stages.model, motion, camera, silhouettes(moved.mesh, camera), LAYOUT)
    clip = open_clip(clip_path)
    footage = register(clip, fit, stages.register_target, stages, run, "target")
    learned = learn_from(footage, clip, stages, run)

    other = drawn_dance(free, film, film.danced_s, seed=2)
    done = transfer(other, learned, folder / "result.mp4", stages, run)
    truth = DEFORM(
        matched.body.posed(done.motion.pose), matched.reference, matched.rest, matched.correspondence, matched.feet
    )
    return compare(done.output, list(pictures(truth, character, camera, empty)), silhouettes(truth, camera), empty)


def paint(model: BodyModel, name: str) -> CharacterMesh:
    """A drawn character with a colour for each part of the body, and stripes."""
    drawn = make_character(model, name)
    colours = np.random.default_rng(3).integers(60, 255, (len(PARTS), 3))
    part = model.part_of_vertex.numpy()[drawn.body_vertex]
    dark = np.floor(drawn.mesh.vertices_m[:, 1] / STRIPE_M) % 2 == 0
    rgb = colours[part] * np.where(dark, 0.7, 1.0)[:, None]
    return replace(painted_surface(drawn.mesh, rgb.astype(np.uint8)), name=name)


def drawn_dance(model: BodyModel, film: CharacterFilm, seconds: float, seed: int) -> SourceMotion:
    """A made-up dance of the average body."""
    shape = BodyShape(betas=torch.zeros(model.betas), clothing_offset_m=torch.zeros(len(JOINTS)))
    moves = ("steps", "turns", "sways", "reaches")
    motion = dance(model, shape, seconds=seconds, fps=film.fps, seed=seed, moves=moves)
    return SourceMotion(name=f"dance {seed}", motion=motion, body=shape_body(model, shape))


def on_body(motion: BodyMotion, model: BodyModel) -> BodyMotion:
    """The same motion of a body model that has no other shape than its own."""
    shape = BodyShape(betas=torch.zeros(model.betas), clothing_offset_m=torch.zeros(len(JOINTS)))
    return replace(motion, shape=shape)


def pictures(mesh: MeshMotion, character: CharacterMesh, camera: Camera, empty: Frame) -> Iterator[Frame]:
    """What the camera sees of the moving character."""
    for frame in range(len(mesh)):
        yield draw_character(empty, mesh.vertices_m(slice(frame, frame + 1))[0], character, camera)


def silhouettes(mesh: MeshMotion, camera: Camera) -> Masks:
    """The character's mask in every frame."""
    covered = (
        render_mesh(mesh.vertices_m(slice(frame, frame + 1)), mesh.faces, camera).covered[0].numpy()
        for frame in range(len(mesh))
    )
    return Masks(compressed=tuple(Masks.compress(one.astype(np.uint8) * 255) for one in covered), size=camera.size)


def write(path: Path, film: CharacterFilm, frames: Iterable[Frame]) -> None:
    """Write frames as a video."""
    with VideoWriter(path, size=film.size, fps=film.fps) as writer:
        for frame in frames:
            writer.write(frame)


def compare(output: Path, truth: list[Frame], masks: Masks, empty: Frame) -> Compared:
    """Measure a result against the true pictures; what differs from the empty room counts as the figure."""
    overlaps, differences, apart = [], [], []
    for number, (frame, true) in enumerate(zip(open_video(output), truth, strict=True)):
        figure = masks[number] > 127
        painted = np.abs(frame.astype(float) - empty).max(-1) > 30
        shown = np.abs(true.astype(float) - empty).max(-1) > 30
        overlaps.append((painted & shown).sum() / max((painted | shown).sum(), 1))
        differences.append(np.abs(frame.astype(float) - true)[figure].mean())
        apart.append(np.abs(empty.astype(float) - true)[figure].mean())
    means = (float(np.mean(values)) for values in (overlaps, differences, apart))
    overlap, colour, background = means
    return Compared(output=output, overlap=overlap, colour_difference=colour, background_difference=background)


def main() -> None:
    """Film eight seconds of a character with a big head, and learn it."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "outputs/character")
    film = CharacterFilm(
        character="big head",
        size=ImageSize(height=480, width=400),
        fps=Fraction(20),
        filmed_s=8.0,
        danced_s=4.0,
        words=("preset=draft", f"work_dir={folder / 'work'}"),
    )
    found = film_and_learn(folder, film)
    print(f"{found.output}: the figure overlaps with the true one by {100 * found.overlap:.0f} %,")
    print(f"its colours are {found.colour_difference:.1f} of 255 off (the room's: {found.background_difference:.1f})")


if __name__ == "__main__":
    main()
