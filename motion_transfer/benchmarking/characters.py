"""Deformation transfer to drawn characters: how right the correspondence is, how feet stand, and how fast it runs."""

import dataclasses
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from motion_transfer.animation.animate import move
from motion_transfer.animation.quality import FootTrack
from motion_transfer.benchmarking.measurement import Bar, Measurement, rates_of
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import JOINTS, PARTS
from motion_transfer.domain.body_motion import BodyShape
from motion_transfer.domain.triangle_mesh import TriangleMesh
from motion_transfer.domain.video import ImageSize
from motion_transfer.evaluation.correspondence_picture import painted_surface, picture_correspondence
from motion_transfer.evaluation.sheet import contact_sheet
from motion_transfer.files.character_mesh import CharacterMesh
from motion_transfer.files.pictures import write_png
from motion_transfer.geometry.sampling import part_centres
from motion_transfer.rendering.character_picture import draw_character, draw_floor, orbit_camera
from motion_transfer.retargeting.deformation.correspondence import by_closest_points
from motion_transfer.retargeting.deformation.matching import CharacterMatcher, MatchedCharacter
from motion_transfer.retargeting.deformation.sumner_popovic import DeformationStage
from motion_transfer.retargeting.target_scene import RetargetingStage
from motion_transfer.stages import SourceMotion
from motion_transfer.synthetic.characters import NAMES, Character, make_character
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.remeshing import collapse_edges

DANCES = {
    "steps and turns": ("steps", "turns", "waves"),
    "squats and reaches": ("squats", "sways", "reaches"),
    "jumps": ("jumps", "steps", "waves"),
}
DANCE_S, DANCE_FPS = 6.0, Fraction(25)
FRAMES, SIZE = 10, ImageSize(height=300, width=300)
SMALL, LARGE = 7_000, 50_000  # vertices of the meshes that are timed
TIMED_FRAMES = 24
BARS = {
    "correspondence": Bar(limit=3, at_most=True),
    "foot skate": Bar(limit=1, at_most=True),
    "flipped": Bar(limit=0.1, at_most=True),
    "tessellation": Bar(limit=2, at_most=True),
    f"{SMALL} vertices": Bar(limit=20),
    f"{LARGE} vertices": Bar(limit=3),
}
PALETTE_SEED = 3


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CharacterBenchmark:
    """Measures the five drawn characters in three drawn dances each, and draws what they look like.

    Attributes:
        folder: where the pictures go.
    """

    model: BodyModel
    match: CharacterMatcher
    retarget: RetargetingStage
    deform: DeformationStage
    folder: Path

    def __call__(self, repeats: int) -> list[Measurement]:
        """All measurements."""
        self.folder.mkdir(parents=True, exist_ok=True)
        found: list[Measurement] = []
        for name in NAMES:
            found += self._of_character(make_character(self.model, name))
        return [*found, *self._of_other_tessellations(repeats)]

    def _of_character(self, character: Character) -> list[Measurement]:
        matched = self.match(self.model, character.mesh, None)
        painted = self._painted(character)
        write_png(self.folder / f"{character.name} correspondence.png", picture_correspondence(painted, matched))
        skates, flipped, rows = [], [], {}
        for name, source in self._dances():
            moved = move(source, matched, self.retarget, self.deform)
            track = FootTrack(matched, moved.retargeted.motion)
            track.add(moved.mesh.vertices_m())
            frames = part_centres(len(moved.mesh), FRAMES)
            turned = np.concatenate([moved.mesh.flipped_faces(slice(frame, frame + 1)) for frame in frames])
            quality = track.quality(moved.retargeted, turned, len(character.mesh.faces))
            skates.append(quality.foot_skate_cm_per_s)
            flipped.append(100 * quality.flipped_share)
            pictures = []
            for frame in frames:
                root = moved.retargeted.motion.pose.root_position_m[frame]
                camera = orbit_camera(root, float(np.ptp(character.mesh.vertices_m[:, 1])), 0.0, SIZE)
                surface = moved.mesh.vertices_m(slice(frame, frame + 1))[0]
                pictures.append(draw_character(draw_floor(camera), surface, painted, camera))
            rows[name] = pictures
        sheet = contact_sheet(rows, [str(number) for number in range(FRAMES)], SIZE.height)
        write_png(self.folder / f"{character.name}.png", sheet)
        error = correspondence_error_percent(self.model, matched, character)
        return [
            _one(f"correspondence: {character.name}", "% height", "correspondence", [error]),
            _one(f"foot skate: {character.name}", "cm/s", "foot skate", skates),
            _one(f"triangles turned over: {character.name}", "%", "flipped", flipped),
        ]

    def _of_other_tessellations(self, repeats: int) -> Iterator[Measurement]:
        """The body onto itself, remeshed: how near the source it stays, and how fast that is."""
        import trimesh

        _, source = next(self._dances())
        posed = source.body.posed(source.motion.pose)
        faces = self.model.faces.numpy()
        rest = TriangleMesh(vertices_m=source.body.rest_vertices_m.double().numpy(), faces=faces)
        small, kept = collapse_edges(rest, SMALL, seed=0)
        dense = trimesh.Trimesh(rest.vertices_m, faces, process=False).subdivide()
        large = TriangleMesh(vertices_m=np.array(dense.vertices), faces=np.array(dense.faces, np.int64))
        for label, mesh in ((f"{SMALL} vertices", small), (f"{LARGE} vertices", large)):
            nobody = np.zeros(len(mesh.vertices_m), bool)
            moving = self.deform(posed, rest, mesh, by_closest_points(rest, mesh), nobody)
            if mesh is small:
                gaps = (moving.vertices_m() - posed.vertices_m()[:, kept]).norm(dim=-1)
                yield _one("source to itself, remeshed", "mm", "tessellation", [1000 * float(gaps.mean())])
            frames = slice(0, TIMED_FRAMES)
            rates = rates_of(lambda moving=moving, frames=frames: moving.vertices_m(frames), TIMED_FRAMES, repeats)
            yield _one(f"deformation of {len(mesh.vertices_m)} vertices", "frames/s", label, rates)

    def _dances(self) -> Iterator[tuple[str, SourceMotion]]:
        shape = BodyShape(betas=torch.zeros(self.model.betas), clothing_offset_m=torch.zeros(len(JOINTS)))
        for seed, (name, moves) in enumerate(DANCES.items()):
            motion = dance(self.model, shape, seconds=DANCE_S, fps=DANCE_FPS, seed=seed, moves=moves)
            yield name, SourceMotion(name=name, motion=motion, body=shape_body(self.model, shape))

    def _painted(self, character: Character) -> CharacterMesh:
        colours = np.random.default_rng(PALETTE_SEED).integers(60, 255, (len(PARTS), 3)).astype(np.uint8)
        part = self.model.part_of_vertex.numpy()[character.body_vertex]
        return painted_surface(character.mesh, colours[part])


def correspondence_error_percent(model: BodyModel, matched: MatchedCharacter, character: Character) -> float:
    """Mean distance, on the body at rest, of where vertices were matched to from where they came from."""
    shape = BodyShape(betas=torch.zeros(model.betas), clothing_offset_m=torch.zeros(len(JOINTS)))
    at_rest = shape_body(model, shape).rest_vertices_m.double().numpy()
    found = matched.at.on(matched.reference.at(at_rest))
    gaps = np.linalg.norm(found - at_rest[character.body_vertex], axis=1)
    return float(100 * gaps.mean() / np.ptp(at_rest[:, 1]))


def _one(name: str, unit: str, bar: str, values: list[float]) -> Measurement:
    return Measurement(name=name, unit=unit, bar=BARS[bar], repeats=values)
