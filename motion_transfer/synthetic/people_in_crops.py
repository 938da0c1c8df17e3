"""Random people in square crops with their exact pose, shape and place: what mesh recovery is trained on.

The picture is that of a camera which looks at the middle of the crop, so that there is no edge of a larger picture to
be known. View axes: x right, y up, z toward the viewer; the half field is the tangent of half the angle of view.
"""

from dataclasses import dataclass, fields

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor
from torch.nn.functional import normalize

from motion_transfer.body.anchors import Anchors
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody, ShapedBody, shape_body, skin, vertex_normals
from motion_transfer.domain.body_motion import BodyPose, BodyShape
from motion_transfer.domain.value import value
from motion_transfer.rendering.vertex_colours import draw_vertex_colours
from motion_transfer.synthetic.atlas import Atlas
from motion_transfer.synthetic.backgrounds import random_background
from motion_transfer.synthetic.camera_faults import Faults, occlude, spoil
from motion_transfer.synthetic.performer import random_look
from motion_transfer.synthetic.pose_mixing import PoseLibrary

CROP_PX = 256
MARGIN = 1.25  # of the crop around what the network reads of it, so that it can be shifted and turned
HALF_FIELD = (0.06, 0.8)  # of what the network reads: a person far away through a long lens, and one near and large
CLOSE_UP, NOBODY = 0.12, 0.03  # shares of the crops: cut off persons, and none at all
PITCH_RAD = 0.2  # usual, of the camera
CROPS = 16  # crops that show the same person before another one is dressed
LARGEST_BETA = 2.5


@value
class PersonCrops:
    """Crops, and what is true about them.

    Attributes:
        rgb: pictures.
        half_field: of the whole crop.
        parent_from_joint: the pelvis' in view axes.
        root_position_m: the pelvis in view axes.
        visible: landmarks that nothing but the body itself hides.
        person: crops that show somebody; the rest of the values means nothing for the others.
    """

    rgb: UInt8[np.ndarray, "crop height width 3"]
    half_field: Float[np.ndarray, "crop"]
    parent_from_joint: Float[np.ndarray, "crop joint 3 3"]
    root_position_m: Float[np.ndarray, "crop 3"]
    betas: Float[np.ndarray, "crop beta"]
    visible: Bool[np.ndarray, "crop landmark"]
    person: Bool[np.ndarray, "crop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CropArtist:
    """Draws crops of people; a seed gives the same ones again.

    Args:
        model: the body of everybody.
        landmarks: of the detector, on the body.
        poses: what the people do.
        pictures: backgrounds beside the made-up ones, each larger than a crop.
    """

    model: BodyModel
    landmarks: Anchors
    poses: PoseLibrary
    pictures: tuple[UInt8[np.ndarray, "height width 3"], ...] = ()

    def __call__(self, seed: int, bodies: int = 4) -> PersonCrops:
        """Draw some crops of each of some people."""
        generator = np.random.default_rng([seed, 23])
        atlas = vertex_atlas(self.model)
        rows: list[tuple[np.ndarray, ...]] = []
        for _ in range(bodies):
            shape, rgb = self._person(generator, atlas)
            turned = self.poses.draw(generator, CROPS)
            turned[:, 0] = _pitches(generator, CROPS) @ turned[:, 0]
            posed = shape.posed(BodyPose(parent_from_joint=turned, root_position_m=torch.zeros(CROPS, 3)))
            points = self.landmarks.posed(torch.from_numpy(rgb[1]), posed.world_from_rest).numpy()
            vertices, normals = posed.vertices_m().numpy(), _posed_normals(posed).numpy()
            for number in range(CROPS):
                shown = self._crop(generator, rgb[0], vertices[number], normals[number], points[number])
                rows.append((*shown, turned[number].numpy(), rgb[1]))
        pictures, half_field, root, visible, person, rotations, betas = (
            np.stack(part) for part in zip(*rows, strict=True)
        )
        return PersonCrops(
            rgb=pictures,
            half_field=half_field.astype(np.float32),
            parent_from_joint=rotations,
            root_position_m=root.astype(np.float32),
            betas=betas,
            visible=visible,
            person=person,
        )

    def _person(
        self, generator: np.random.Generator, atlas: Atlas
    ) -> tuple[ShapedBody, tuple[Float[np.ndarray, "vertex 3"], Float[np.ndarray, "beta"]]]:
        """A dressed body with the colours of its vertices, and its betas."""
        betas = generator.normal(0, 1, self.model.betas).clip(-LARGEST_BETA, LARGEST_BETA).astype(np.float32)
        rgb, offset_m = random_look(self.model, atlas, generator)
        looks = BodyShape(betas=torch.from_numpy(betas), clothing_offset_m=torch.tensor(offset_m, dtype=torch.float32))
        return shape_body(self.model, looks), (rgb[0].astype(np.float32), betas)

    def _crop(
        self,
        generator: np.random.Generator,
        rgb: Float[np.ndarray, "vertex 3"],
        vertices_m: Float[np.ndarray, "vertex 3"],
        normals: Float[np.ndarray, "vertex 3"],
        points_m: Float[np.ndarray, "landmark 3"],
    ) -> tuple[np.ndarray, ...]:
        """One crop: its picture, half field, root, visible landmarks, and whether anybody is there."""
        half_field = np.exp(generator.uniform(*np.log(HALF_FIELD)))
        close = generator.random() < CLOSE_UP
        root = place_in_crop(points_m, half_field, generator, close_up=close)
        picture = self._background(generator)
        person = generator.random() >= NOBODY
        half_field *= MARGIN
        faults = Faults.draw(generator)
        if person:
            lit = rgb * _light(generator, normals)
            picture = _drawn(picture, vertices_m + root, lit, self.model.faces.numpy(), half_field)
        at = seen_at(points_m + root, half_field)
        visible = occlude(picture, at, generator)
        visible &= (np.abs(at) < CROP_PX * 10).all(1)
        found = (spoil(picture, faults, generator), half_field, root, visible, person)
        return tuple(map(np.asarray, found))

    def _background(self, generator: np.random.Generator) -> Float[np.ndarray, "height width 3"]:
        if self.pictures and generator.random() < 0.5:
            picture = self.pictures[generator.integers(len(self.pictures))]
            top, left = (int(generator.integers(side - CROP_PX + 1)) for side in picture.shape[:2])
            return picture[top : top + CROP_PX, left : left + CROP_PX].astype(np.float32) / 255
        return random_background(generator, CROP_PX)


def joined_crops(artist: CropArtist, first_seed: int, count: int) -> PersonCrops:
    """At least so many crops, of as many seeds as that takes, with one person each."""
    sheets = [artist(first_seed + number, bodies=1) for number in range(-(-count // CROPS))]
    return PersonCrops(
        **{one.name: np.concatenate([getattr(s, one.name) for s in sheets]) for one in fields(sheets[0])}
    )


def vertex_atlas(model: BodyModel) -> Atlas:
    """An atlas whose texels are the vertices themselves, as one row: small pictures show no more than that."""
    return Atlas(
        rest_m=model.template_m.double().numpy()[None],
        normal=vertex_normals(model.template_m, model.faces).double().numpy()[None],
        part=model.part_of_vertex.numpy()[None],
        inside=np.ones((1, len(model.template_m)), bool),
    )


def place_in_crop(
    points_m: Float[np.ndarray, "landmark 3"],
    half_field: float,
    generator: np.random.Generator,
    *,
    close_up: bool,
) -> Float[np.ndarray, "3"]:
    """Where the pelvis has to be for the landmarks to fill the crop as a detector's box would; view axes.

    Args:
        points_m: landmarks relative to the pelvis.
        close_up: fill the crop with some part of the body instead.
    """
    chosen = points_m
    if close_up:
        centre = points_m[generator.integers(len(points_m))]
        chosen = points_m[np.argsort(((points_m - centre) ** 2).sum(1))[: int(generator.integers(8, 22))]]
    share = generator.uniform(0.65, 0.95)
    low, high = chosen.min(0), chosen.max(0)
    middle = (low + high) / 2
    distance = float((high - low)[:2].max()) / 2 / (share * half_field)
    root = np.array([-middle[0], -middle[1], -distance - middle[2]])
    for _ in range(3):  # perspective shifts and scales what was orthographic
        seen = (chosen + root)[:, :2] / -np.minimum((chosen + root)[:, 2:], -0.1) / half_field
        low, high = seen.min(0), seen.max(0)
        root[2] = min(root[2] * float((high - low).max()) / (2 * share), -0.2)
        root[:2] -= (low + high) / 2 * half_field * -root[2]
    root[:2] += generator.normal(0, 0.04, 2) * half_field * -root[2]
    return root.astype(np.float32)


def seen_at(points_m: Float[np.ndarray, "point 3"], half_field: float) -> Float[np.ndarray, "point 2"]:
    """Pixels of a crop that points in view axes are seen at."""
    across = points_m[:, :2] * [1, -1] / np.maximum(-points_m[:, 2:], 0.05) / half_field
    return (across + 1) * (CROP_PX / 2)


def _drawn(
    picture: Float[np.ndarray, "height width 3"],
    vertices_m: Float[np.ndarray, "vertex 3"],
    rgb: Float[np.ndarray, "vertex 3"],
    faces: np.ndarray,
    half_field: float,
) -> Float[np.ndarray, "height width 3"]:
    """The background with the person over it, drawn at twice the resolution and averaged."""
    fine = cv2.resize(picture, (2 * CROP_PX, 2 * CROP_PX), interpolation=cv2.INTER_NEAREST)
    at = 2 * seen_at(vertices_m, half_field)
    draw_vertex_colours(at, -vertices_m[:, 2], rgb, faces, fine, np.full(fine.shape[:2], np.inf, np.float32))
    return cv2.resize(fine, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA)


def _posed_normals(posed: PosedBody) -> Float[Tensor, "frame vertex 3"]:
    """The normals at rest, turned with the skin."""
    turned = posed.world_from_rest.clone()
    turned[:, :, :3, 3] = 0
    return normalize(skin(posed.shaped.rest_normals, posed.shaped.model.weights, turned), dim=-1)


def _light(generator: np.random.Generator, normals: Float[np.ndarray, "vertex 3"]) -> Float[np.ndarray, "vertex 3"]:
    """Lambert's law for a key light from any side above, and light from all around, both with a tint."""
    toward = generator.normal(0, 1, 3) + [0, 0.8, 0.5]
    toward /= np.linalg.norm(toward)
    key = generator.uniform(0, 0.9) * (1 + generator.normal(0, 0.06, 3))
    around = generator.uniform(0.25, 0.9) * (1 + generator.normal(0, 0.06, 3))
    up = generator.uniform(0, 0.2) * normals[:, 1:2]
    return (around + key * (normals @ toward).clip(0)[:, None] + up).clip(0, 2).astype(np.float32)


def _pitches(generator: np.random.Generator, count: int) -> Float[Tensor, "crop 3 3"]:
    """Turns about the view's x axis, of cameras that look up or down."""
    angle = torch.from_numpy(generator.normal(0, PITCH_RAD, count)).float()
    turned = torch.eye(3).repeat(count, 1, 1)
    turned[:, 1, 1] = turned[:, 2, 2] = angle.cos()
    turned[:, 2, 1] = angle.sin()
    turned[:, 1, 2] = -turned[:, 2, 1]
    return turned
